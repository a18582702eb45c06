"""Counters of the business, which only a Prometheus has: how they are asked for, and a gate's counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import add

import numpy as np

from sluicegate.gate.adapters.gateways.base import quoted
from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.resets import Starts, gaps, was_reset, within_step
from sluicegate.gate.adapters.samples import Count, NoData, Row, Samples, Series
from sluicegate.gate.adapters.windows import GateCounts
from sluicegate.gate.metrics.base import BusinessSeries, FailureCounter, Selector, either

ASKED = "sluice_series"
"""The label by which an answer tells what it was asked: two of one name, or of equal labels, stay apart."""
SCRAPED = "sluice_scraped"
"""The label of when the first of these series was scraped last."""


@dataclass(frozen=True, eq=False)
class BusinessFigures:
    """What a source shows of them; one that cannot be asked shows nothing."""

    series: Mapping[str, Sequence[Series]] = field(default_factory=dict)
    """By `key`."""
    problems: Mapping[str, NoData] = field(default_factory=dict)
    """By `key`: why the newest are not known."""

    def later(self, first: int) -> BusinessFigures:
        """Without the moments before `first`."""
        cut = {
            name: [replace(one, values=one.values[first:]) for one in several]
            for name, several in self.series.items()
        }
        return replace(self, series=cut)


def selectors(counters: Iterable[FailureCounter]) -> Iterator[tuple[Selector, BusinessSeries]]:
    """All that is asked for."""
    for counter in counters:
        if counter.business is not None:
            yield counter.business.requests, counter.business
            if counter.business.cohorts is not None:
                yield counter.business.cohorts.predictions, counter.business
            for selector in (*counter.plus, *counter.minus):
                yield selector, counter.business


def expression(selector: Selector, business: BusinessSeries, labels: Mapping[str, str]) -> str:
    """PromQL: the series of all tracks, with the labels that the environment's have."""
    tracks = either((business.canary, business.stable, business.baseline))
    matchers = [
        *(f"{name}={quoted(value)}" for name, value in {**labels, **selector.equal}.items()),
        *(f"{name}=~{quoted(pattern)}" for name, pattern in selector.like.items()),
        *(f"{name}!~{quoted(pattern)}" for name, pattern in selector.unlike.items()),
        f"{business.track_label}=~{quoted(tracks)}",
    ]
    return f"{selector.sample}{{{','.join(matchers)}}}"


def asked(counters: Iterable[FailureCounter], labels: Mapping[str, str]) -> dict[str, str]:
    """By expression of the series: the PromQL that asks for them under their key, and for their scrapes."""
    found: dict[str, str] = {}
    for selector, business in selectors(counters):
        series = expression(selector, business, labels)
        name = key(selector, business)
        scraped = f'label_replace(min(timestamp({series})), "{SCRAPED}", "{name}", "", "")'
        found[series] = f'label_replace({series}, "{ASKED}", "{name}", "", "") or {scraped}'
    return found


def key(selector: Selector, business: BusinessSeries) -> str:
    """A short name of what is asked for, the same in each query; PromQL's replacements know no other `$`."""
    return hashlib.sha256(expression(selector, business, {}).encode()).hexdigest()[:16]


class Index:
    """The answers about business counters, by key."""

    def __init__(self) -> None:
        self.series: dict[str, list[Points]] = {}
        self._scraped: dict[str, Points] = {}

    def takes(self, one: Points) -> bool:
        """Keep what is one; whether it was."""
        if ASKED in one.labels:
            own = {name: text for name, text in one.labels.items() if name != ASKED}
            self.series.setdefault(one.labels[ASKED], []).append(replace(one, labels=own))
            return True
        if SCRAPED in one.labels:
            self._scraped[one.labels[SCRAPED]] = one
            return True
        return False

    def require_lately(self, name: str, now: float, stale_seconds: float) -> None:
        """Raises NoData where a series has not been scraped lately."""
        stamp = self._scraped[name].values.get(now) if name in self._scraped else None
        if stamp is not None and not 0 <= now - stamp <= stale_seconds:
            series = self.series[name][0].name if name in self.series else "a counter"
            raise NoData(f"{series} has no sample for {now - stamp:.0f} s", "see its targets")


