"""Numbers as a reader of a git log wants them: with their unit, and no more digits than they carry."""

from __future__ import annotations

import math

from sluicegate.gate.core.decision import Interval


def percent(share: float) -> str:
    """`0.0412` as `4.12 %`."""
    return f"{round(100 * share, 3) + 0.0:.3g} %"


def excess(interval: Interval) -> str:
    """`excess -0.3 % .. 4.1 %`."""
    if math.isinf(interval.lower) and math.isinf(interval.upper):
        return "excess unknown"
    lower = "?" if math.isinf(interval.lower) else percent(interval.lower)
    upper = "?" if math.isinf(interval.upper) else percent(interval.upper)
    return f"excess {lower} .. {upper}"


def duration(seconds: float) -> str:
    """Roughly: `40 s`, `7 min`, `5.5 h`, `3 d`."""
    for unit, size, limit in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172800)):
        if abs(seconds) < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86400:.3g} d"


def about(number: int) -> str:
    """Two leading digits: `about 1,300`."""
    digits = max(len(str(number)) - 2, 0)
    return f"about {math.ceil(number / 10**digits) * 10**digits:,}"
