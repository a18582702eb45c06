"""What was counted, as bets are laid on it: stretches of one weight, and what a request counts for.

Every request goes to the canary with the committed share w, whatever it holds. Then Z = (failed - k) x (1/w
on the canary, -1/(1-w) on stable) has the rate difference as its mean, for any k, at any base rate however it
drifts (design-based inference: Ham, Bojinov, Lindon, Tingley 2022).

Stretches at weight 0 or 100 have no comparison and enter none. They enter the failure rate of one track by
itself, which has a ceiling: there Z is 1 for a failure and 0 for any other request. So it is for pairs of
answers to the same request, whatever the weight: Z is 1 for a pair that differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

import numpy as np

from sluicegate.gate.core.betting import Array, Mask, Stretch, Stretches
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import CounterDelta, Tally, Traffic

Rows = Sequence[tuple[float, Tally]]
"""(the canary's percent of the requests, what one gate counted at it), oldest first."""
Track = Literal["canary", "stable"]

RATE_CENTRES = (0.0,)
"""Failures are rare: what did not fail tells nothing."""
OWN_RATE: Array = np.array([[1.0, 0.0]])
"""(1, 2): Z of a failure and of any other request of one track by itself."""
SCORE_CENTRES = (0.0, 0.5, 1.0)
"""A score lies above an edge as often as not, and either outcome tells something."""


def is_compared(gate: Gate, weight: float) -> bool:
    """Whether this gate compares the tracks at this weight: pairs of answers in the dark as well."""
    return weight < 100 and (weight > 0 or gate.paired)


def compared(rows: Rows, gate: Gate, *, running: bool = False) -> list[Stretch]:
    """The stretches in which the tracks are compared.

    `running`: the last row is of the step that is running now, and has every window of it.
    """
    last = len(rows) - 1
    return [
        _compared(weight, tally, gate, running and number == last)
        if number == last
        else _compared_once(weight, tally, gate)
        for number, (weight, tally) in enumerate(rows)
        if is_compared(gate, weight)
    ]


def _compared(
    weight: float, tally: Tally, gate: Gate, running: bool = False, closed: bool = False
) -> Stretch:
    counted = (tally.rest, *tally.windows)
    counts = _of_track(counted, "canary") if gate.paired else _by_track(counted)
    capped = _capped(len(tally.windows))
    return Stretch(values(weight, gate), counts, capped, useless(tally, gate), running, closed)


@lru_cache(maxsize=1024)
def _compared_once(weight: float, tally: Tally, gate: Gate) -> Stretch:
    """That of a closed step, which every evaluation asks for again."""
    return _compared(weight, tally, gate, closed=True)


def useless(tally: Tally, gate: Gate) -> Mask | None:
    """(S,): the windows in which stable is no measure of the canary; None where there is none.

    Stable fails half of its requests, or breaks the gate's ceiling by more than chance would (two standard
    deviations and one request); never by a single request. A stable that breaks its ceiling in most of a
    step is like that, and no moment of it: there a canary that mends it can be shown to. Two-sided: none,
    since what speaks against a shift one way speaks for one the other way, and both have to be refuted.
    """
    if gate.two_sided or not tally.windows:
        return None
    ceiling = 0.5 if gate.at_most is None else gate.at_most
    if not any(_may_be_useless(row, ceiling) for row in tally.windows):
        return None
    stable = np.array([0, *(row.requests - row.canary for row in tally.windows)], dtype=np.float64)
    failed = np.array([0, *(max(row.bad_stable) for row in tally.windows)], dtype=np.float64)
    several = failed >= 2
    fails: Mask = several & (failed >= stable * max(ceiling, 0.5))
    above = several & (failed >= stable * ceiling + 2 * np.sqrt(stable * ceiling) + 1)
    step = tally.total
    if 2 * stable[above].sum() <= step.requests - step.canary:
        fails |= above
    return fails if fails.any() else None


def _may_be_useless(row: CounterDelta, ceiling: float) -> bool:
    """Whether stable fails so many that it is worth a closer look: nearly always none does."""
    failed = max(row.bad_stable)
    return failed >= 2 and failed >= (row.requests - row.canary) * ceiling


def values(weight: float, gate: Gate) -> Array:
    """(C, 4): Z of a failure and of any other request, on the canary and then on stable.

    With a relative margin the mean is the canary's rate less (1 + relative) times stable's. For pairs (1, 2):
    1 for a different one and 0 for any other, at any weight.
    """
    if gate.paired:
        return OWN_RATE
    return _values(weight, gate.relative, SCORE_CENTRES if gate.two_sided else RATE_CENTRES)


@lru_cache(maxsize=1024)
def _values(weight: float, relative: float, centres: tuple[float, ...]) -> Array:
    canary = 100 / weight
    stable = (1 + relative) * 100 / (100 - weight)
    by_centre = np.array([[(1 - k) * canary, -k * canary, -(1 - k) * stable, k * stable] for k in centres])
    by_centre.flags.writeable = False
    return by_centre


def alone(rows: Rows, track: Track, *, running: bool = False) -> list[Stretch]:
    """The stretches in which this track had traffic, for its own failure rate; `running` as `compared`."""
    idle = 0 if track == "canary" else 100
    last = len(rows) - 1
    return [
        _alone(tally, track, running) if number == last else _alone_once(tally, track)
        for number, (weight, tally) in enumerate(rows)
        if weight != idle
    ]


def _alone(tally: Tally, track: Track, running: bool = False, closed: bool = False) -> Stretch:
    counts = _of_track((tally.rest, *tally.windows), track)
    return Stretch(OWN_RATE, counts, _capped(len(tally.windows)), running=running, closed=closed)


@lru_cache(maxsize=1024)
def _alone_once(tally: Tally, track: Track) -> Stretch:
    """That of a closed step, which every evaluation asks for again."""
    return _alone(tally, track, closed=True)


@dataclass(frozen=True)
class Unseen:
    """Requests without figures as the proof counts them: with the outcome that speaks most against it.

    The wealth is then no higher than with what they really were, so it stays a test supermartingale whatever
    they were, and whatever it was that hid them. Harm is shown by nothing that was not seen.
    """

    above: Stretches = ()
    """Against "the mean is m or more": all failed on the canary, and none on stable."""
    below: Stretches = ()
    """Against "the mean is m or less": the other way round."""
    canary: Stretches = ()
    """For the canary's own failure rate: all failed."""


STABLE_MAY_BE_ILL: Mask = np.array([False, True])
"""(2,): a window of which nobody knows whether it would have been `useless`, so that it is."""
SEEN = Unseen()
"""Where every window has figures."""


def unseen(rows: Rows, gate: Gate) -> Unseen:
    """What the proof has to count of the requests without figures."""
    lost = [(weight, tally.unseen) for weight, tally in rows if tally.unseen is not None]
    if not lost:
        return SEEN
    for_canary = [(weight, _worst(traffic, gate, on_canary=True)) for weight, traffic in lost]
    for_stable = [(weight, _worst(traffic, gate, on_canary=False)) for weight, traffic in lost]
    above = compared(for_canary, gate)
    if not gate.two_sided:
        above = [replace(stretch, useless=STABLE_MAY_BE_ILL) for stretch in above]
    return Unseen(above, compared(for_stable, gate), alone(for_canary, "canary"))


def _worst(traffic: Traffic, gate: Gate, *, on_canary: bool) -> Tally:
    """These requests as one window, in which all of one track's failed and none of the other's."""
    none = (0,) * gate.kinds
    total = traffic.canary + traffic.stable
    if on_canary:
        row = CounterDelta(total, traffic.canary, (traffic.canary,) * gate.kinds, none)
    else:
        row = CounterDelta(total, traffic.canary, none, (traffic.stable,) * gate.kinds)
    return Tally(CounterDelta(0, 0, none, none), (row,))


def _by_track(rows: Sequence[CounterDelta]) -> Array:
    """(K, S, 4): failures and other requests on the canary, then on stable."""
    kinds = len(rows[0].bad_canary)
    counted = np.array(
        [(row.canary, row.requests - row.canary, *row.bad_canary, *row.bad_stable) for row in rows],
        dtype=np.float64,
    ).T
    outcomes: Array = np.empty((kinds, len(rows), 4))
    outcomes[..., 0] = counted[2 : 2 + kinds]
    outcomes[..., 1] = counted[0] - counted[2 : 2 + kinds]
    outcomes[..., 2] = counted[2 + kinds :]
    outcomes[..., 3] = counted[1] - counted[2 + kinds :]
    return outcomes


def _of_track(rows: Sequence[CounterDelta], track: Track) -> Array:
    """(K, S, 2): failures and other requests of one track."""
    if track == "canary":
        return _outcomes([row.bad_canary for row in rows], [row.canary for row in rows])
    return _outcomes([row.bad_stable for row in rows], [row.requests - row.canary for row in rows])


def _outcomes(failures: list[tuple[int, ...]], requests: list[int]) -> Array:
    failed = np.array(failures, dtype=np.float64).T
    outcomes: Array = np.empty((*failed.shape, 2))
    outcomes[..., 0] = failed
    outcomes[..., 1] = np.array(requests, dtype=np.float64) - failed
    return outcomes


@cache
def _capped(windows: int) -> Mask:
    """(S,): which rows of a tally are single windows: all but the rest, which is the first."""
    capped = np.ones(windows + 1, dtype=np.bool_)
    capped[0] = False
    capped.flags.writeable = False
    return capped
