"""The router's own counts by window: all that is counted about a model, each second of its running step.

What the servers count is read at the same moments. At most 200 moments are kept, so windows grow with the
time that a step lasts; they begin anew whenever a weight or an artifact changes. They are served in the form
of Prometheus' answer to a range query, with a label `job` that names the process: gateway, canary or stable.
"""

import asyncio
import contextlib
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

from sluicegate.gate.adapters.history import History
from sluicegate.gate.adapters.points import Points, render

SPACING = 1.0
"""Seconds between two moments, at first."""
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
_KEPT = ("sluice_", "process_start_time_seconds")
_STARTED = time.time() - time.monotonic()
"""The wall clock of the start goes on steadily, whatever is done to the machine's."""

Moment = Mapping[tuple[str, str], float]
"""By process and series, as the text format writes it: the value."""
Look = Callable[[], Awaitable[Moment]]


def moment_of(texts: Mapping[str, Iterable[str]]) -> Moment:
    """The values in lines of the text format, by the process that wrote them; others' series are left out."""
    seen: dict[tuple[str, str], float] = {}
    for job, lines in texts.items():
        for line in lines:
            series, _, value = line.rpartition(" ")
            if series.startswith(_KEPT):
                with contextlib.suppress(ValueError):
                    seen[job, sys.intern(series)] = float(value)
    return seen


class Windows:
    """The moments of one model's step. `look` gives what is counted now."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._history = History[Moment](SPACING)
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look every second from now on, until `end`; begun already, it goes on."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep())

    def end(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    async def _keep(self) -> None:
        while True:
            seen = await self._look()
            self._history.add(_now(), seen)
            await asyncio.sleep(SPACING)

    async def text(self) -> bytes:
        """All moments, and the present one."""
        seen = await self._look()
        return render(_points([*self._history.seen(), (_now(), seen)]))


def _now() -> float:
    return round(_STARTED + time.monotonic(), 3)


def _points(moments: Iterable[tuple[float, Moment]]) -> Iterable[Points]:
    values: dict[tuple[str, str], dict[float, float]] = {}
    for at, seen in moments:
        for key, value in seen.items():
            values.setdefault(key, {})[at] = value
    for (job, series), by_moment in values.items():
        name, _, labels = series.partition("{")
        found = {key: _plain(text) for key, text in _LABEL.findall(labels)}
        yield Points(name, {**found, "job": job}, by_moment)


def _plain(text: str) -> str:
    return re.sub(r'\\[\\"n]', lambda match: _ESCAPES[match[0]], text)
