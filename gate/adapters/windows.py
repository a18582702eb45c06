"""From cumulative counters at some moments to windows: the one arithmetic of every source of figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from sluicegate.gate.adapters.history import MOST
from sluicegate.gate.adapters.samples import Count, Mask, NoData, Row
from sluicegate.gate.core.decision import GATEWAY, Coverage, Window
from sluicegate.specs.release import CounterDelta, Traffic

CLOSE = 0.9
"""Windows that are at most this much shorter than the policy's are not joined: looks are never on time."""


@dataclass(frozen=True, eq=False)
class GateCounts:
    """One gate's counters at each moment."""

    canary: Count
    """Requests that it counts."""
    stable: Count
    bad_canary: tuple[Count, ...]
    """Failures, one entry per kind."""
    bad_stable: tuple[Count, ...]
    observed: Mapping[str, Count] = field(default_factory=dict)
    """By track: what was observed of its requests, as scores, where that is counted by itself."""
    reset: Mask | None = None
    """Where a counter was reset since the moment before."""
    coverage: Coverage | None = None
    """Of the matured cohorts, where it counts by cohorts."""
    beside_baseline: bool = False
    """Whether what it calls stable is the baseline alone."""

    @property
    def all(self) -> tuple[Count, ...]:
        """Every counter."""
        return (self.canary, self.stable, *self.bad_canary, *self.bad_stable, *self.observed.values())


@dataclass(frozen=True, eq=False)
class Counters:
    """Everything that is counted about one release, at moments (seconds since the epoch), oldest first."""

    moments: Row
    canary: Count
    """Requests at the gateway."""
    stable: Count
    gates: Mapping[str, GateCounts]
    missing: Mapping[str, str] = field(default_factory=dict)
    """By gate that has no entry: why."""
    resets: Mapping[int, str] = field(default_factory=dict)
    """By moment: which of the gateway's counters were reset since the one before."""
    warming: Mask | None = None
    """By moment: whether a window that begins there and ends at the next is one of warming up."""
    baseline: Count | None = None
    """Of the requests on stable, those of the track `baseline`; None where none runs."""

    @staticmethod
    def none() -> Counters:
        """Of no moment at all."""
        nothing = Count(np.zeros(0))
        return Counters(np.zeros(0), nothing, nothing, {})


@dataclass(frozen=True)
class Windows:
    """See the fields of `Reading`."""

    windows: tuple[Window, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    reset: str | None = None
    coverage: tuple[Coverage, ...] = ()


def windows_of(counters: Counters, seconds: float) -> Windows:
    """The windows since the last reset, each as long as `seconds` but the last."""
    missing = dict(counters.missing)
    why = counters.canary.why or counters.stable.why
    if why is not None:
        missing[GATEWAY] = f"the gateway gives no figures: {why}"
    known = ~np.isnan(counters.canary.values + counters.stable.values)
    begin, reset = _begin(counters, known)
    moments = [index for index in range(begin, len(known)) if known[index]]
    ends = joined(counters.moments, moments, seconds)
    windows = tuple(_window(counters, *pair) for pair in pairwise(ends))
    for name, gate in counters.gates.items():
        problem = next((str(count.why) for count in gate.all if count.why is not None), None)
        unobserved = _unobserved(gate, counters, ends)
        if unobserved is not None:
            windows = tuple(_without(window, name) for window in windows)
        problem = problem or unobserved
        if problem is None and windows and name not in windows[-1].tallies:
            problem = "its counters were reset, or not known before"
        if problem is not None:
            missing[name] = problem
    coverage = tuple(gate.coverage for gate in counters.gates.values() if gate.coverage is not None)
    return Windows(windows, missing, reset, coverage)


def joined(moments: Row, indices: list[int], seconds: float) -> list[int]:
    """Of these moments the ends of windows: `seconds` apart, at most `MOST` windows, the last as it is.

    Where there are more, every second end is left out: an end that stays is where it was.
    """
    if len(indices) < 2:
        return indices
    ends = indices[:1]
    for index in indices[1:-1]:
        if moments[index] - moments[ends[-1]] >= seconds * CLOSE:
            ends.append(index)
    while len(ends) > MOST:
        ends = ends[::2]
    return [*ends, indices[-1]]


def _begin(counters: Counters, known: Mask) -> tuple[int, str | None]:
    """The moment after the last reset, and what was reset."""
    resets = dict(counters.resets)
    before: int | None = None
    for index in np.flatnonzero(known):
        if before is not None:
            for track, count in (("canary", counters.canary), ("stable", counters.stable)):
                if count.values[index] < count.values[before]:
                    resets.setdefault(int(index), f"the requests of the track {track} went back")
        before = int(index)
    if not resets:
        return 0, None
    last = max(resets)
    return last, f"{resets[last]}, at {_moment(counters.moments[last]):%Y-%m-%d %H:%M:%S} UTC"


def _window(counters: Counters, first: int, last: int) -> Window:
    traffic = Traffic(
        _grown(counters.canary, first, last),
        _grown(counters.stable, first, last),
        0 if counters.baseline is None else _grown(counters.baseline, first, last),
    )
    tallies = {
        name: tally
        for name, gate in counters.gates.items()
        if (tally := _tally(gate, first, last)) is not None
    }
    start = _moment(counters.moments[first])
    warming = counters.warming is not None and bool(counters.warming[first:last].any())
    return Window(start, float(counters.moments[last] - counters.moments[first]), traffic, tallies, warming)


def _tally(gate: GateCounts, first: int, last: int) -> CounterDelta | None:
    """What a gate counted between two moments; None where that is not known."""
    if gate.reset is not None and gate.reset[first + 1 : last + 1].any():
        return None
    if not all(count.values[last] >= count.values[first] for count in gate.all):
        return None
    canary = _grown(gate.canary, first, last)
    return CounterDelta(
        canary + _grown(gate.stable, first, last),
        canary,
        tuple(_grown(count, first, last) for count in gate.bad_canary),
        tuple(_grown(count, first, last) for count in gate.bad_stable),
    )


def _unobserved(gate: GateCounts, counters: Counters, ends: list[int]) -> str | None:
    """That a track has answered and nothing of it was observed, in all windows: that would prove anything."""
    pairs = [pair for pair in pairwise(ends) if _tally(gate, *pair) is not None]
    beside = counters.baseline if gate.beside_baseline and counters.baseline is not None else counters.stable
    for track, requests, routed in (
        ("canary", gate.canary, counters.canary),
        ("stable", gate.stable, beside),
    ):
        if track not in gate.observed:
            continue
        answered = sum(_grown(requests, *pair) for pair in pairs)
        if answered > 0 and not any(_grown(gate.observed[track], *pair) for pair in pairs):
            return f"not one of the {answered:,} answers of the track {track} was observed"
        sent = sum(_grown(routed, *pair) for pair in pairs)
        if sent > 0 and answered == 0:
            return f"the servers of the track {track} counted none of its {sent:,} requests"
    return None


def _without(window: Window, gate: str) -> Window:
    tallies = {name: tally for name, tally in window.tallies.items() if name != gate}
    return Window(window.start, window.seconds, window.traffic, tallies, window.warming)


def _grown(count: Count, first: int, last: int) -> int:
    return int(count.values[last] - count.values[first])


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def unknown(moments: int, why: NoData) -> Count:
    """A counter that is known at no moment."""
    return Count(np.full(moments, np.nan), why)
