"""One interval decides: bounds of the rate difference (canary - stable), valid at all evaluations at once.

Every request goes to the canary with the committed share w, whatever it holds. Then Z = failed x (1/w on the
canary, -1/(1-w) on stable) has the rate difference as its mean, at any base rate however it drifts
(design-based inference: Ham, Bojinov, Lindon, Tingley 2022). Z takes three values, so betting against a bound
on its mean needs counts only (Waudby-Smith and Ramdas 2024, section 4); the wealth of the bet is a test
supermartingale under the bound, so it reaches 1/alpha at any evaluation with probability <= alpha (Ville
1939). Stretches of different w multiply: the stake is fixed before the requests that it is laid on.

Stretches at weight 0 or 100 have no comparison and enter nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sluicegate.gate.core.decision import Interval
from sluicegate.specs.release import CounterDelta

Array = npt.NDArray[np.float64]

STAKES: Array = np.geomspace(1e-4, 0.95, 40)
"""The fixed grid of stakes c over which the e-value is averaged."""

PRECISION = 22
"""Halvings of [-1, 1] when an end is searched: 5e-7 of the rate difference. Decisions do not depend on it."""


@dataclass(frozen=True)
class Counts:
    """Stretches (S) of requests of constant share, for each kind (K) of failure."""

    share: Array
    """(S,) of the requests that go to the canary, strictly between 0 and 1."""
    requests: Array
    """(S, K) to both tracks together."""
    bad_canary: Array
    """(S, K)."""
    bad_stable: Array
    """(S, K)."""

    @property
    def observed(self) -> bool:
        """Whether there is any observation at all."""
        return bool(self.requests.sum() > 0)


def counts(stretches: Iterable[tuple[int, CounterDelta]], kinds: int = 1) -> Counts:
    """Turn (weight in percent, tally) pairs into arrays; weights 0 and 100 are left out."""
    compared = [(weight, tally) for weight, tally in stretches if 0 < weight < 100]
    shape = (len(compared), kinds)

    def table(rows: list[tuple[int, ...]]) -> Array:
        return np.array(rows, dtype=np.float64).reshape(shape)

    return Counts(
        share=np.array([weight / 100 for weight, _ in compared], dtype=np.float64),
        requests=table([(tally.requests,) * kinds for _, tally in compared]),
        bad_canary=table([tally.bad_canary for _, tally in compared]),
        bad_stable=table([tally.bad_stable for _, tally in compared]),
    )


def log_e_above(tally: Counts, m: float | Array) -> Array:
    """Log e-value, by kind (K,), against the null "the rate difference is m or more".

    m is in [-1, 1], one for all kinds or one by kind. The stake is L = c w for m >= 0 and
    L = c w / (1 - m w) below, where c w would lose more than all. Rises with m.
    """
    w, at = _columns(tally, m)
    negative: Array = np.minimum(at, 0.0)
    stake: Array = STAKES * w / (1 - negative * w)
    return _averaged(tally, stake * at, stake * (at - 1 / w), stake * (at + 1 / (1 - w)))


def log_e_below(tally: Counts, m: float | Array) -> Array:
    """Log e-value, by kind (K,), against the null "the rate difference is m or less".

    m is in [-1, 1], one for all kinds or one by kind. The stake is L = c (1-w) / (1 + m (1-w)): at worst the
    share c of the wealth is lost on one request. Falls with m.
    """
    w, at = _columns(tally, m)
    stake: Array = STAKES * (1 - w) / (1 + at * (1 - w))
    return _averaged(tally, -stake * at, stake * (1 / w - at), -stake * (1 / (1 - w) + at))


def _columns(tally: Counts, m: float | Array) -> tuple[Array, Array]:
    """Share as (S, 1, 1) and m as (1, K or 1, 1), to go with stakes (40,)."""
    return tally.share[:, None, None], np.atleast_1d(np.asarray(m, dtype=np.float64))[None, :, None]


def _averaged(tally: Counts, good: Array, bad_canary: Array, bad_stable: Array) -> Array:
    """Sum over stretches what each outcome gains at each stake, then average the wealth over the stakes."""
    quiet = tally.requests - tally.bad_canary - tally.bad_stable
    wealth = (
        quiet[:, :, None] * np.log1p(good)
        + tally.bad_canary[:, :, None] * np.log1p(bad_canary)
        + tally.bad_stable[:, :, None] * np.log1p(bad_stable)
    ).sum(axis=0)
    averaged: Array = np.logaddexp.reduce(wealth, axis=-1) - np.log(len(STAKES))
    return averaged


def intervals(tally: Counts, alpha: float, alpha_lower: float | None = None) -> list[Interval]:
    """By kind, the rate differences that are not refuted: its ends are where the e-values cross 1/alpha.

    `alpha_lower` is that of the lower end where it differs (the test for harm is split over the gates, the
    test for non-inferiority is not). The ends lie in [-1, 1], rounded outwards; without an observation they
    are infinite.
    """
    kinds = tally.requests.shape[1]
    if not tally.observed:
        return [Interval()] * kinds
    line = -np.log(alpha)
    line_lower = line if alpha_lower is None else -np.log(alpha_lower)
    upper = _end(lambda m: log_e_above(tally, m) >= line, np.full(kinds, -1.0), np.full(kinds, 1.0))
    lower = _end(lambda m: log_e_below(tally, m) >= line_lower, np.full(kinds, 1.0), np.full(kinds, -1.0))
    return [Interval(float(low), float(high)) for low, high in zip(lower, upper, strict=True)]


def _end(refuted: Callable[[Array], npt.NDArray[np.bool_]], inside: Array, outside: Array) -> Array:
    """Halve towards the m at which it begins to be refuted; the refuted side of it."""
    for _ in range(PRECISION):
        middle = (inside + outside) / 2
        out = refuted(middle)
        inside = np.where(out, inside, middle)
        outside = np.where(out, middle, outside)
    return outside


def is_harmful(tally: Counts, alpha: float, margin: float, two_sided: bool) -> bool:
    """Whether the canary is harmful, with probability <= alpha of a false alarm over all evaluations.

    One-sided: the null is "no kind's rate difference is above 0". Two-sided (a shift of a distribution): the
    null is "no kind's rate difference is further than the margin from 0, up or down". The e-values of all
    kinds (and both signs) are averaged, which is an e-value against the null that all of them are true.
    """
    if not two_sided:
        logs = log_e_below(tally, 0.0)
    else:
        logs = np.concatenate([log_e_below(tally, min(margin, 1.0)), log_e_above(tally, max(-margin, -1.0))])
    return bool(np.logaddexp.reduce(logs) - np.log(len(logs)) >= -np.log(alpha))


def is_non_inferior(tally: Counts, alpha: float, margin: float, next_weight: int, two_sided: bool) -> bool:
    """Whether upper x next weight <= margin for every kind (two-sided: and both signs).

    The nulls are "the rate difference is margin / next share or more" (and, two-sided, "... minus that or
    less"), one for each kind; all must be refuted at alpha, so alpha is not split. A rate difference is never
    above 1: a margin that even then is kept needs no refuting, but it does need an observation.
    """
    bound = margin / (next_weight / 100)
    # Written so that a margin that is not a number is refused as well.
    if not tally.observed or not bound > -1:
        return False
    if bound >= 1:
        return True
    refuted = bool(np.all(log_e_above(tally, bound) >= -np.log(alpha)))
    if not two_sided:
        return refuted
    return refuted and bool(np.all(log_e_below(tally, -bound) >= -np.log(alpha)))
