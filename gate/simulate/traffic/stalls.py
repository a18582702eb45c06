"""Servers that stop for a moment, each by itself: garbage collection, a busy node, a page fault.

All requests that meet a stall fail together, so requests are not independent: what is random is the moment
of a pod.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sluicegate.gate.simulate.traffic.base import Array, Rates, Rng, Setting, steady

SHORTEST = 0.02
LONGEST = 0.5
"""Seconds; uniform between the two."""


def stalls(rng: Rng, setting: Setting, minutes: float) -> Rates:
    """Each replica stalls once in so many minutes (Poisson), for 20 to 500 ms."""
    rates = steady(setting)
    canary, stable = setting.replicas
    return replace(
        rates,
        canary=_failing(rates.canary, stalled(rng, setting, canary, minutes)),
        stable=_failing(rates.stable, stalled(rng, setting, stable, minutes)),
    )


def stalled(rng: Rng, setting: Setting, replicas: int, minutes: float) -> Array:
    """(windows,) the share of the track's requests that meet a stalled replica."""
    horizon = setting.windows * setting.seconds
    starts = rng.random(rng.poisson(horizon / (60 * minutes) * replicas)) * horizon
    lasts = rng.uniform(SHORTEST, LONGEST, len(starts))
    windows = (starts / setting.seconds).astype(int)
    seconds: Array = np.bincount(windows, weights=lasts, minlength=setting.windows).astype(np.float64)
    return np.minimum(seconds / setting.seconds / replicas, 1.0)


def _failing(share: Array, more: Array) -> Array:
    either: Array = 1.0 - (1.0 - share) * (1.0 - more)
    return either
