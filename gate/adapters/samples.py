"""Samples of counters, wherever they were read, and the sums that gates need of them.

What cannot be true (a counter that is negative, not whole or not finite, the same series twice) gives no sum
but a reason. An absent series counts as 0 only where its family is there for the same track, or, for the
gateway's requests, where the track cannot have had any.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sluicegate.gate.metrics.base import ANSWERED, REQUESTS, FailureCounter, Selector
from sluicegate.specs.errors import SluiceError

WEIGHT = "sluice_gateway_weight"
READY = "sluice_gateway_track_ready"
START = "process_start_time_seconds"


@dataclass(frozen=True)
class Sample:
    """One series at one moment."""

    name: str
    labels: Mapping[str, str]
    value: float


EXACT = 2**53
"""From here on a sample, which is a double, cannot hold every whole number."""


class NoData(SluiceError):
    """A figure is not known. str(error) says why, in a sentence's words."""


class Absent(NoData):
    """Nothing is counted there yet, or no longer."""


class Samples:
    """The samples of one source (the gateway, or one track's servers) about one model."""

    def __init__(
        self, samples: Iterable[Sample], model: str, digest: str | None = None, edges_remedy: str = ""
    ) -> None:
        """`digest`: leave out what counts for another artifact, as a server that is about to end.

        `edges_remedy`: how the source is given a bucket edge that it lacks.
        """
        self._edges_remedy = edges_remedy
        self._by_name: dict[str, list[Sample]] = {}
        for sample in samples:
            if sample.labels.get("model", model) != model:
                continue
            if digest is None or sample.labels.get("digest", digest) == digest:
                self._by_name.setdefault(sample.name, []).append(sample)

    def named(self, name: str, **labels: str) -> list[Sample]:
        """The series of that name with these labels. Raises NoData if one is there twice."""
        matching = [s for s in self._by_name.get(name, ()) if labels.items() <= s.labels.items()]
        if len({frozenset(sample.labels.items()) for sample in matching}) != len(matching):
            raise NoData(f"{name} holds the same series twice")
        return matching

    def requests(self, track: str, before: int = 0) -> int:
        """Requests of one track at the gateway; 0 if it has none yet.

        Raises Absent where nothing is counted for any track, and where there were some `before`: one answer
        that leaves them out must not become what counting begins from. Raises NoData.
        """
        if not self.named(REQUESTS):
            raise Absent(f"{REQUESTS} is not there, so whether there were requests is not known")
        series = self.named(REQUESTS, track=track)
        if before and not series:
            raise Absent(f"{REQUESTS} is not there for the track {track}, which had {before:,} requests")
        return _sum(series)

    def answered(self, track: str) -> int:
        """Requests that reached one track's servers, whatever they answered. Raises NoData."""
        return self.selected(Selector(ANSWERED), track, must=True)

    def selected(self, selector: Selector, track: str, must: bool) -> int:
        """The sum of the selected series; `must`: raises NoData where their family is not there at all."""
        family = replace(selector, unlike={})
        present = [s for s in self.named(selector.sample, track=track) if family.matches(s.name, s.labels)]
        if must and not present:
            raise self._missing(selector, track)
        return _sum(sample for sample in present if selector.matches(sample.name, sample.labels))

    def _missing(self, selector: Selector, track: str) -> NoData:
        if selector.le is None:
            return NoData(f"{selector.sample} is not there for the track {track}")
        message = f"{selector.sample} with an edge at {selector.le:g} is not there for the track {track}"
        return NoData(message, self._edges_remedy)

    def failures(self, counter: FailureCounter, track: str, must: bool) -> int:
        """How many failures of one kind a track had. Raises NoData."""
        added = sum(self.selected(selector, track, must) for selector in counter.plus)
        subtracted = sum(self.selected(selector, track, must) for selector in counter.minus)
        if added < subtracted:
            raise NoData(f"{counter.plus[0].sample} counts less in all than in a part")
        return added - subtracted

    def gauge(self, name: str, **labels: str) -> list[float]:
        """The distinct values of a gauge, one for each replica that disagrees."""
        return sorted({float(sample.value) for sample in self.named(name, **labels)})


def whole(sample: Sample) -> int:
    """A counter's value. Raises NoData for what a counter of requests cannot be."""
    value = sample.value
    if not math.isfinite(value) or value < 0 or value != int(value):
        raise NoData(f"{sample.name} is {value}, which a counter of requests cannot be")
    if value >= EXACT:
        raise NoData(f"{sample.name} is {value:.0f}, too large to be counted to the unit")
    return int(value)


def _sum(samples: Iterable[Sample]) -> int:
    return sum(map(whole, samples))
