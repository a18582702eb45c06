"""Figures that people see beside the judgements: latency quantiles of each track, between bucket edges.

A quantile lies above an edge where more than 1 - q of the requests take longer, and not above it where fewer
do. Each share has its confidence sequence from `betting`, its windows cut as everywhere. Of all that may be
said wrongly on one side, only the edge next to the quantile matters: whatever is counted over a higher edge
is counted over that one as well, so its evidence is never less. So alpha is split over the two sides alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sluicegate.gate.core import cost, input_drift, labels
from sluicegate.gate.core.betting import HARM_CAP, PROOF_CAP, log_e_above, log_e_below, observed
from sluicegate.gate.core.counting import counted_gates, sound_deltas
from sluicegate.gate.core.decision import Figure, Interval, Reading, Window
from sluicegate.gate.core.share import with_baseline
from sluicegate.gate.core.stretches import Track, alone
from sluicegate.gate.core.tallying import merged
from sluicegate.specs.policy import Policy, Quantile
from sluicegate.specs.release import CounterDelta, Step, Tally

UNIT = "ms"


def figures(step: Step, policy: Policy, reading: Reading, windows: Sequence[Window]) -> tuple[Figure, ...]:
    """What the policy shows, of the windows of the running step that count."""
    weight = step.weight
    quantiles = tuple(_figure(shown, step, policy.alpha, reading, windows) for shown in policy.shown)
    inputs = tuple(
        _of_requests(figure, policy.unit)
        for drift in policy.drifts
        for figure in input_drift.figures(drift, weight, policy.alpha, *sound_deltas(drift, windows, reading))
    )
    costs = tuple(
        cost.figure(one, weight, policy.alpha, *sound_deltas(one, windows, reading)) for one in policy.costs
    )
    return quantiles + inputs + costs + labels.figures(counted_gates(policy, weight), reading)


def _of_requests(figure: Figure, unit: str | None) -> Figure:
    """Inputs are counted at the servers, which know no users; several requests of one are too much alike."""
    if unit is None:
        return figure
    words = f"bounds as if each request were a user of its own, which {unit} tells apart"
    return replace(figure, reason=f"{figure.reason}; {words}")


def _figure(shown: Quantile, step: Step, alpha: float, reading: Reading, windows: Sequence[Window]) -> Figure:
    sound, missing = sound_deltas(shown, windows, reading)
    if missing is not None:
        reason = f"{shown.name} (shown, decides nothing): {missing}"
        return Figure(shown.name, UNIT, 0, Interval(), Interval(), reason)
    canary = quantile(shown, step.weight, sound, "canary", alpha)
    stable = quantile(shown, step.weight, sound, "stable", alpha)
    other = "baseline" if with_baseline(shown, baseline=step.baseline) else "stable"
    requests = sum(delta.requests for delta in sound)
    words = f"canary {_text(canary)}, {other} {_text(stable)} over {requests:,} requests of this step"
    return Figure(
        shown.name, UNIT, requests, canary, stable, f"{shown.name} (shown, decides nothing): {words}"
    )


def quantile(
    shown: Quantile, weight: int, deltas: Sequence[CounterDelta], track: Track, alpha: float
) -> Interval:
    """The edges in milliseconds between which one track's quantile is shown to lie, valid at all looks."""
    none = (0,) * shown.kinds
    tally = Tally(CounterDelta(0, 0, none, none), merged(deltas))
    stretches = alone([(weight, tally)], track)
    if not observed(stretches):
        return Interval()
    line = math.log(2 / alpha)
    edges = np.array(shown.edges)
    above = edges[log_e_below(stretches, 1 - shown.share, HARM_CAP) >= line]
    within = edges[log_e_above(stretches, 1 - shown.share, PROOF_CAP) >= line]
    return Interval(float(above.max(initial=0.0)), float(within.min(initial=math.inf)))


def _text(bounds: Interval) -> str:
    """`20 .. 50 ms`, `over 20 ms`, or `unknown`."""
    if math.isinf(bounds.upper):
        return "unknown" if bounds.lower <= 0 else f"over {bounds.lower:g} {UNIT}"
    return f"{bounds.lower:g} .. {bounds.upper:g} {UNIT}"
