"""Simulated rollouts: how often the gate's statistics finish or roll back, and after how many requests.

`python -m sluicegate.gate.calibrate [ROLLOUTS]` prints the table of the documentation. One gate
(`error_rate`), steps 1/5/25/50/100, a look every 500 requests, a fixed seed: the same figures every time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sluicegate.gate.core.interval import Array, Counts, log_e_above, log_e_below

STEPS = (1, 5, 25, 50, 100)
LOOK = 500
ALPHA = 0.05
MIN_REQUESTS = 20
LOOKS = 600
"""A rollout that is undecided after this many looks is left so."""

Rng = np.random.Generator
Drawn = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]
"""By rollout: requests on the canary, bad on the canary, bad on stable."""
Traffic = Callable[[Rng, Array, int], Drawn]
"""Draws one look, from the generator, the share of each rollout, and the number of the look."""


@dataclass(frozen=True)
class Outcome:
    """How a batch of rollouts ended."""

    finished: float
    rolled_back: float
    requests: float
    """Median of all requests on both tracks."""
    canary_requests: float
    """Median of the canary's."""


def simulate(traffic: Traffic, margin: float, rollouts: int, seed: int) -> Outcome:
    """Run rollouts side by side, each look by the two e-values of `sluicegate.gate.core.interval`."""
    rng = np.random.default_rng(seed)
    weights = np.array(STEPS) / 100
    shape = (len(STEPS) - 1, rollouts)
    requests, bad_canary, bad_stable, on_canary = (np.zeros(shape) for _ in range(4))
    step = np.zeros(rollouts, dtype=int)
    ended = np.zeros(rollouts, dtype=int)
    line = -np.log(ALPHA)
    for look in range(LOOKS):
        open_ = np.flatnonzero(ended == 0)
        if len(open_) == 0:
            break
        at = step[open_]
        canary, bad_c, bad_s = traffic(rng, weights[at], look)
        requests[at, open_] += LOOK
        on_canary[at, open_] += canary
        bad_canary[at, open_] += bad_c
        bad_stable[at, open_] += bad_s
        seen = Counts(weights[:-1], requests[:, open_], bad_canary[:, open_], bad_stable[:, open_])
        harm = log_e_below(seen, 0.0) >= line
        bound = margin / weights[at + 1]
        proven = (bound >= 1) | (log_e_above(seen, np.minimum(bound, 1)) >= line)
        goes = ~harm & proven & (on_canary[at, open_] >= MIN_REQUESTS)
        step[open_[goes]] += 1
        ended[open_[harm]] = -1
        ended[open_[goes & (at + 1 == len(STEPS) - 1)]] = 1
    return Outcome(
        finished=float(np.mean(ended == 1)),
        rolled_back=float(np.mean(ended == -1)),
        requests=float(np.median(requests.sum(axis=0))),
        canary_requests=float(np.median(on_canary.sum(axis=0))),
    )


def independent(base: Callable[[Rng, int, int], Array | float], harm: float = 0.0) -> Traffic:
    """Coin flips for the track; bad with the base rate of the look, on the canary with `harm` more."""

    def draw(rng: Rng, share: Array, look: int) -> Drawn:
        rate = base(rng, look, len(share))
        canary = rng.binomial(LOOK, share)
        return canary, rng.binomial(canary, np.minimum(rate + harm, 1)), rng.binomial(LOOK - canary, rate)

    return draw


def round_robin(rate: float) -> Traffic:
    """Every 100th, 20th, 4th, 2nd request to the canary: no coin at all."""

    def draw(rng: Rng, share: Array, _look: int) -> Drawn:
        canary = np.round(LOOK * share).astype(int)
        return canary, rng.binomial(canary, rate), rng.binomial(LOOK - canary, rate)

    return draw


def sticky(rate: float, each: int = 50, troubled: float = 0.1) -> Traffic:
    """Users stay on their track for 50 requests, and a tenth of them have all the errors: not independent."""

    def draw(rng: Rng, share: Array, _look: int) -> Drawn:
        users = (len(share), LOOK // each)
        on_canary = rng.random(users) < share[:, None]
        bad = rng.binomial(each, np.where(rng.random(users) < troubled, rate / troubled, 0.0))
        return (on_canary * each).sum(axis=1), (bad * on_canary).sum(axis=1), (bad * ~on_canary).sum(axis=1)

    return draw


def flat(rate: float) -> Callable[[Rng, int, int], float]:
    """The same rate all day."""
    return lambda _rng, _look, _rollouts: rate


def diurnal(rate: float) -> Callable[[Rng, int, int], float]:
    """Up and down by 90 % over 24 looks."""
    return lambda _rng, look, _rollouts: rate * (1 + 0.9 * np.sin(2 * np.pi * look / 24))


def bursts(rate: float) -> Callable[[Rng, int, int], Array]:
    """One look in fifty is an outage in which a fifth of all requests are bad, on both tracks."""
    return lambda rng, _look, rollouts: np.where(rng.random(rollouts) < 0.02, 0.2, rate)


def autocorrelated(rate: float, memory: float = 0.7) -> Callable[[Rng, int, int], float]:
    """Log rate is AR(1), one path for all rollouts, with a standard deviation of one half."""
    state = 0.0

    def base(rng: Rng, _look: int, _rollouts: int) -> float:
        nonlocal state
        state = memory * state + rng.normal(0, 0.5 * np.sqrt(1 - memory**2))
        return min(rate * float(np.exp(state)), 1.0)

    return base


def table() -> list[tuple[str, Traffic, float]]:
    """Each case with its margin."""
    return [
        ("no harm, 0.5 %: flat", independent(flat(0.005)), 0.01),
        ("no harm: diurnal, +-90 %", independent(diurnal(0.005)), 0.01),
        ("no harm: AR(1) 0.7", independent(autocorrelated(0.005)), 0.01),
        ("no harm: bursts of outage", independent(bursts(0.005)), 0.01),
        ("no harm: smooth round robin", round_robin(0.005), 0.01),
        ("no harm: sticky users, 50 requests each, clustered errors", sticky(0.005), 0.01),
        ("excess exactly at the margin", independent(flat(0.005), 0.01), 0.01),
        ("no errors at all", independent(flat(0.0)), 0.01),
        ("no errors at all, margin 0.002", independent(flat(0.0)), 0.002),
        ("0 -> 11 %", independent(flat(0.0), 0.11), 0.01),
        ("0.5 -> 2 %", independent(flat(0.005), 0.015), 0.01),
    ]


def main(rollouts: int = 1000) -> None:
    """Print the table."""
    print("| case | margin | finish | rollback | total / canary requests (median) |\n|---|---|---|---|---|")
    for name, traffic, margin in table():
        end = simulate(traffic, margin, rollouts, seed=20240601)
        print(
            f"| {name} | {margin} | {end.finished:.1%} | {end.rolled_back:.1%} "
            f"| {end.requests:,.0f} / {end.canary_requests:,.0f} |"
        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
