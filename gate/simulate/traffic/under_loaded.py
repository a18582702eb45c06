"""A canary that is slow for want of work: small batches, cold caches, whatever its version."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sluicegate.gate.simulate.traffic.base import Draw, Rates, Rng, Setting, steady

SLOWER = 0.05
"""How much larger the share of slow requests is on a server with little to do."""


@dataclass(frozen=True)
class UnderLoaded:
    """The setting's rates on busy servers, and `SLOWER` more on those of a track of up to 33 %."""

    rates: Rates
    cold: int = 0

    def draw(self, rng: Rng, first: int, count: int) -> Draw:
        """Both versions are as much slower with little to do."""
        busy = self.rates.draw(rng, first, count)
        at = slice(first, first + count)
        idle = [
            rng.binomial(busy.requests, np.minimum(shares[at, None] + SLOWER, 1.0))
            for shares in (self.rates.canary, self.rates.stable)
        ]
        return Draw(busy.requests, busy.if_canary, busy.if_stable, (idle[0], idle[1]))


def under_loaded(_rng: Rng, setting: Setting) -> UnderLoaded:
    """Load alone makes the difference between a small track and a large one."""
    return UnderLoaded(steady(setting))
