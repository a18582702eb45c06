"""A gateway that deals requests out in turn instead of tossing a coin for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sluicegate.gate.simulate.traffic.base import LOTS, Draw, Rng, Setting

TURN = np.arange(LOTS) * 73 % LOTS
"""When each lot has its turn: the lots below any weight are spread over the hundred."""


@dataclass(frozen=True)
class Turns:
    """Every lot gets equally many requests, up to one."""

    setting: Setting
    cold: int = 0

    def draw(self, rng: Rng, first: int, count: int) -> Draw:
        """As many requests up to a window's end as its time allows, dealt out in turn."""
        setting = self.setting
        ends = np.floor(np.arange(first, first + count + 1) * setting.requests).astype(np.int64)
        dealt = (ends[:, None] + LOTS - 1 - TURN) // LOTS
        requests = np.diff(dealt, axis=0)
        failures = setting.failures
        return Draw(
            requests,
            rng.binomial(requests, min(failures + setting.difference, 1.0)),
            rng.binomial(requests, failures),
        )


def round_robin(_rng: Rng, setting: Setting) -> Turns:
    """Smooth round robin, as several gateways do it: less random than what the mathematics assumes."""
    return Turns(setting)
