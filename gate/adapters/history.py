"""A bounded memory of moments, for whatever counts: neighbours are joined, the newest is always there."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 200
"""Moments that are kept, at most; from then on only every second one, so that windows grow with the time."""


class History(Generic[T]):
    """What was seen at some moments (seconds of one clock), `spacing` apart; the last may be closer."""

    def __init__(self, spacing: float) -> None:
        self.spacing = spacing
        self._seen: list[tuple[float, T]] = []

    def add(self, at: float, seen: T) -> None:
        """Remember what is seen at `at`, later than all before; an end that was too close gives way."""
        kept = self._seen
        if len(kept) > 1 and kept[-1][0] - kept[-2][0] < self.spacing:
            kept.pop()
        kept.append((at, seen))
        if len(kept) > MOST:
            self.spacing *= 2
            # The first stays, since windows begin there, and so does the last.
            self._seen = [*kept[:-1:2], kept[-1]]

    def seen(self) -> list[tuple[float, T]]:
        """All that is remembered, oldest first."""
        return list(self._seen)