@dataclass(frozen=True, eq=False)
class Sums:
    """The counters of one model at some moments (seconds since the epoch), by track."""

    model: str
    figures: BusinessFigures
    moments: Row
    starts: Starts

    def gate(self, kinds: Sequence[FailureCounter], tracks: Iterable[str]) -> GateCounts:
        """One gate's counters, all of them of the business; a step leaves out its first `delay_seconds`.

        What runs stable's version is counted together, a baseline included.

        Raises NoData where one of them is not known at all.
        """
        number = len(self.moments)
        none = Count(np.zeros(number))
        requests = dict.fromkeys(("canary", "stable", "baseline"), none)
        bad = {track: (none,) * len(kinds) for track in requests}
        for track in counted_apart(kinds[0], tracks):
            requests[track] = self._requests(kinds[0], track)
            bad[track] = tuple(self._failures(counter, track) for counter in kinds)
        reset = np.zeros(number, dtype=bool)
        missed = np.zeros(number, dtype=bool)
        delay = 0.0
        for selector, business in selectors(kinds):
            own = self.series(selector, business)
            for index in was_reset(own, self.starts):
                reset[index] = True
            missed |= gaps(own, self.starts, number)
            delay = max(delay, business.delay_seconds)
        canary = requests["canary"].where(~missed, NoData("one of its processes did not answer"))
        stable = requests["stable"] + requests["baseline"]
        bad_stable = map(add, bad["stable"], bad["baseline"])
        begin = int(np.searchsorted(self.moments, self.moments[0] + delay))
        if begin == number:
            canary = Count(canary.values, NoData("what requests of this step lead to is not counted yet"))
            begin = number - 1
        return GateCounts(
            _from(begin, canary),
            _from(begin, stable),
            tuple(_from(begin, count) for count in bad["canary"]),
            tuple(_from(begin, count) for count in bad_stable),
            reset=reset & (np.arange(number) > begin),
        )

    def _requests(self, counter: FailureCounter, track: str) -> Count:
        business = _of(counter)
        return self._sum(business.requests, business, track)

    def _failures(self, counter: FailureCounter, track: str) -> Count:
        business = _of(counter)
        failed = Count(np.zeros(len(self.moments)))
        for selector in counter.plus:
            failed += self._sum(selector, business, track)
        for selector in counter.minus:
            failed -= self._sum(selector, business, track)
        return failed

    def series(self, selector: Selector, business: BusinessSeries) -> Sequence[Series]:
        """Of both tracks. Raises NoData."""
        name = key(selector, business)
        if name in self.figures.problems:
            raise self.figures.problems[name]
        if not self.figures.series.get(name):
            raise NoData(f"{selector.sample} is not there", "see whether Prometheus scrapes what counts it")
        return self.figures.series[name]

    def _sum(self, selector: Selector, business: BusinessSeries, track: str) -> Count:
        """Of one track, within the step. Raises NoData."""
        every = chain.from_iterable(self.figures.series.values())
        counted = within_step(self.series(selector, business), self.starts, self.moments, every)
        return self.sum_of(counted, selector, business, track)

    def sum_of(
        self, series: Iterable[Series], selector: Selector, business: BusinessSeries, track: str
    ) -> Count:
        """Of one track; not known where none of its series is there: absent is not 0. Raises NoData."""
        value = business.value(track)
        own = [
            Series(one.name, {**one.labels, "model": self.model, "track": track}, one.values)
            for one in series
            if one.labels.get(business.track_label) == value
        ]
        samples = Samples(own, self.model, moments=len(self.moments))
        return samples.selected(Selector(selector.sample), track, must=True)


def counted_apart(counter: FailureCounter, tracks: Iterable[str]) -> list[str]:
    """The tracks, without a baseline that has stable's label: stable's series then count its requests."""
    business = _of(counter)
    shared = business.baseline == business.stable
    return [track for track in tracks if not (shared and track == "baseline")]


def _from(begin: int, count: Count) -> Count:
    """Nothing is counted before this moment, which is not the same as that it is not known."""
    values = count.values.copy()
    values[:begin] = values[begin]
    return Count(values, count.why)


def _of(counter: FailureCounter) -> BusinessSeries:
    """Raises NoData for a counter that is another's."""
    if counter.business is None:
        raise NoData("it counts at several places", "let all kinds of a gate be counted at one")
    return counter.business
