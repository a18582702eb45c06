"""An outage of stable alone: its pods are moved, its node is lost, its cache is gone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sluicegate.gate.simulate.traffic.base import Rates, Rng, Setting, steady

LATEST = 120.0
"""Seconds within which it begins, at any moment alike."""
SECONDS = 120.0
"""It lasts so long."""


def outage(rng: Rng, setting: Setting) -> Rates:
    """Once, and soon, stable fails all of its requests for two minutes; the canary is as it always is."""
    rates = steady(setting)
    begin = rng.random() * LATEST
    edges = np.arange(setting.windows) * setting.seconds
    overlap = np.minimum(edges + setting.seconds, begin + SECONDS) - np.maximum(edges, begin)
    out = np.maximum(overlap, 0.0) / setting.seconds
    return replace(rates, stable=rates.stable * (1 - out) + out)
