"""Figures of canaries that do as well as stable: made here, so that no source of figures is measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zlib import crc32

from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core.decision import Reading, Window
from sluicegate.specs.release import CounterDelta, Traffic

WINDOWS = 30
"""Of each reading: five minutes of them, of ten seconds each."""
REQUESTS = 10_000
"""In each window, and up to a tenth more, by the model's name: no two models have the same figures."""


class Steady:
    """A source of figures for the benchmarks."""

    def read(self, queries: Sequence[Query], now: datetime) -> list[Reading]:
        """A reading for each, in which neither track failed and the scores of both are spread evenly."""
        return [self._reading(query, now) for query in queries]

    def _reading(self, query: Query, now: datetime) -> Reading:
        width = query.policy.window
        first = now - WINDOWS * width
        windows = tuple(self._window(query, first, number) for number in range(WINDOWS))
        return Reading(now, query.release.weight, ready=True, windows=windows)

    def _window(self, query: Query, first: datetime, number: int) -> Window:
        width = query.policy.window
        requests = REQUESTS + crc32(f"{query.model} {number}".encode()) % (REQUESTS // 10)
        canary = requests * query.release.weight // 100
        tallies = {
            gate: CounterDelta(
                requests, canary, _bad(canary, len(kinds)), _bad(requests - canary, len(kinds))
            )
            for gate, kinds in query.counted.items()
        }
        return Window(
            first + number * width, width.total_seconds(), Traffic(canary, requests - canary), tallies
        )


def _bad(requests: int, kinds: int) -> tuple[int, ...]:
    """None of one kind, as of failures; of the edges of a score evenly fewer above each."""
    if kinds == 1:
        return (0,)
    return tuple(requests * above // (kinds + 1) for above in range(kinds, 0, -1))
