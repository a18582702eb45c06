"""The same failure rates all day: the null, planted regressions, and low traffic."""

from __future__ import annotations

from sluicegate.gate.simulate.traffic.base import Rates, Rng, Setting, steady


def flat(_rng: Rng, setting: Setting) -> Rates:
    """Independent requests; the canary fails `setting.difference` more of them."""
    return steady(setting)
