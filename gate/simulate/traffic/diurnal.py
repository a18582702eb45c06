"""Day and night: traffic and failure rate go up and down."""

from __future__ import annotations

import numpy as np

from sluicegate.gate.simulate.traffic.base import Rates, Rng, Setting, steady

PERIOD = 1800.0
"""Seconds: a day in half an hour, so that a rollout sees it."""
SWING = 0.9


def diurnal(rng: Rng, setting: Setting) -> Rates:
    """Both move by 90 % about their mean, in opposite phase; the rollout starts at any time of the day."""
    at = np.arange(setting.windows) * setting.seconds / PERIOD + rng.random()
    wave = SWING * np.sin(2 * np.pi * at)
    return steady(setting, failures=setting.failures * (1 - wave), requests=1 + wave)
