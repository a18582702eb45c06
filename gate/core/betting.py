"""Bets against a bound on a mean: the wealth of many requests that each have one of a few outcomes.

A request's value Z is known by its outcome. Betting the stake L that its mean is below m multiplies the
wealth by 1 + L (m - Z), that it is above by 1 + L (Z - m); under the opposite bound the wealth is a test
supermartingale, so it reaches 1/alpha at any evaluation with probability <= alpha (Waudby-Smith and Ramdas
2024, section 4; Ville 1939). Stakes are fixed in advance and averaged, and so are several ways to count the
same mean.

Servers stall as a whole, so the requests of one moment are not independent. What happens within one window
counts once: the factor by which it multiplies the wealth is cut. Cutting the gain of a supermartingale leaves
one, so the bound stays exact for independent requests, and no single moment decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from sluicegate.gate.core.crossing import Kinds, crossing, first_to_cross

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

STAKES: Array = np.geomspace(1e-4, 0.95, 40)
"""The fixed grid of stakes c, as shares of the largest stake that cannot lose all."""
_LOG_WEIGHTS: Array = np.log(np.sqrt(STAKES) / np.sqrt(STAKES).sum())
"""Larger stakes weigh more, by sqrt(c): a harmless rollout then takes a third fewer requests."""

PROOF_CAP = 2.0
"""The most by which one window multiplies the evidence for an advance."""
HARM_CAP = 4.0
"""The most by which one window multiplies the evidence for a rollback."""

PRECISION = 22
"""Halvings of [-1, 1] when an end is searched: 5e-7. Decisions do not depend on it."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """Windows (S) in which an outcome has the same value, for each kind (K) of failure.

    O outcomes, C ways to count ("centres") that have the same mean. Equal to itself alone.
    """

    values: Array
    """(C, O): the value Z of a request by its outcome."""
    counts: Array
    """(K, S, O): requests by outcome."""
    capped: Mask
    """(S,): whether the row is one window, whose factor is cut; a sum of small ones is not."""
    useless: Mask | None = None
    """(S,): whether the row proves nothing, whatever it holds: no gain against "the mean is m or more"."""
    running: bool = False
    """Whether the rows after the first are all windows of a step so far, so that a bet may begin at each."""
    closed: bool = False
    """Whether it is of a step that is over and asked for again and again: its wealth is kept."""

    def of(self, kinds: Kinds) -> Stretch:
        """The same windows of these kinds alone."""
        return replace(self, counts=self.counts[kinds], closed=False)


Stretches = Sequence[Stretch]
_LEAST = 1e-12
"""No stake loses less: where no outcome can lose, the bound is at the edge of what is possible."""


def observed(stretches: Stretches) -> bool:
    """Whether there is any request at all."""
    return any(stretch.counts.any() for stretch in stretches)


def log_e_above(stretches: Stretches, m: float | Array, cap: float) -> Array:
    """Log e-value, by kind (K,), against "the mean is m or more"; m for all kinds or (K,). Rises with m."""
    return averaged(wealth(stretches, m, cap, above=True))


def log_e_below(stretches: Stretches, m: float | Array, cap: float) -> Array:
    """Log e-value, by kind (K,), against "the mean is m or less"; m for all kinds or (K,). Falls with m."""
    return averaged(wealth(stretches, m, cap, above=False))


def wealth(stretches: Stretches, m: float | Array, cap: float, *, above: bool) -> Array:
    """(K, C x stakes): log wealth against the bound m, each window's factor cut; `above` as `log_e_above`."""
    total: Array = np.zeros((1, len(STAKES)))
    for number, stretch in enumerate(stretches):
        gained = gain(stretch, m, cap, above=above)
        total = gained if number == 0 else total + gained
    return total


def gain(stretch: Stretch, m: float | Array, cap: float, *, above: bool) -> Array:
    """(K, C x stakes): by how much one stretch multiplies each wealth, as a logarithm."""
    if stretch.closed and not isinstance(m, np.ndarray):
        return _gain_once(stretch, m, cap, above)
    gained: Array = cut_factors(stretch, m, cap, above=above).sum(axis=1)
    return gained


@lru_cache(maxsize=1024)
def _gain_once(stretch: Stretch, m: float, cap: float, above: bool) -> Array:
    """`gain` of a closed stretch against one of the few bounds that every evaluation tests."""
    gained: Array = cut_factors(stretch, m, cap, above=above).sum(axis=1)
    gained.flags.writeable = False
    return gained


def cut_factors(stretch: Stretch, m: float | Array, cap: float, *, above: bool) -> Array:
    """(K, S, C x stakes): by how much each row multiplies each wealth, as a logarithm."""
    factors = _factors(stretch, m, above=above)
    limits = _limits(stretch, cap, above=above)
    most = np.where(stretch.capped, limits, np.inf)
    return np.minimum(factors, most[:, None], out=factors)


def _limits(stretch: Stretch, cap: float, *, above: bool) -> Array:
    """(S,), or (1,) for all: the most by which a window multiplies the wealth, as a logarithm."""
    limit = np.log(cap)
    if above and stretch.useless is not None:
        return np.where(stretch.useless, 0.0, limit)
    return np.array([limit])


