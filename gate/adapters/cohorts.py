"""Predictions whose truth comes later: the counters of a step's matured cohorts, each after the same delay.

A cohort is compared as it was when it matured, so each prediction has had the same time for its label, on
both tracks, and no later look changes what was counted. It counts where it lies wholly within the running
step, as one weight was in effect for all of its predictions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from sluicegate.gate.adapters.business import Sums, counted_apart
from sluicegate.gate.adapters.resets import Starts, was_reset
from sluicegate.gate.adapters.samples import Count, NoData, Series
from sluicegate.gate.adapters.windows import GateCounts
from sluicegate.gate.core.decision import Coverage
from sluicegate.gate.core.labels import next_matured
from sluicegate.gate.metrics.base import BusinessSeries, CohortSeries, FailureCounter, Selector

_START = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)


@dataclass(frozen=True)
class Counted:
    """What one track's counters say of one cohort at the moment when it matured."""

    predictions: int
    labelled: int
    wrong: int


@dataclass(frozen=True)
class _Family:
    """The counters of one gate that a cohort has."""

    counter: FailureCounter
    business: BusinessSeries
    own: CohortSeries

    @property
    def selectors(self) -> tuple[Selector, Selector, Selector]:
        """Predictions, labelled ones, and those of them that were wrong."""
        return self.own.predictions, self.business.requests, self.counter.plus[0]


def counter_of(kinds: Sequence[FailureCounter]) -> FailureCounter | None:
    """The one that counts by cohorts; None where none does."""
    return next((one for one in kinds if one.business is not None and one.business.cohorts is not None), None)


def gate(name: str, counter: FailureCounter, sums: Sums, tracks: Iterable[str]) -> GateCounts:
    """One gate's counters: at each moment, those of all cohorts that had matured by then.

    One that was reset before it matured is left out. Raises NoData where anything that is counted cannot be
    true, and where a matured cohort is not known for both tracks.
    """
    family = _family(counter)
    number = len(sums.moments)
    cohorts = _cohorts(family, sums)
    zeros = {track: np.zeros((number, 3)) for track in ("canary", "stable")}
    matured = 0
    for start, cohort in cohorts.items():
        index = _matured_at(start, family, sums)
        if index is None or _was_reset(cohort, sums.starts, index):
            continue
        matured += 1
        for track in counted_apart(counter, tracks):
            one = _counted(start, cohort, family, sums, track, index)
            zeros["canary" if track == "canary" else "stable"][index] += (
                one.predictions,
                one.labelled,
                one.wrong,
            )
    canary, stable = (zeros[track].cumsum(axis=0) for track in ("canary", "stable"))
    return GateCounts(
        Count(canary[:, 1]),
        Count(stable[:, 1]),
        (Count(canary[:, 2]),),
        (Count(stable[:, 2]),),
        coverage=Coverage(
            gate=name,
            cohorts=matured,
            predictions_canary=int(canary[-1, 0]),
            labelled_canary=int(canary[-1, 1]),
            predictions_stable=int(stable[-1, 0]),
            labelled_stable=int(stable[-1, 1]),
            next_at=next_matured(family.own.rule, float(sums.moments[0]), float(sums.moments[-1])),
        ),
    )


def _family(counter: FailureCounter) -> _Family:
    business = counter.business
    if business is None or business.cohorts is None:
        raise NoData("it does not count by cohorts", "name the label that tells the cohort")
    return _Family(counter, business, business.cohorts)


_Cohort = Sequence[list[Series]]
"""The series of predictions, of labelled ones, of wrong ones."""


def _cohorts(family: _Family, sums: Sums) -> Mapping[float, _Cohort]:
    """By start in seconds since the epoch. Raises NoData."""
    found: dict[float, _Cohort] = {}
    for number, selector in enumerate(family.selectors):
        for one in sums.series(selector, family.business):
            found.setdefault(_start(one, family.own), ([], [], []))[number].append(one)
    return dict(sorted(found.items()))


def _start(series: Series, own: CohortSeries) -> float:
    """When the cohort of a series began. Raises NoData for a label that is no start of one."""
    text = series.labels.get(own.label)
    if text is None:
        raise NoData(f"{series.name} has no label {own.label}, which tells the cohort", "add that label")
    remedy = "write the start of the cohort in UTC, such as 2026-11-26T10:00:00Z"
    if not _START.fullmatch(text):
        raise NoData(f"{series.name} has the cohort {text[:50]!r}, which is no time", remedy)
    try:
        start = datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise NoData(f"{series.name} has the cohort {text!r}, which is no time", remedy) from error
    if start % own.rule.seconds:
        raise NoData(
            f"{series.name} has the cohort {text}, at which none of {own.rule.seconds:g} s begins", remedy
        )
    return start


def _matured_at(start: float, family: _Family, sums: Sums) -> int | None:
    """The first moment at which it has matured; None before it, and where it began before the step."""
    if start < sums.moments[0]:
        return None
    index = int(np.searchsorted(sums.moments, start + family.own.rule.wait_seconds))
    return index if index < len(sums.moments) else None


def _was_reset(cohort: _Cohort, starts: Starts, matured: int) -> bool:
    every = [_bridged(one, matured) for series in cohort for one in series]
    return any(index <= matured for index in was_reset(every, starts))


def _bridged(series: Series, matured: int) -> Series:
    """A scrape that failed before it matured loses nothing: its value at that moment alone is counted.

    So one that was gone for a while is as it was before; whether it went back or its process restarted still
    tells, and one that is gone when it matures is.
    """
    values = series.values.copy()
    known = np.flatnonzero(~np.isnan(values[: matured + 1]))
    for before, after in pairwise(known):
        values[before + 1 : after] = values[before]
    return replace(series, values=values)


def _counted(  # noqa: PLR0917 - a cohort of a family, of one track, at a moment
    start: float, cohort: _Cohort, family: _Family, sums: Sums, track: str, index: int
) -> Counted:
    """Raises NoData for what is not known, or cannot be true."""
    named = f"the cohort {datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M:%SZ}"
    values = []
    for selector, series in zip(family.selectors, cohort, strict=True):
        value = sums.sum_of(series, selector, family.business, track).values[index]
        if math.isnan(value):
            raise NoData(
                f"{selector.sample} of {named} is not known for the track {track}",
                "let each of its counters be there for both tracks from 0 on, until it has matured",
            )
        values.append(int(value))
    one = Counted(*values)
    if one.labelled > one.predictions:
        more = f"{one.labelled:,} labels of {one.predictions:,} predictions"
        raise NoData(f"{named} has {more} of the track {track}", "count each prediction once")
    if one.wrong > one.labelled:
        more = f"{one.wrong:,} wrong ones of {one.labelled:,} labels"
        raise NoData(f"{named} has {more} of the track {track}", "count each label once")
    return one
