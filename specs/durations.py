"""Durations as the files write them: `90s`, `15m`, `24h`, `7d`. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

DURATION = r"[1-9][0-9]{0,5}(s|m|h|d)"
"""A whole number and a unit."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """A number and a unit (s, m, h, d), as model.yaml writes it. Raises ValueError for anything else."""
    if not re.fullmatch(DURATION, text):
        raise ValueError(f"{text!r} is not a duration")
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