def averaged(log_wealth: Array) -> Array:
    """(K, C x stakes) log wealth to the log of its weighted mean over centres and stakes, (K,)."""
    weights = _log_weights(log_wealth.shape[-1] // len(STAKES))
    mean: Array = np.logaddexp.reduce(log_wealth + weights, axis=-1)
    return mean


def nothing_won() -> Array:
    """(1,): the log e-value of bets before the first request."""
    return np.zeros(1)


@cache
def _log_weights(centres: int) -> Array:
    """(C x stakes,): the share of each in the mean."""
    weights: Array = np.tile(_LOG_WEIGHTS, centres) - np.log(centres)
    return weights


def rows_cut(stretch: Stretch, m: float, cap: float, *, above: bool) -> Mask:
    """(S,): the rows whose factor against m would be above their cap, for any stake, centre or kind."""
    limits = _limits(stretch, cap, above=above)
    found: Mask = (_factors(stretch, m, above=above) > limits[:, None]).any(axis=(0, 2))
    return found


def upper_end(stretches: Stretches, alpha: float, cap: float) -> Array:
    """(K,): the m in [-1, 1] from which on all are refuted at alpha, rounded outwards; inf without data."""
    return end(stretches, lambda m: log_e_above(stretches, m, cap), alpha, outside=1.0)


def lower_end(stretches: Stretches, alpha: float, cap: float) -> Array:
    """(K,): the m in [-1, 1] up to which all are refuted at alpha, rounded outwards; -inf without data."""
    return end(stretches, lambda m: log_e_below(stretches, m, cap), alpha, outside=-1.0)


def furthest_kind(above: Stretches, below: Stretches | None, alpha: float, cap: float) -> int:
    """The first kind of which the mean can be furthest from 0: up, or down as well where `below` is given.

    That is the one with the highest of `upper_end` of `above` and, if given, of -`lower_end` of `below`.
    There has to be a request.
    """
    kinds = above[0].counts.shape[0]
    line = -np.log(alpha)

    def up(m: Array, of: Kinds) -> Array:
        beyond: Array = log_e_above([stretch.of(of) for stretch in above], m, cap) - line
        return beyond

    number, furthest = first_to_cross(up, kinds, 1.0, PRECISION)
    if below is not None:

        def down(m: Array, of: Kinds) -> Array:
            beyond: Array = log_e_below([stretch.of(of) for stretch in below], m, cap) - line
            return beyond

        lower_number, lowest = first_to_cross(down, kinds, -1.0, PRECISION, most=number)
        furthest = lowest if lower_number < number else np.union1d(furthest, lowest)
    return int(furthest[0])


def end(stretches: Stretches, log_e: Callable[[Array], Array], alpha: float, outside: float) -> Array:
    """(K,): the last m that is refuted, on the way from the end that may be; by PRECISION halvings.

    `outside` is 1 for the upper end and -1 for the lower; without data the end is infinite.
    """
    kinds = stretches[0].counts.shape[0] if stretches else 1
    if not observed(stretches):
        return np.full(kinds, outside * np.inf)
    line = -np.log(alpha)
    return crossing(lambda m: log_e(m) - line, kinds, outside, PRECISION)


def _factors(stretch: Stretch, m: float | Array, *, above: bool) -> Array:
    """(K, S, C x stakes): by how much each row multiplies each wealth, as a logarithm, uncut."""
    values = stretch.values
    if isinstance(m, np.ndarray):
        terms = _gains_above(values, m) if above else _gains_below(values, m)
    else:
        terms = _fixed_gains(values.tobytes(), values.shape, m, above)
    factors: Array = np.matmul(stretch.counts, terms)
    return factors


@lru_cache(maxsize=1024)
def _fixed_gains(values: bytes, shape: tuple[int, ...], m: float, above: bool) -> Array:
    """(1, O, C x stakes), one bound for all kinds. Kept: every evaluation tests the same few bounds."""
    bound = np.array([m], dtype=np.float64)
    outcomes = np.frombuffer(values, dtype=np.float64).reshape(shape)
    return _gains_above(outcomes, bound) if above else _gains_below(outcomes, bound)


def _gains_above(values: Array, m: Array) -> Array:
    """log(1 + L (m - Z)), by kind and outcome. For m < 0 the stake is smaller, or it would lose all."""
    worst = values.max(axis=1)[:, None] - np.minimum(m, 0.0)[None, :]
    return _gains(worst, m[None, :, None] - values[:, None, :])


def _gains_below(values: Array, m: Array) -> Array:
    """log(1 + L (Z - m)), by kind and outcome."""
    worst = m[None, :] - values.min(axis=1)[:, None]
    return _gains(worst, values[:, None, :] - m[None, :, None])


def _gains(worst: Array, gain: Array) -> Array:
    """(K, O, C x stakes) from `worst` (C, K), the most that a stake of 1 loses, and `gain` (C, K, O)."""
    stakes = STAKES / np.maximum(worst, _LEAST)[:, :, None]
    logs = np.log1p(gain[:, :, :, None] * stakes[:, :, None, :])
    centres, kinds, outcomes, _ = logs.shape
    by_kind: Array = logs.transpose(1, 2, 0, 3).reshape(kinds, outcomes, centres * len(STAKES))
    return by_kind
