"""Outages of something that both versions depend on."""

from __future__ import annotations

import numpy as np

from sluicegate.gate.simulate.traffic.base import Rates, Rng, Setting, steady

EVERY = 500.0
"""Seconds between two outages, on average."""
FAILING = 0.2


def bursts(rng: Rng, setting: Setting) -> Rates:
    """In one window in fifty (of ten seconds) a fifth of all requests fail, on either track."""
    outage = rng.random(setting.windows) < setting.seconds / EVERY
    return steady(setting, failures=np.where(outage, FAILING, setting.failures))
