"""Servers that are slow for a while, each by itself: a compaction, a noisy neighbour, an empty cache."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sluicegate.gate.simulate.traffic.base import Array, Rates, Rng, Setting, steady

MINUTES = 30.0
"""Between two episodes of one replica, on average."""
SECONDS = 20.0
"""An episode lasts so long, on average (exponential)."""
FAILING = 0.3
"""Share of the replica's requests that fail during one."""


def episodes(rng: Rng, setting: Setting) -> Rates:
    """Each replica every half hour, for about 20 s, 30 % of its requests."""
    rates = steady(setting)
    canary, stable = setting.replicas
    return replace(
        rates,
        canary=np.minimum(rates.canary + _slow(rng, setting, canary), 1.0),
        stable=np.minimum(rates.stable + _slow(rng, setting, stable), 1.0),
    )


def _slow(rng: Rng, setting: Setting, replicas: int) -> Array:
    """(windows,) the share of the track's requests that an episode makes fail."""
    horizon = setting.windows * setting.seconds
    edges = np.arange(setting.windows) * setting.seconds
    share = np.zeros(setting.windows)
    for start in rng.random(rng.poisson(horizon / (60 * MINUTES) * replicas)) * horizon:
        end = start + rng.exponential(SECONDS)
        overlap = np.minimum(edges + setting.seconds, end) - np.maximum(edges, start)
        share += FAILING * np.maximum(overlap, 0.0) / setting.seconds / replicas
    return share
