"""One interval decides: bounds of the rate difference (canary - stable), valid at all evaluations at once.

`betting` bets against bounds on the mean of what each request counts (`stretches`). Stretches of different
weights multiply: the stake is fixed before the requests that it is laid on.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from sluicegate.gate.core import restarts
from sluicegate.gate.core.betting import (
    HARM_CAP,
    PROOF_CAP,
    Array,
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
from sluicegate.gate.core.stretches import SEEN, Unseen
from sluicegate.specs.policy import Gate


def bound(gate: Gate, next_weight: int) -> float:
    """The rate difference that has to be refuted before the next weight: margin / next share.

    A share of pairs is bound by the margin itself: it is what all traffic would meet.
    """
    return gate.margin if gate.paired else gate.margin / (next_weight / 100)


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
