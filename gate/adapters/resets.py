"""Counters that began anew: series that went back, vanished, or belong to a process that restarted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from sluicegate.gate.adapters.samples import Mask, Row, Series

_TARGET = ("job", "instance")


@dataclass(frozen=True, eq=False)
class Starts:
    """When processes started (seconds since the epoch) at each moment, as they say themselves.

    By target: the labels job and instance, as a scraper names one; empty for a process read directly.
    """

    by_target: Mapping[tuple[str, str], Row] = field(default_factory=dict)

    @staticmethod
    def of(series: Iterable[Series]) -> Starts:
        """By the target's labels."""
        return Starts({_target(one): one.values for one in series})

    def later(self, first: int) -> Starts:
        """Without the moments before `first`."""
        return Starts({target: values[first:] for target, values in self.by_target.items()})

    def since(self, target: tuple[str, str], moment: int) -> float | None:
        """When a target's process started, as it said at a moment; None where it did not say."""
        started = self.by_target.get(target)
        return None if started is None or np.isnan(started[moment]) else float(started[moment])

    def same(self, series: Series, before: int, after: int) -> bool:
        """Whether the series' process is known to be the same at two moments."""
        started = self.by_target.get(_target(series))
        return started is not None and bool(started[before] == started[after])

    def changed(self, series: Series) -> Mask:
        """Where the series' process is another than at the moment before that is known."""
        started = self.by_target.get(_target(series))
        changed = np.zeros(len(series.values), dtype=bool)
        if started is None:
            return changed
        known = np.flatnonzero(~np.isnan(started))
        differs = started[known[1:]] != started[known[:-1]]
        changed[known[1:][differs]] = True
        return changed


def _target(series: Series) -> tuple[str, str]:
    job, instance = (series.labels.get(name, "") for name in _TARGET)
    return job, instance


def within_step(
    series: Iterable[Series], starts: Starts, moments: Row, known: Iterable[Series] = ()
) -> list[Series]:
    """The counters without what a process counted before the first of these moments.

    A process that is seen first in mid-course, as a replica that is discovered late, has counted for its
    whole life: what it shows first is where its counting begins, unless it says that it started within the
    step. A series that comes later at a process that was seen before counts from 0, as the code of a first
    error does.
    `known` are further series that show which processes were seen.
    """
    counters = list(series)
    first = _first_seen([*counters, *known])
    return [_from(one, first[_target(one)], starts, moments) for one in counters]


def _first_seen(series: Iterable[Series]) -> dict[tuple[str, str], int]:
    """By target: the first moment at which any of its series is there."""
    first: dict[tuple[str, str], int] = {}
    for one in series:
        there = np.flatnonzero(~np.isnan(one.values))
        seen = int(there[0]) if len(there) else len(one.values)
        first[_target(one)] = min(seen, first.get(_target(one), seen))
    return first


def _from(series: Series, first: int, starts: Starts, moments: Row) -> Series:
    values = series.values
    if not 0 < first < len(values) or not np.isfinite(values[first]):
        return series
    started = starts.since(_target(series), first)
    if started is not None and started >= moments[0]:
        return series
    # Behind a reset it counts from 0 again.
    unbroken = np.logical_and.accumulate(np.isnan(values) | (values >= values[first]))
    return Series(series.name, series.labels, np.where(unbroken, values - values[first], values))


def was_reset(series: Iterable[Series], starts: Starts) -> dict[int, str]:
    """By moment: what was reset since the one before.

    A series that comes first in mid-course is none: see `within_step`. One that vanished and is back counts
    what nobody saw, unless it is of the same process: see `gaps`.
    """
    found: dict[int, str] = {}
    for one in series:
        there = ~np.isnan(one.values)
        known = np.flatnonzero(there)
        back = known[1:][one.values[known[1:]] < one.values[known[:-1]]]
        gap = _gap(one, starts)
        vanished = np.flatnonzero(~there[1:] & there[:-1] & ~gap[1:]) + 1
        seen = np.maximum.accumulate(there)
        again = np.flatnonzero(there[1:] & ~there[:-1] & seen[:-1] & ~gap[:-1]) + 1
        restarted = np.flatnonzero(starts.changed(one) & there)
        for indices, what in (
            (back, "went back"),
            (vanished, "is gone"),
            (again, "was gone and is back"),
            (restarted, "belongs to a process that restarted"),
        ):
            for index in indices:
                found.setdefault(int(index), f"{one.name} {what}")
    return found


def gaps(series: Iterable[Series], starts: Starts, moments: int) -> Mask:
    """The moments at which a process did not answer that is the same before and after: no sum is known."""
    missed = np.zeros(moments, dtype=bool)
    for one in series:
        missed |= _gap(one, starts)
    return missed


def _gap(series: Series, starts: Starts) -> Mask:
    """Where a series is not there, and before and after is, of the same process, and has not gone back."""
    gap = np.zeros(len(series.values), dtype=bool)
    known = np.flatnonzero(~np.isnan(series.values))
    for before, after in pairwise(known):
        same = starts.same(series, before, after) and series.values[after] >= series.values[before]
        gap[before + 1 : after] = same
    return gap


def instances(series: Iterable[Series]) -> list[Row]:
    """The sums of all series of one target: one for each process, however finely it counts.

    Where series have no label `instance`, of those that differ only in what they count, as the code.
    """
    sums: dict[object, Row] = {}
    for one in series:
        key: object = _target(one)
        if "instance" not in one.labels:
            key = frozenset((k, v) for k, v in one.labels.items() if k not in ("code", "reason"))
        values = sums.get(key)
        sums[key] = one.values if values is None else _added(values, one.values)
    return list(sums.values())


def _added(first: Row, second: Row) -> Row:
    both_absent = np.isnan(first) & np.isnan(second)
    total: Row = np.where(both_absent, np.nan, np.nan_to_num(first) + np.nan_to_num(second))
    return total
