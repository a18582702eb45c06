"""When releases may start and advance: recurring windows by cron expression, duration and time zone.

As Argo CD's sync windows: inside a `deny` nothing moves; where there is an `allow`, nothing moves outside of
all of them. A rollback is never kept back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import Field

from sluicegate.specs.durations import duration
from sluicegate.specs.values import Duration, Text
from sluicegate.specs.yamlio import Document, Location, Problem

CRON_FIELDS = 5
REPEATED = timedelta(hours=3)
"""More than any zone sets its clocks back, with a minute to spare."""
FIVE_FIELDS = 'write five fields, minute first: "0 9 * * 1-5"'


@dataclass(frozen=True)
class ReleaseWindow:
    """A recurring time in which releases may, or may not, start and advance."""

    kind: Literal["allow", "deny"]
    schedule: Annotated[str, Field(max_length=100, description='cron, five fields: "0 9 * * 1-5"')]
    """When it opens: minute, hour, day of month, month, day of week."""
    duration: Duration
    """How long it stays open."""
    timezone: Annotated[str, Field(max_length=60)] = "UTC"
    """By its name in the IANA database: Europe/Berlin. Daylight saving time is that of the zone."""
    reason: Text | None = None

    def open_until(self, now: datetime) -> datetime | None:
        """When the window that is open at `now` closes; None where it is shut."""
        # Where clocks were set back, what opened an hour ago may lie ahead by the wall clock.
        openings = self._openings(now + REPEATED, backwards=True)
        last = next((one for one in openings if one.astimezone(UTC) <= now.astimezone(UTC)), None)
        if last is None:
            return None
        # In UTC: within one zone Python adds and compares by the wall clock, which is set back once a year.
        opened = last.astimezone(UTC)
        until = opened + duration(self.duration)
        return until.astimezone(last.tzinfo) if opened <= now.astimezone(UTC) < until else None

    def next_opening(self, now: datetime) -> datetime | None:
        """When it opens next; None where it never does again."""
        return next(self._openings(now, backwards=False), None)

    def _openings(self, now: datetime, *, backwards: bool) -> Iterator[datetime]:
        return CronSim(self.schedule, now.astimezone(ZoneInfo(self.timezone)), reverse=backwards)


def shut(windows: Sequence[ReleaseWindow], now: datetime) -> str | None:
    """Why nothing may start or advance at `now` (with its time zone); None where it may."""
    for window in windows:
        until = window.open_until(now) if window.kind == "deny" else None
        if until is not None:
            return f"{window.reason or 'a window that denies releases'}, until {until.isoformat()}"
    allowed = [window for window in windows if window.kind == "allow"]
    if not allowed or any(window.open_until(now) is not None for window in allowed):
        return None
    openings = [opening for window in allowed if (opening := window.next_opening(now)) is not None]
    opens = f"the next one opens at {min(openings).isoformat()}" if openings else "none opens again"
    return f"outside of the release windows, {opens}"


def unusable(document: Document, at: Location, windows: Sequence[ReleaseWindow]) -> Iterator[Problem]:
    """A problem for each schedule and each time zone that nobody knows."""
    for number, window in enumerate(windows):
        if window.timezone not in _zones():
            message = f"{window.timezone!r} is not a time zone"
            remedy = "write a name of the IANA database: Europe/Berlin"
            yield document.problem((*at, number, "timezone"), message, remedy)
            continue
        fields = len(window.schedule.split())
        if fields != CRON_FIELDS:
            message = f"{window.schedule!r} has {fields} fields"
            yield document.problem((*at, number, "schedule"), message, FIVE_FIELDS)
            continue
        try:
            CronSim(window.schedule, datetime.now(ZoneInfo(window.timezone)))
        except CronSimError as error:
            message = f"{window.schedule!r} is not a cron expression: {error}"
            yield document.problem((*at, number, "schedule"), message, FIVE_FIELDS)


@cache
def _zones() -> frozenset[str]:
    """The names of the IANA database, the same everywhere; a system has a `localtime` as well."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="ascii").split())
