"""What a running gate remembers of plain counters: its own looks, which make windows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluicegate.gate.adapters.history import History
from sluicegate.gate.adapters.points import Points
from sluicegate.specs.release import Release

FORGOTTEN_SECONDS = 3600.0


@dataclass
class _Step:
    step: object
    history: History[Sequence[Points]]
    newest: float = 0.0


class Looks:
    """By environment and model: the looks at the step that is running now. Safe for several threads.

    They are apart by a steady clock, whatever is done to the gate's own.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began = monotonic()
        self._origin: float | None = None
        self._steps: dict[tuple[str, str], _Step] = {}
        self._lock = threading.Lock()

    def add(self, release: Release, spacing: float, now: datetime, points: Sequence[Points]) -> list[Points]:
        """Remember a look at a release, and give all of its step, each value at the moment of its look."""
        step = (release.canary, release.weight, release.since)
        with self._lock:
            at = self._steady(now)
            key = (release.environment, release.model)
            self._forget(at)
            known = self._steps.get(key)
            if known is None or known.step != step:
                known = _Step(step, History[Sequence[Points]](spacing))
                self._steps[key] = known
            known.history.add(at, points)
            known.newest = at
            return _joined(known.history.seen())

    def _forget(self, at: float) -> None:
        """Let go of releases that nobody has looked at for long: they have ended."""
        for key in [key for key, step in self._steps.items() if at - step.newest > FORGOTTEN_SECONDS]:
            del self._steps[key]

    def _steady(self, now: datetime) -> float:
        elapsed = self._monotonic() - self._began
        if self._origin is None:
            self._origin = now.timestamp() - elapsed
        return self._origin + elapsed


def _joined(looks: Sequence[tuple[float, Sequence[Points]]]) -> list[Points]:
    """The looks as series: of one that is twice in a look both are kept, so that this is seen."""
    series: dict[object, Points] = {}
    for at, points in looks:
        times: dict[object, int] = {}
        for one in points:
            same = (one.name, frozenset(one.labels.items()))
            times[same] = times.get(same, 0) + 1
            known = series.setdefault((same, times[same]), Points(one.name, one.labels, {}))
            known.values[at] = next(iter(one.values.values()))
    return list(series.values())
