"""Whether both tracks get the same inputs, and whether these are still those of the reference; shown only.

The tracks are compared on concurrent traffic, as `score_drift` compares scores: the split is random, so a
difference says that it is not, or that a client treats the tracks differently, and nothing about the version.
Both together are compared with the reference's shares, which are taken as they are written: that is drift of
the world, and no version's fault either.

All bounds of a drift, over columns, kinds, both sides and both comparisons, are wrong at any evaluation with
probability <= alpha together. Against the reference it is assumed that a request's chance to be of a kind
does not depend on those before it, within a window as over the step (the first sentence of `betting`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sluicegate.gate.core import text_format
from sluicegate.gate.core.betting import HARM_CAP, lower_end, upper_end
from sluicegate.gate.core.decision import Figure, Interval, Shift
from sluicegate.gate.core.interval import shift
from sluicegate.gate.core.stretches import alone, compared
from sluicegate.gate.core.tallying import merged
from sluicegate.specs.policy import Column, Drift, Gate
from sluicegate.specs.release import CounterDelta, Tally

MOST = 40
"""Rows of windows: there are many kinds, and merging neighbours only loses evidence."""
TRACKS = "the split is not random, or a client treats the tracks differently; it says nothing of the version"


def figures(
    drift: Drift, weight: int, alpha: float, deltas: Sequence[CounterDelta], missing: str | None
) -> tuple[Figure, ...]:
    """One for each column, of what was counted in the running step; `missing` says why nothing was."""
    if missing is not None:
        reason = f"{drift.name} (shown, decides nothing): {missing}"
        return (Figure(drift.name, "share", 0, Interval(), Interval(), reason),)
    rows = merged(deltas, MOST)
    between = _between_tracks(drift, weight, alpha / 2, rows)
    together = _together(drift, alpha / 2, rows)
    requests = sum(delta.requests for delta in deltas)
    found = []
    first = 0
    for column in drift.columns:
        own = slice(first, first + len(column.kinds))
        first += len(column.kinds)
        found.append(_figure(drift, column, requests, between[own], together[own]))
    return tuple(found)


def _between_tracks(drift: Drift, weight: int, alpha: float, rows: Sequence[CounterDelta]) -> list[Interval]:
    """By kind: the canary's share less stable's; nothing where only one of them has traffic."""
    gate = Gate(drift.name, drift.margin, two_sided=True, kinds=drift.kinds)
    stretches = compared([(weight, _tally(rows, drift.kinds))], gate)
    return shift(stretches, gate, alpha) if stretches else [Interval()] * drift.kinds


def _together(drift: Drift, alpha: float, rows: Sequence[CounterDelta]) -> list[Interval]:
    """By kind: the share of all requests, whichever track they went to."""
    pooled = [
        CounterDelta(
            row.requests,
            row.requests,
            tuple(map(sum, zip(row.bad_canary, row.bad_stable, strict=True))),
            (0,) * drift.kinds,
        )
        for row in rows
    ]
    stretches = alone([(100, _tally(pooled, drift.kinds))], "canary")
    each = alpha / (2 * drift.kinds)
    lower = np.maximum(lower_end(stretches, each, HARM_CAP), 0.0)
    upper = upper_end(stretches, each, HARM_CAP)
    return [Interval(float(low), float(high)) for low, high in zip(lower, upper, strict=True)]


def _tally(rows: Sequence[CounterDelta], kinds: int) -> Tally:
    none = (0,) * kinds
    return Tally(CounterDelta(0, 0, none, none), tuple(rows))


def _figure(
    drift: Drift, column: Column, requests: int, between: Sequence[Interval], together: Sequence[Interval]
) -> Figure:
    against_stable = _furthest("stable", column, between, (0.0,) * len(column.kinds))
    against_reference = _furthest("reference", column, together, column.reference)
    words = f"{_tracks(against_stable, between)}; {_world(against_reference, drift.margin)}"
    name = f"{drift.name}/{column.name}"
    return Figure(
        name,
        "share",
        requests,
        Interval(),
        Interval(),
        f"{name} (shown, decides nothing): {words}, over {requests:,} requests of this step",
        (against_stable, against_reference),
    )


def _furthest(against: str, column: Column, bounds: Sequence[Interval], expected: Sequence[float]) -> Shift:
    """Of the kinds of a column the one that is shown to be furthest from where it should be."""
    shifts = [
        Shift("stable" if against == "stable" else "reference", kind, share, one, distance(one, share))
        for kind, one, share in zip(column.kinds, bounds, expected, strict=True)
    ]
    return max(shifts, key=lambda one: (one.shown, _reach(one.bounds, one.expected)))


def distance(bounds: Interval, expected: float) -> float:
    """How far bounds are from a value that they should contain; 0 where they do."""
    return max(bounds.lower - expected, expected - bounds.upper, 0.0)


def _reach(bounds: Interval, expected: float) -> float:
    """How far from where it should be it can still be."""
    return max(bounds.upper - expected, expected - bounds.lower)


def _tracks(one: Shift, between: Sequence[Interval]) -> str:
    if one.shown > 0:
        difference = text_format.bounds(one.bounds)
        return (
            "canary and stable do NOT get the same inputs, the share "
            f"{one.kind} differs by {difference} (canary - stable): {TRACKS}"
        )
    furthest = max(_reach(bounds, 0.0) for bounds in between)
    if np.isinf(furthest):
        return "canary and stable are not compared"
    return f"canary and stable alike to within {text_format.percent(min(furthest, 1.0))}"


def _world(one: Shift, margin: float) -> str:
    share = (
        f"the share {one.kind} is {text_format.bounds(one.bounds)}, {text_format.percent(one.expected)} there"
    )
    if one.shown > margin:
        return f"the inputs of both have drifted from the reference: {share}"
    return f"no drift of more than {text_format.percent(margin)} from the reference is shown: {share}"
