"""Tell announcers what the gate decides: each on a thread of its own, so that no tick waits for words.

What waits is bounded: of a release every decision since the last call, up to a limit, and of all other
evaluations the newest alone. A failure is logged and counted, and the same news come again later.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sluicegate.gate.daemon.announce import Announcement, Announcer, Stage, announcements_of
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.specs.redaction import redacted
from sluicegate.specs.release import Version

logger = logging.getLogger(__name__)

MOST_NEWS = 50
"""Decisions of one version in one environment that wait at a time; the oldest is dropped."""
MOST_RELEASES = 2000
"""Versions in environments that wait at a time; the one that has waited longest is dropped."""
SOONEST = 5.0
"""Seconds until news that could not be told are tried again; twice as many each time."""
LATEST = 300.0
LAST_WORDS = 10.0
"""Seconds that a gate which is stopped takes at most to tell what is left."""
Key = tuple[str, str, int, str]
"""(environment, model, version, digest)"""
Count = Callable[[str, str, int], None]
"""(announcer, `told`, `failed` or `dropped`, how many)"""


@dataclass
class Waiting:
    """The news that wait, by version in an environment, and when each may be told. Reads no clock."""

    every: float
    news: dict[Key, list[Announcement]] = field(default_factory=dict)
    due: dict[Key, float] = field(default_factory=dict)
    """From when on; a version without an entry at once."""
    failures: dict[Key, int] = field(default_factory=dict)
    """In a row."""

    def put(self, announcement: Announcement) -> int:
        """Add what is new; how many news are dropped for it."""
        key = _key(announcement)
        waiting = self.news.setdefault(key, [])
        if waiting and not waiting[-1].decided:
            waiting.pop()
        waiting.append(announcement)
        dropped = len(waiting) - MOST_NEWS
        if dropped > 0:
            del waiting[:dropped]
        if len(self.news) <= MOST_RELEASES:
            return max(dropped, 0)
        oldest = next(iter(self.news))
        self.failures.pop(oldest, None)
        return max(dropped, 0) + len(self.news.pop(oldest))

    def take(self, now: float) -> tuple[Key, list[Announcement]] | None:
        """What may be told now, taken out; None for nothing."""
        for key in self.news:
            if self.due.get(key, now) <= now:
                return key, self.news.pop(key)
        return None

    def told(self, key: Key, now: float) -> None:
        """The next ones of it may come after the announcer's pause."""
        self.failures.pop(key, None)
        # What may be told at once needs no entry, so that versions of long ago leave none.
        self.due = {other: at for other, at in self.due.items() if at > now}
        if self.every > 0:
            self.due[key] = now + self.every

    def failed(self, key: Key, news: Sequence[Announcement], now: float) -> int:
        """Keep the news, before what is new by now, and for longer each time; how many are dropped."""
        newer = self.news.pop(key, [])
        kept = [one for one in news if one.decided] if newer else list(news)
        both = [*kept, *newer]
        self.news[key] = both[-MOST_NEWS:]
        failures = self.failures.get(key, 0)
        self.failures[key] = failures + 1
        self.due[key] = now + max(self.every, min(SOONEST * 2.0 ** min(failures, 10), LATEST))
        return max(len(both) - MOST_NEWS, 0)

    def wait(self, now: float) -> float | None:
        """Seconds until something may be told; None where nothing waits."""
        if not self.news:
            return None
        return max(min(self.due.get(key, now) for key in self.news) - now, 0.0)


