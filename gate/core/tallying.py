"""Windows kept as few numbers: the rows of a running step, and what is kept of them when it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import compress

import numpy as np

from sluicegate.gate.core.betting import HARM_CAP, PROOF_CAP, Mask, rows_cut
from sluicegate.gate.core.interval import bound
from sluicegate.gate.core.share import compared as compared_share
from sluicegate.gate.core.stretches import alone, compared
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Step, Tally

MOST = 200
"""Windows that are kept one by one, at most. Merging neighbours cuts them as one, which only loses evidence
where both speak for the same. They are added up by twos, so that a step is cut anew only a few times: see
`restarts`."""


def by_window(deltas: Sequence[CounterDelta], gate: Gate) -> Tally:
    """A running step: every window by itself."""
    return Tally(_nothing(gate), merged(deltas))


def merged(deltas: Sequence[CounterDelta], most: int = MOST) -> tuple[CounterDelta, ...]:
    """At most `most` rows: neighbours added up by twos, and again by twos until there are so few."""
    rows = list(deltas)
    while len(rows) > most:
        rows = [sum(rows[first + 1 : first + 2], start=rows[first]) for first in range(0, len(rows), 2)]
    return tuple(rows)


def closed(tally: Tally, gate: Gate, weight: int, next_weight: int) -> Tally:
    """What a closed step keeps: windows that a cap cuts one by one, and the sum of all others.

    The bounds that are tested later are no wider than this step's: the next weights are higher. So no cap
    will bind in a window in which none binds now, and the sum loses nothing.
    """
    cut = capped(tally, gate, weight, next_weight)
    small = [window for window, large in zip(tally.windows, cut, strict=True) if not large]
    return replace(tally, rest=sum(small, start=tally.rest), windows=tuple(compress(tally.windows, cut)))


def closed_step(step: Step | None, policy: Policy, next_weight: int) -> Step | None:
    """The step as release.yaml keeps it: only windows that a cap cuts are kept one by one."""
    if step is None:
        return None
    by_name = {gate.name: gate for gate in policy.gates}
    tallies = {
        name: closed(tally, by_name[name], compared_share(by_name[name], step), next_weight)
        for name, tally in step.tallies.items()
        if name in by_name
    }
    return replace(step, tallies=tallies)


@lru_cache(maxsize=256)
def capped(tally: Tally, gate: Gate, weight: int, next_weight: int) -> tuple[bool, ...]:
    """By window: whether a cap binds in it, in any test that decides.

    Kept: whoever judges a step asks for it, and then whoever closes it; and of closed steps all the time.
    """
    masks: list[Mask] = []
    rows = [(weight, tally)]
    for stretch in compared(rows, gate):
        most = min(bound(gate, next_weight), 1.0)
        tolerance = min(gate.harmful_above, 1.0)
        masks.append(rows_cut(stretch, most, PROOF_CAP, above=True))
        masks.append(rows_cut(stretch, tolerance, HARM_CAP, above=False))
        if gate.two_sided:
            masks.append(rows_cut(stretch, -most, PROOF_CAP, above=False))
            masks.append(rows_cut(stretch, -tolerance, HARM_CAP, above=True))
    if gate.at_most is not None:
        for stretch in (*alone(rows, "canary"), *alone(rows, "stable")):
            masks.append(rows_cut(stretch, gate.at_most, PROOF_CAP, above=True))
            masks.append(rows_cut(stretch, gate.at_most, HARM_CAP, above=False))
    cut = np.logical_or.reduce(masks) if masks else np.zeros(len(tally.windows) + 1, dtype=np.bool_)
    return tuple(cut[1:].tolist())


def _nothing(gate: Gate) -> CounterDelta:
    none = (0,) * gate.kinds
    return CounterDelta(0, 0, none, none)
