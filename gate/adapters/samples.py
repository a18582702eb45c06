"""Series of counters, wherever they were read, and the sums that gates need of them, at several moments.

What cannot be true (a counter that is negative, not whole or not finite, the same series twice) gives no sum
but a reason. An absent series counts as 0 only where its family is there for the same track, or, for the
gateway's requests, where the track has had none before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sluicegate.gate.metrics.base import ANSWERED, REQUESTS, FailureCounter, Selector
from sluicegate.specs.errors import SluiceError

WEIGHT = "sluice_gateway_weight"
READY = "sluice_gateway_track_ready"
GAUGES = frozenset({WEIGHT, READY})
"""What goes up and down; every other series counts."""
START = "process_start_time_seconds"
Row = npt.NDArray[np.float64]
"""One value a moment, in their order; NaN where there is none."""
Mask = npt.NDArray[np.bool_]
"""Whether, by moment."""


@dataclass(frozen=True, eq=False)
class Series:
    """One series at some moments; a value that is not a number was read as infinite."""

    name: str
    labels: Mapping[str, str]
    values: Row


EXACT = 2**53
"""From here on a sample, which is a double, cannot hold every whole number."""


class NoData(SluiceError):
    """A figure is not known. str(error) says why, in a sentence's words."""


class Absent(NoData):
    """Nothing is counted there yet, or no longer."""


NO_ANSWER = NoData("one of its processes did not answer")


@dataclass(frozen=True, eq=False)
class Count:
    """A sum of counters; NaN at moments where it is not known."""

    values: Row
    why: NoData | None = None
    """Why the newest is not known; None where it is."""

    def __add__(self, other: Count) -> Count:
        return Count(self.values + other.values, self.why or other.why)

    def __sub__(self, other: Count) -> Count:
        return Count(self.values - other.values, self.why or other.why)

    def where(self, known: Mask, why: NoData) -> Count:
        """Not known but where `known`; `why` is the reason for the newest."""
        values = np.where(known, self.values, np.nan)
        return Count(values, self.why or (None if known[-1] else why))


class Samples:
    """The series of one source (the gateway, or one track's servers) about one model."""

    def __init__(
        self,
        series: Iterable[Series],
        model: str,
        digest: str | None = None,
        edges_remedy: str = "",
        moments: int = 1,
    ) -> None:
        """`moments`: how many values each series has.

        `digest`: leave out what counts for another artifact, as a server that is about to end.
        `edges_remedy`: how the source is given a bucket edge that it lacks.
        """
        self.moments = moments
        self._edges_remedy = edges_remedy
        self._by_name: dict[str, list[Series]] = {}
        for one in series:
            if one.labels.get("model", model) != model:
                continue
            if digest is None or one.labels.get("digest", digest) == digest:
                self._by_name.setdefault(one.name, []).append(one)

    def named(self, name: str, **labels: str) -> list[Series]:
        """The series of that name with these labels. Raises NoData if one is there twice."""
        matching = [s for s in self._by_name.get(name, ()) if labels.items() <= s.labels.items()]
        if len({frozenset(one.labels.items()) for one in matching}) != len(matching):
            raise NoData(f"{name} holds the same series twice")
        return matching

    def requests(self, track: str) -> Count:
        """Requests of one track at the gateway; 0 if it has none yet.

        Not known, as Absent, where nothing is counted for any track, and where the track had some before: an
        answer that leaves them out must not become what counting begins from. Raises NoData.
        """
        nothing = Absent(f"{REQUESTS} is not there, so whether there were requests is not known")
        known = _present(self.named(REQUESTS), self.moments)
        series = self.named(REQUESTS, track=track)
        own = _present(series, self.moments)
        had = np.maximum.accumulate(own)
        lost = Absent(f"{REQUESTS} is no longer there for the track {track}")
        return self._sum(series).where(known, nothing).where(own | ~had, lost)

    def answered(self, track: str) -> Count:
        """Requests that reached one track's servers, whatever they answered. Raises NoData."""
        return self.selected(Selector(ANSWERED), track, must=True)

    def selected(self, selector: Selector, track: str, must: bool) -> Count:
        """The sum of the selected series; `must`: not known where their family is not there at all.

        Raises NoData for a label that no series carries: nothing could be told by it.
        """
        family = replace(selector, unlike={})
        present = [s for s in self.named(selector.sample, track=track) if family.matches(s.name, s.labels)]
        for one in present:
            if unknown := sorted(set(selector.unlike) - set(one.labels)):
                message = f"{one.name} has no label {unknown[0]}, which tells failures"
                raise NoData(message, "keep that label")
        total = self._sum(_scaled(s, selector.scale) for s in present if selector.matches(s.name, s.labels))
        return total.where(_present(present, self.moments), self._missing(selector, track)) if must else total

    def _missing(self, selector: Selector, track: str) -> NoData:
        if selector.le is None:
            return NoData(f"{selector.sample} is not there for the track {track}")
        message = f"{selector.sample} with an edge at {selector.le:g} is not there for the track {track}"
        return NoData(message, self._edges_remedy)

    def failures(self, counter: FailureCounter, track: str, must: bool) -> Count:
        """How many failures of one kind a track had. Raises NoData."""
        added = self.observed(counter, track, must)
        subtracted = self._sum(())
        for selector in counter.minus:
            subtracted += self.selected(selector, track, must)
        failed = added - subtracted
        # A comparison with NaN is false, and what is not known stays so.
        less = NoData(f"{counter.plus[0].sample} counts less in all than in a part")
        return failed.where(~(failed.values < 0), less)

    def observed(self, counter: FailureCounter, track: str, must: bool) -> Count:
        """All of what a counter's failures are a part of, where it has a part to subtract. Raises NoData."""
        added = self._sum(())
        for selector in counter.plus:
            added += self.selected(selector, track, must)
        return added

    def gauge(self, name: str, **labels: str) -> list[float]:
        """The distinct values of a gauge at the newest moment, one for each replica that disagrees.

        None where there is no moment at all, as when nothing was scraped since the step began.
        """
        newest = {float(one.values[-1]) for one in self.named(name, **labels) if len(one.values)}
        return sorted(value for value in newest if not np.isnan(value))

    def _sum(self, series: Iterable[Series]) -> Count:
        total = Count(np.zeros(self.moments))
        for one in series:
            total += Count(np.nan_to_num(one.values, posinf=np.inf, neginf=-np.inf))
            sound = whole(one.values)
            if not sound.all():
                total = total.where(sound, _unsound(one))
        large = NoData("its counters are together too large to be counted to the unit")
        return total.where(~(total.values >= EXACT), large)


def _scaled(series: Series, scale: float) -> Series:
    """A counter whose units are parts, as whole numbers of smaller ones, rounded down."""
    return series if scale == 1 else replace(series, values=np.floor(series.values * scale))


def _unsound(series: Series) -> NoData:
    """Why the newest value of a series is not that of a counter."""
    value = float(series.values[-1])
    if EXACT <= value < np.inf:
        return NoData(f"{series.name} is {value:.0f}, too large to be counted to the unit")
    return NoData(f"{series.name} is {value}, which a counter of requests cannot be")


def whole(values: Row) -> Mask:
    """Where a value is a counter's, or absent."""
    sound = (values >= 0) & (values < EXACT) & (np.floor(values) == values)
    return np.asarray(sound | np.isnan(values))


def _present(series: Iterable[Series], moments: int) -> Mask:
    """Where any of the series has a value."""
    present = np.zeros(moments, dtype=bool)
    for one in series:
        present |= ~np.isnan(one.values)
    return present
