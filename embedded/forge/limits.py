"""Rate limits as GitHub keeps them, where a test asks for them: requests an hour, points and writes a minute.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: a GET is 1 point, a write 5.
Without limits set, the quota's headers are constants, so that clients that read them go on.
"""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from sluicegate.embedded.forge.api_error import ApiError
from sluicegate.embedded.forge.faults import PRIMARY, SECONDARY

WRITE_POINTS = 5
_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Limits:
    """What an account may ask for; None: without end. GitHub's are 5,000, 900 and 80; `window` is an hour."""

    requests: int | None = None
    points: int | None = None
    writes: int | None = None
    window: float = 3600.0
    """Seconds in which `requests` may be made."""
    minute: float = 60.0
    """Seconds in which `points` and `writes` are counted; a test need not wait for a whole minute."""


class Quota:
    """What each account has used up."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.set(Limits())

    def set(self, limits: Limits) -> None:
        """From now on, these; what was used is forgotten."""
        with self._lock:
            self.limits = limits
            self._used: defaultdict[int, int] = defaultdict(int)
            self._resets: dict[int, float] = {}
            self._recent: defaultdict[int, deque[tuple[float, int]]] = defaultdict(deque)

    def take(self, account: int, method: str) -> None:
        """Count a request. Raises `ApiError` 403 with GitHub's words where the account has no more."""
        with self._lock:
            now = self._clock()
            self._begin(account, now)
            if self.limits.requests is not None and self._used[account] >= self.limits.requests:
                raise ApiError(403, PRIMARY.format(id=account))
            self._take_points(account, now, 1 if method in _SAFE else WRITE_POINTS)
            self._used[account] += 1

    def give_back(self, account: int) -> None:
        """A 304 costs nothing of the quota of who is known."""
        with self._lock:
            self._used[account] = max(self._used[account] - 1, 0)

    def headers(self, account: int) -> dict[str, str]:
        """The quota's headers; none where there is no quota."""
        limit = self.limits.requests
        if limit is None:
            return {}
        with self._lock:
            self._begin(account, self._clock())
            used = self._used[account]
            return {
                "X-RateLimit-Limit": str(limit), "X-RateLimit-Used": str(used),
                "X-RateLimit-Remaining": str(max(limit - used, 0)),
                "X-RateLimit-Reset": str(math.ceil(self._resets[account])),
            }  # fmt: skip

    def _begin(self, account: int, now: float) -> None:
        if now >= self._resets.get(account, 0.0):
            self._resets[account] = now + self.limits.window
            self._used[account] = 0

    def _take_points(self, account: int, now: float, points: int) -> None:
        if self.limits.points is None and self.limits.writes is None:
            return
        recent = self._recent[account]
        while recent and recent[0][0] <= now - self.limits.minute:
            recent.popleft()
        spent = sum(one for _, one in recent) + points
        writes = sum(one == WRITE_POINTS for _, one in recent) + (points == WRITE_POINTS)
        limits = self.limits
        over_points = limits.points is not None and spent > limits.points
        over_writes = points == WRITE_POINTS and limits.writes is not None and writes > limits.writes
        if over_points or over_writes:
            oldest = recent[0][0] if recent else now
            wait = max(math.ceil(oldest + limits.minute - now), 1)
            raise ApiError(403, SECONDARY, headers={"Retry-After": str(wait)})
        recent.append((now, points))
