"""Failures that come in waves: the log of the failure rate is an AR(1) process."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from sluicegate.gate.simulate.traffic.base import Rates, Rng, Setting, steady

MEMORY = 0.7
"""From one ten seconds to the next."""
SPREAD = 0.5
"""Standard deviation of the log."""


def autocorrelated(rng: Rng, setting: Setting) -> Rates:
    """The same wave on both tracks, as from a dependency that both use."""
    memory = MEMORY ** (setting.seconds / 10)
    shocks = rng.normal(0.0, SPREAD * np.sqrt(1 - memory**2), setting.windows)
    shocks[:1] = rng.normal(0.0, SPREAD, 1)
    wave = lfilter([1.0], [1.0, -memory], shocks)
    return steady(setting, failures=np.minimum(setting.failures * np.exp(wave), 1.0))
