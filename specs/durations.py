"""Durations as the files write them: `90s`, `15m`, `24h`, `7d`."""

from __future__ import annotations

from datetime import timedelta


def duration(text: str) -> timedelta:
    """A number and a unit (s, m, h, d), as model.yaml writes it. Raises ValueError or KeyError otherwise."""
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[text[-1:]]
    return timedelta(**{unit: int(text[:-1])})
