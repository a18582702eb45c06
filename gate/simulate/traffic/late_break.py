"""A version that is sound for a long time and then breaks: a certificate runs out, a disk is full."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sluicegate.gate.simulate.traffic.base import Rates, Rng, Setting, steady

AFTER = 3600.0
"""Seconds until it breaks."""


def late_break(_rng: Rng, setting: Setting) -> Rates:
    """The canary is as stable is for an hour, and from then on fails `setting.difference` more often."""
    rates = steady(setting)
    sound = np.arange(setting.windows) * setting.seconds < AFTER
    return replace(rates, canary=np.where(sound, rates.stable, rates.canary))
