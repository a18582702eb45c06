"""Numbers as the reader of a git log needs them: with their unit, and no more digits than they carry."""

from __future__ import annotations

import math

from sluicegate.gate.core.decision import Interval

UNKNOWN = "unknown"
"""In place of an interval of which neither end is known."""
MINUTE = 60
HOUR = 3600
DAY = 86400


def percent(share: float) -> str:
    """`0.0412` as `4.12 %`."""
    # Adding 0.0 turns -0.0 into 0.0.
    return f"{round(100 * share, 3) + 0.0:.3g} %"


def rate_difference(interval: Interval, relative: float = 0.0, against: str = "stable") -> str:
    """`rate difference (canary - stable) -0.3 % .. 4.1 %`; with a relative margin `canary - 1.1 x stable`."""
    other = against if relative == 0 else f"{1 + relative:g} x {against}"
    return f"rate difference (canary - {other}) {bounds(interval)}"


def different_pairs(interval: Interval) -> str:
    """`different answers 0 % .. 0.4 %`: the share of the pairs."""
    return f"different answers {bounds(interval)}"


def bounds(interval: Interval | None) -> str:
    """`-0.3 % .. 4.1 %`; an end that is not known is `?`, and nothing known `unknown`.

    The upper end is of the whole release, and the lower may be of its last part alone, so it can be above.
    """
    if interval is None or (math.isinf(interval.lower) and math.isinf(interval.upper)):
        return UNKNOWN
    if math.inf > interval.lower > interval.upper > -math.inf:
        return f"{percent(interval.lower)} or more lately, {percent(interval.upper)} or less on the whole"
    return f"{_end(interval.lower)} .. {_end(interval.upper)}"


def _end(share: float) -> str:
    return "?" if math.isinf(share) else percent(share)


def duration(seconds: float) -> str:
    """Roughly: `40 s`, `7 min`, `5.5 h`, `3 d`."""
    for unit, size, limit in (("s", 1, 2 * MINUTE), ("min", MINUTE, 2 * HOUR), ("h", HOUR, 2 * DAY)):
        if abs(seconds) < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / DAY:.3g} d"


def about(number: int) -> str:
    """Rounded up to two leading digits: `about 1,300`."""
    digits = max(len(str(number)) - 2, 0)
    return f"about {math.ceil(number / 10**digits) * 10**digits:,}"
