"""Users who stay on their track, with failures that some of them have and others never."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sluicegate.gate.simulate.traffic.base import LOTS, Draw, Rng, Setting

EACH = 50
"""Requests of one user's session."""
TROUBLED = 0.1
"""Share of sessions that have all the failures."""


@dataclass(frozen=True)
class Sessions:
    """Whole sessions are drawn, not requests; a session is served within its window."""

    setting: Setting
    counted_once: bool = False
    """Whether only the first request of each session is seen, as a gate with a `unit` sees it."""
    cold: int = 0

    def draw(self, rng: Rng, first: int, count: int) -> Draw:
        """A session has one lot; a tenth of them fail ten times as often, the rest not at all."""
        del first
        setting = self.setting
        seen = 1 if self.counted_once else EACH
        lots = (count, LOTS)
        sessions = rng.poisson(setting.requests / EACH / LOTS, lots)
        troubled = rng.binomial(sessions, TROUBLED) * seen
        requests = sessions * seen
        base = rng.binomial(troubled, min(setting.failures / TROUBLED, 1.0))
        extra = rng.binomial(requests - base, setting.difference)
        return Draw(requests, base + extra, np.copy(base))


def sticky(_rng: Rng, setting: Setting) -> Sessions:
    """Not independent at all: one user's requests go to one track and fail together."""
    return Sessions(setting)


def first_of_session(_rng: Rng, setting: Setting) -> Sessions:
    """The same users, each counted once: what is seen of them is independent, and one in fifty."""
    return Sessions(setting, counted_once=True)
