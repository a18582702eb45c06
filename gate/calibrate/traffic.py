"""Models of traffic: how many requests reach each track between two evaluations, and how many fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sluicegate.gate.core.interval import Array

REQUESTS = 500
"""Between two evaluations."""
MEMORY = 0.7
"""Of the autocorrelated base rate, from one evaluation to the next."""

Rng = np.random.Generator
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TrafficSample:
    """The traffic between two evaluations, by rollout."""

    canary: Counts
    """(N,) requests."""
    stable: Counts
    """(N,) requests."""
    canary_failures: Counts
    """(N,), or (N, gates) where the gates fail independently."""
    stable_failures: Counts
    """(N,), or (N, gates)."""


TrafficModel = Callable[[Rng, Array, int], TrafficSample]
"""Draws the traffic before one evaluation: from the generator, each rollout's canary share, its number."""
BaseRate = Callable[[Rng, int, int], Any]
"""The failure rate of stable at one evaluation: (generator, its number, rollouts) -> one, or one each."""


def independent(base: BaseRate, harm: float = 0.0) -> TrafficModel:
    """Coin flips for the track; failures at the base rate of the moment, on the canary at `harm` more."""

    def draw(rng: Rng, share: Array, evaluation: int) -> TrafficSample:
        rate = base(rng, evaluation, len(share))
        canary = rng.binomial(REQUESTS, share)
        stable = REQUESTS - canary
        return TrafficSample(
            canary, stable, rng.binomial(canary, np.minimum(rate + harm, 1)), rng.binomial(stable, rate)
        )

    return draw


def round_robin(rate: float) -> TrafficModel:
    """Every 100th, 20th, 4th, 2nd request to the canary: no coin at all."""

    def draw(rng: Rng, share: Array, _evaluation: int) -> TrafficSample:
        canary = np.round(REQUESTS * share).astype(int)
        stable = REQUESTS - canary
        return TrafficSample(canary, stable, rng.binomial(canary, rate), rng.binomial(stable, rate))

    return draw


def sticky(rate: float, each: int = 50, troubled: float = 0.1) -> TrafficModel:
    """Users stay on their track for 50 requests, and a tenth of them have all failures: not independent."""

    def draw(rng: Rng, share: Array, _evaluation: int) -> TrafficSample:
        users = (len(share), REQUESTS // each)
        on_canary = rng.random(users) < share[:, None]
        failures = rng.binomial(each, np.where(rng.random(users) < troubled, rate / troubled, 0.0))
        canary = (on_canary * each).sum(axis=1)
        return TrafficSample(
            canary,
            REQUESTS - canary,
            np.where(on_canary, failures, 0).sum(axis=1),
            np.where(on_canary, 0, failures).sum(axis=1),
        )

    return draw


def flat(rate: float) -> BaseRate:
    """The same rate all day."""
    return lambda _rng, _evaluation, _rollouts: rate


def diurnal(rate: float) -> BaseRate:
    """Up and down by 90 % over 24 evaluations."""
    return lambda _rng, evaluation, _rollouts: rate * (1 + 0.9 * np.sin(2 * np.pi * evaluation / 24))


def bursts(rate: float) -> BaseRate:
    """One evaluation in fifty follows an outage in which a fifth of all requests fail, on both tracks."""
    return lambda rng, _evaluation, rollouts: np.where(rng.random(rollouts) < 0.02, 0.2, rate)


def autocorrelated(rate: float) -> BaseRate:
    """Log rate is AR(1), one path for all rollouts, with a standard deviation of one half."""
    state = 0.0

    def base(rng: Rng, _evaluation: int, _rollouts: int) -> float:
        nonlocal state
        state = MEMORY * state + rng.normal(0, 0.5 * np.sqrt(1 - MEMORY**2))
        return min(rate * float(np.exp(state)), 1.0)

    return base
