"""One interval decides: bounds of the rate difference (canary - stable), valid at all evaluations at once.

Every request goes to the canary with the committed share w, whatever it holds. Then Z = (failed - k) x (1/w
on the canary, -1/(1-w) on stable) has the rate difference as its mean, for any k, at any base rate however it
drifts (design-based inference: Ham, Bojinov, Lindon, Tingley 2022). `betting` bets against bounds on that
mean. Stretches of different w multiply: the stake is fixed before the requests that it is laid on.

Stretches at weight 0 or 100 have no comparison and enter nothing. They enter the failure rate of one track by
itself, which has a ceiling: there Z is 1 for a failure and 0 for any other request. So it is for pairs of
answers to the same request, whatever the weight: Z is 1 for a pair that differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Literal

import numpy as np

from sluicegate.gate.core import restarts
from sluicegate.gate.core.betting import (
    HARM_CAP,
    PROOF_CAP,
    Array,
    Mask,
    Stretch,
    Stretches,
    furthest_kind,
    log_e_above,
    log_e_below,
    lower_end,
    observed,
    upper_end,
)
from sluicegate.gate.core.decision import Interval
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


def bound(gate: Gate, next_weight: int) -> float:
    """The rate difference that has to be refuted before the next weight: margin / next share.

    A share of pairs is bound by the margin itself: it is what all traffic would meet.
    """
    return gate.margin if gate.paired else gate.margin / (next_weight / 100)


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


SEEN = Unseen()
"""Where every window has figures."""


def unseen(rows: Rows, gate: Gate) -> Unseen:
    """What the proof has to count of the requests without figures."""
    lost = [(weight, tally.unseen) for weight, tally in rows if tally.unseen is not None]
    if not lost:
        return SEEN
    for_canary = [(weight, _worst(traffic, gate, on_canary=True)) for weight, traffic in lost]
    for_stable = [(weight, _worst(traffic, gate, on_canary=False)) for weight, traffic in lost]
    return Unseen(compared(for_canary, gate), compared(for_stable, gate), alone(for_canary, "canary"))


def _worst(traffic: Traffic, gate: Gate, *, on_canary: bool) -> Tally:
    """These requests as one window, in which all of one track's failed and none of the other's."""
    none = (0,) * gate.kinds
    total = traffic.canary + traffic.stable
    if on_canary:
        row = CounterDelta(total, traffic.canary, (traffic.canary,) * gate.kinds, none)
    else:
        row = CounterDelta(total, traffic.canary, none, (traffic.stable,) * gate.kinds)
    return Tally(CounterDelta(0, 0, none, none), (row,))


def harm(stretches: Stretches, gate: Gate, alpha: float) -> Array:
    """(K,): by kind, how far the evidence is beyond what shows harm; positive where it is shown.

    One-sided: the null is "the rate difference is no more than the tolerance". Two-sided, for a shift of a
    distribution: "... no further than the tolerance from 0, up or down". Alpha is split over kinds and signs,
    since any one is enough; harm is shown wrongly with probability <= alpha over all evaluations.
    """
    tolerance = min(gate.harmful_above, 1.0)
    above = restarts.log_e_below(stretches, tolerance, HARM_CAP)
    line = -np.log(harm_alpha(gate, alpha))
    below = restarts.log_e_above(stretches, -tolerance, HARM_CAP) if gate.two_sided else above
    beyond: Array = np.maximum(above, below) - line
    return beyond


def harm_alpha(gate: Gate, alpha: float) -> float:
    """What each kind (and sign) of a gate may err with."""
    return alpha / (gate.kinds * (2 if gate.two_sided else 1))


def is_non_inferior(
    stretches: Stretches, gate: Gate, alpha: float, next_weight: int, unseen: Unseen = SEEN
) -> bool:
    """Whether upper x next weight <= margin for every kind (two-sided: and both signs).

    The nulls are "the rate difference is margin / next share or more" (and, two-sided, "... minus that or
    less"), one for each kind; all must be refuted at alpha, so alpha is not split. A rate difference is never
    above 1: a margin that even then is kept needs no refuting, but it does need an observation.
    """
    most = bound(gate, next_weight)
    # Written so that a margin that is not a number is refused as well.
    if not observed(stretches) or not most > -1:
        return False
    if most >= 1:
        return True
    line = -np.log(alpha)
    refuted = bool(np.all(log_e_above([*stretches, *unseen.above], most, PROOF_CAP) >= line))
    if not gate.two_sided:
        return refuted
    return refuted and bool(np.all(log_e_below([*stretches, *unseen.below], -most, PROOF_CAP) >= line))


def difference(
    stretches: Stretches, gate: Gate, alpha: float, alpha_of_harm: float, unseen: Unseen = SEEN
) -> list[Interval]:
    """By kind, the rate differences that are not refuted: its ends are where the e-values cross their lines.

    The upper end is that of the proof, the lower end that of harm; a two-sided gate has both ends from the
    proof, which it is tested for on both sides. The ends lie in [-1, 1]; without a request they are infinite.
    """
    upper = upper_end([*stretches, *unseen.above], alpha, PROOF_CAP)
    if gate.two_sided:
        lower = lower_end([*stretches, *unseen.below], alpha, PROOF_CAP)
    else:
        lower = restarts.lower_end(stretches, harm_alpha(gate, alpha_of_harm), HARM_CAP)
    if gate.paired and observed(stretches):
        lower = np.maximum(lower, 0.0)
    return _intervals(lower, upper)


def furthest(
    stretches: Stretches, gate: Gate, alpha: float, alpha_of_harm: float, unseen: Unseen = SEEN
) -> tuple[int, Interval]:
    """The first kind whose rate difference can be furthest from harmless, and its `difference`."""
    kind = 0
    if gate.kinds > 1 and observed(stretches):
        below = [*stretches, *unseen.below] if gate.two_sided else None
        kind = furthest_kind([*stretches, *unseen.above], below, alpha, PROOF_CAP)
    of_kind = partial(_of_kind, kind=kind)
    hidden = Unseen(of_kind(unseen.above), of_kind(unseen.below))
    return kind, difference(of_kind(stretches), gate, alpha, alpha_of_harm, hidden)[0]


def _of_kind(stretches: Stretches, kind: int) -> Stretches:
    only = np.array([kind])
    return [stretch.of(only) for stretch in stretches]


def shift(stretches: Stretches, gate: Gate, alpha: float) -> list[Interval]:
    """By kind, both ends as the test for harm of a two-sided gate has them."""
    each = harm_alpha(gate, alpha)
    return _intervals(
        restarts.lower_end(stretches, each, HARM_CAP), restarts.upper_end(stretches, each, HARM_CAP)
    )


def rate(stretches: Stretches, alpha: float, alpha_of_harm: float, unseen: Unseen = SEEN) -> Interval:
    """The failure rate of one track by itself; the upper end as the proof has it, the lower as harm."""
    upper = upper_end([*stretches, *unseen.canary], alpha, PROOF_CAP)
    return Interval(_least_rate(stretches, alpha_of_harm), float(upper[0]))


def _least_rate(stretches: Stretches, alpha: float) -> float:
    """The lower end of a failure rate: 0 where nothing failed, as nothing is won against "0 or less" then."""
    if not observed(stretches):
        return -np.inf
    if not any(_looks_above(stretch, 0.0) for stretch in stretches):
        return 0.0
    return max(float(restarts.lower_end(stretches, alpha, HARM_CAP)[0]), 0.0)


def is_above(stretches: Stretches, ceiling: float, alpha: float) -> bool:
    """Whether a failure rate is shown to be above its ceiling, since the release began or since any moment.

    A good time before does not hide it: the bets begin anew (`restarts`). Wrong with probability <= alpha.
    """
    if not any(_looks_above(stretch, ceiling) for stretch in stretches):
        # Then every factor of every bet is 1 at most, and nothing is ever won.
        return False
    return bool(restarts.log_e_below(stretches, ceiling, HARM_CAP)[0] >= -np.log(alpha))


def _looks_above(stretch: Stretch, ceiling: float) -> bool:
    """Whether more than this share of any window's requests failed, of the first kind."""
    bad, good = stretch.counts[0].T
    return bool((bad > ceiling * (bad + good)).any())


def is_below(stretches: Stretches, ceiling: float, alpha: float) -> bool:
    """Whether a failure rate is shown not to be above its ceiling; one of 1 needs only an observation."""
    if not observed(stretches):
        return False
    return ceiling >= 1 or bool(log_e_above(stretches, ceiling, PROOF_CAP)[0] >= -np.log(alpha))


def _intervals(lower: Array, upper: Array) -> list[Interval]:
    return [Interval(float(low), float(high)) for low, high in zip(lower, upper, strict=True)]


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