class _Desk:
    """One announcer, its thread, and what waits for it."""

    def __init__(self, announcer: Announcer, monotonic: Callable[[], float], count: Count) -> None:
        self._announcer = announcer
        self._monotonic = monotonic
        self._count = count
        self._waiting = Waiting(announcer.every)
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"announce-{announcer.name}", daemon=True)
        self._thread.start()

    def put(self, announcement: Announcement) -> None:
        with self._changed:
            dropped = self._waiting.put(announcement)
            self._changed.notify()
        if dropped:
            self._count(self._announcer.name, "dropped", dropped)
            logger.warning("%s: %d news were dropped, too many wait", self._announcer.name, dropped)

    def close(self, seconds: float) -> None:
        """Tell what is left, each once and without a pause, for so long at most."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)
        if self._thread.is_alive():
            logger.warning("%s: did not end in time, what is left is not told", self._announcer.name)

    def _run(self) -> None:
        while (taken := self._next()) is not None:
            key, news = taken
            failed = not self._tell(news)
            with self._changed:
                if failed and not self._closing:
                    self._waiting.failed(key, news, self._monotonic())
                elif not failed:
                    self._waiting.told(key, self._monotonic())

    def _next(self) -> tuple[Key, list[Announcement]] | None:
        """Wait for what may be told; None at the end."""
        with self._changed:
            while True:
                if self._closing:
                    self._waiting.due.clear()
                now = self._monotonic()
                taken = self._waiting.take(now)
                if taken is not None or self._closing:
                    return taken
                self._changed.wait(self._waiting.wait(now))

    def _tell(self, news: Sequence[Announcement]) -> bool:
        """Whether it could be told."""
        name = self._announcer.name
        try:
            self._announcer.announce(news)
        # Whatever goes wrong with words, the gate goes on.
        except Exception as error:
            where = f"{news[-1].model} in {news[-1].environment}"
            logger.warning(
                "%s: %s could not be told, it is tried again: %s", name, where, redacted(str(error))
            )
            logger.debug("traceback of that", exc_info=True)
            self._count(name, "failed", 1)
            return False
        self._count(name, "told", len(news))
        return True


class Announcements:
    """All announcers. `tell` returns at once, whatever they do.

    `count` gets what became of the news; it is called by several threads.
    """

    def __init__(
        self,
        announcers: Iterable[Announcer] = (),
        *,
        monotonic: Callable[[], float] = time.monotonic,
        count: Count = lambda *_: None,
    ) -> None:
        self._desks = [_Desk(announcer, monotonic, count) for announcer in announcers]
        self._last: dict[tuple[str, str], Outcome] = {}
        """By release: what was told last; one that is remembered from tick to tick is told once."""
        self._ended: dict[tuple[str, str], tuple[Version, Stage]] = {}
        """By release: how its last version ended, as it was told."""

    def tell(self, outcome: Outcome) -> None:
        """Tell every announcer what this outcome says."""
        release = (outcome.environment, outcome.model)
        if not self._desks or self._last.get(release) is outcome:
            return
        self._last[release] = outcome
        for announcement in announcements_of(outcome):
            ending = (announcement.version, announcement.stage)
            if announcement.reminder and self._ended.get(release) == ending:
                continue
            self._ended[release] = ending
            for desk in self._desks:
                desk.put(announcement)

    def close(self) -> None:
        """Tell what is left; see LAST_WORDS."""
        for desk in self._desks:
            desk.close(LAST_WORDS)


def tell_now(announcers: Iterable[Announcer], outcomes: Iterable[Outcome]) -> list[str]:
    """Tell the outcomes of one tick and wait for it, as a tick by itself must; what could not be told."""
    failures: list[str] = []
    for announcer in announcers:
        waiting = Waiting(0.0)
        for outcome in outcomes:
            for announcement in announcements_of(outcome):
                waiting.put(announcement)
        for news in waiting.news.values():
            try:
                announcer.announce(news)
            except Exception as error:
                logger.debug("traceback of what could not be told", exc_info=True)
                where = f"{news[-1].model} in {news[-1].environment}"
                failures.append(f"{announcer.name}: {where} could not be told: {redacted(str(error))}")
    return failures


def _key(announcement: Announcement) -> Key:
    version = announcement.version
    return announcement.environment, announcement.model, version.version, version.digest
