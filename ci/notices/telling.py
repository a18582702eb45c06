"""Receivers are told: of the gate's decisions beside its ticks, of a verdict once the report is written."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from sluicegate.ci.notices.decided import of_decision
from sluicegate.ci.notices.event import Event
from sluicegate.ci.notices.receiver import NoticeError, Receiver
from sluicegate.gate.daemon.announce import Announcement

WAITS = (1.0, 3.0)
"""Seconds before each further attempt at telling a verdict."""
REMEMBERED = 5000
"""Notices that are known to have arrived, so that none is sent twice when others of its release failed."""


class Notices:
    """Tells one receiver what the gate decides; see `Announcer`: each has a thread of its own."""

    every = 0.0

    def __init__(self, receiver: Receiver, source: str) -> None:
        self.name = receiver.name
        self._receiver = receiver
        self._source = source
        self._arrived: deque[str] = deque(maxlen=REMEMBERED)

    def announce(self, news: Sequence[Announcement]) -> None:
        """Send each decision, oldest first. Raises NoticeError for the first that could not be told."""
        for one in news:
            event = of_decision(one, self._source)
            if event is None or event.id in self._arrived or not _wanted(event, self._receiver):
                continue
            self._receiver.send(event)
            self._arrived.append(event.id)


def tell(
    event: Event, receivers: Iterable[Receiver], pause: Callable[[float], None] = time.sleep
) -> list[str]:
    """Send it to each, with a few attempts; what became of it, a line for each receiver. Never raises."""
    return [_told(event, receiver, pause) for receiver in receivers if _wanted(event, receiver)]


def _told(event: Event, receiver: Receiver, pause: Callable[[float], None]) -> str:
    for wait in (*WAITS, None):
        try:
            receiver.send(event)
        except NoticeError as error:
            if wait is None:
                return f"notice not told: {error}"
            pause(wait)
        else:
            break
    return f"notice sent to {receiver.name}"


def _wanted(event: Event, receiver: Receiver) -> bool:
    return event.for_people or receiver.form != "slack"
