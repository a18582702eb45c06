"""What the rules of other tools have in common: a plan, and counts by interval."""

from __future__ import annotations

from dataclasses import dataclass

from sluicegate.gate.simulate.traffic.base import Served


@dataclass(frozen=True)
class Plan:
    """What an owner configures."""

    weights: tuple[int, ...]
    """The policy's steps below 100."""
    failures: float
    """The service's failure rate, as the owner knows it."""
    margin: float
    alpha: float
    seconds: float
    """Between two looks: the length of a window."""
    seed: int = 0
    """For a rule that samples its control."""

    @property
    def threshold(self) -> float:
        """The share of failures up to which a fixed threshold lets a version pass."""
        return self.failures + self.margin


class Minutes:
    """Adds windows up to intervals of a minute, the usual `interval` and range of a query."""

    def __init__(self, seconds: float, interval: float = 60.0) -> None:
        self._windows = max(1, round(interval / seconds))
        self._count = 0
        self._sum = Served(0, 0, 0, 0)

    def add(self, served: Served) -> Served | None:
        """The interval that this window completes; None between two."""
        self._sum = added(self._sum, served)
        self._count += 1
        if self._count < self._windows:
            return None
        whole = self._sum
        self._count = 0
        self._sum = Served(0, 0, 0, 0)
        return whole


def added(one: Served, other: Served) -> Served:
    """Both together."""
    return Served(
        one.canary + other.canary,
        one.stable + other.stable,
        one.bad_canary + other.bad_canary,
        one.bad_stable + other.bad_stable,
    )
