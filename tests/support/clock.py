"""Clocks that move only when a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class SteppingClock:
    """Wall-clock time that moves on by `step` at each call."""

    now: datetime = START
    step: timedelta = field(default_factory=lambda: timedelta(seconds=10))

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


@dataclass
class ManualClock:
    """Monotonic seconds, moved by assignment to `now`."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now
