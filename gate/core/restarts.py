"""Bets for harm that begin anew: what came before can hide later harm only for so long.

While stable has an outage and the canary does not, each failure speaks for the canary, and there is no end to
how much a bet on harm can lose. So its money is split: `WHOLE` is laid when the release begins, `STEPS` is
kept for the beginnings of later steps, and `WINDOWS` for the windows of the running step. A share that waits
for its moment is worth what it is, and one that has begun is a test supermartingale; so is their sum, and
Ville's bound holds for it exactly (mixtures over starting moments: Shin, Ramdas and Rinaldo 2023,
"E-detectors"). What came before a moment costs at most the logarithm of that moment's share.

The shares are fixed in advance, by the number of the step and of the window. The windows of a long step are
cut anew, twice as wide, each time they get too many, which moves them; their share is divided by `GRIDS`, the
most times that this happens, so that every cut has its own. A share whose moment is gone, as in a closed
step, is lost: a part of a supermartingale with this start is below it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from sluicegate.gate.core.betting import Array, Stretches, averaged, cut_factors, end, gain, nothing_won

WHOLE = 0.75
"""The share of the bet on everything since the release began."""
STEPS = 0.05
"""That of the bets that begin with a later step."""
WINDOWS = 0.2
"""That of the bets that begin within a step."""
GRIDS = 16
"""Of windows that begin at 200 s together and are doubled: 75 days in one step."""
COARSE = 8
"""Half the share of a step's windows is that of each eighth: a few of them wait for less."""


def log_e_above(stretches: Stretches, m: float | Array, cap: float) -> Array:
    """Log e-value, by kind (K,), against "the mean is m or more", by bets that begin at several moments."""
    return _mixed(stretches, m, cap, above=True)


def log_e_below(stretches: Stretches, m: float | Array, cap: float) -> Array:
    """Log e-value, by kind (K,), against "the mean is m or less", by bets that begin at several moments."""
    return _mixed(stretches, m, cap, above=False)


def upper_end(stretches: Stretches, alpha: float, cap: float) -> Array:
    """As that of `betting`, of these bets."""
    return end(stretches, lambda m: log_e_above(stretches, m, cap), alpha, outside=1.0)


def lower_end(stretches: Stretches, alpha: float, cap: float) -> Array:
    """As that of `betting`, of these bets."""
    return end(stretches, lambda m: log_e_below(stretches, m, cap), alpha, outside=-1.0)


def _mixed(stretches: Stretches, m: float | Array, cap: float, *, above: bool) -> Array:
    """(K,): the sum over the moments at which a bet begins, averaged over stakes and centres."""
    if not stretches:
        return nothing_won()
    last = len(stretches) - 1
    windows = cut_factors(stretches[-1], m, cap, above=above)
    since: Array = windows.sum(axis=1)
    begun = [since + _log_share_of_step(last)]
    for step in range(last - 1, -1, -1):
        since = since + gain(stretches[step], m, cap, above=above)
        begun.append(since + _log_share_of_step(step))
    if stretches[-1].running:
        begun += _within(windows[:, 1:], last)
    return averaged(np.logaddexp.reduce(begun))


@cache
def _log_share_of_step(step: int) -> float:
    """Of the bet that begins with the step of this number, from 0."""
    return float(np.log(WHOLE if step == 0 else STEPS / (step * (step + 1))))


def _within(windows: Array, step: int) -> list[Array]:
    """(K, C x stakes) log wealth of the bets that begin at each window (K, S, C x stakes) but the first."""
    number = windows.shape[1] - 1
    if number < 1:
        return []
    since = np.cumsum(windows[:, :0:-1], axis=1)[:, ::-1]
    since += _log_shares(number)[:, None] + np.log(WINDOWS / GRIDS / ((step + 1) * (step + 2)))
    most = since.max(axis=1)
    np.subtract(since, most[:, None], out=since)
    np.exp(since, out=since)
    return [most + np.log(since.sum(axis=1))]


@cache
def _log_shares(number: int) -> Array:
    """(number,): of the windows from the second on, less than 1 together however many there are."""
    window = np.arange(1, number + 1)
    eighth = window // COARSE
    coarse = np.where(window % COARSE == 0, 1 / (np.maximum(eighth, 1) * (eighth + 1)), 0.0)
    shares: Array = np.log((1 / (window * (window + 1)) + coarse) / 2)
    return shares
