"""From series to a reading: the segments that a gate compares by themselves."""

from dataclasses import replace

import numpy as np
from support.readings import NOW, POLICY, RELEASE, Values, gateway, servers
from support.series import series

from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.samples import Series
from sluicegate.gate.adapters.source import reading
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import (
    REQUESTS,
)
from sluicegate.gate.metrics.error_rate import ErrorRate
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import CounterDelta, Traffic


def in_regions(**canary: Values) -> list[Series]:
    """The gateway's, each track's requests by region, those of stable 100 a window in each."""
    own = [one for one in gateway() if one.name != REQUESTS]
    for region, values in canary.items():
        own.append(series(REQUESTS, list(values), model="m", track="canary", code="500", region=region))
    for region in ("eu", "us"):
        labels = {"model": "m", "track": "stable", "code": "200", "region": region}
        own.append(series(REQUESTS, [0, 100, 200], **labels))
    return own


def read_segment(own: list[Series], region: str = "eu") -> Reading:
    entry = ErrorRate(0.01, segments={"region": (region,)})
    (segment,) = entry.by_segment()
    name = f"error_rate/region={region}"
    query = Query(RELEASE, {name: segment.failure_counters(None)}, replace(POLICY, gates=(Gate(name, 0.01),)))  # type: ignore[arg-type]
    moments = NOW.timestamp() + 10 * np.arange(3)
    return reading(query, Figures(moments, own, servers(), own[2:]), NOW)


def test_a_segment_is_counted_by_itself():
    seen = read_segment(in_regions(eu=(0, 5, 9), us=(0, 50, 90)))
    assert seen.missing == {}
    assert [window.traffic for window in seen.windows] == [Traffic(55, 200), Traffic(44, 200)]
    assert [window.tallies["error_rate/region=eu"] for window in seen.windows] == [
        CounterDelta(105, 5, (5,), (0,)),
        CounterDelta(104, 4, (4,), (0,)),
    ]


def test_a_segment_that_has_not_come_yet_has_no_requests():
    seen = read_segment(in_regions(us=(0, 50, 90)))
    assert seen.missing == {}
    assert seen.windows[0].tallies["error_rate/region=eu"] == CounterDelta(100, 0, (0,), (0,))


def test_a_label_that_no_series_carries_is_missing():
    seen = read_segment(gateway())
    assert seen.missing["error_rate/region=eu"].startswith(f"no series of {REQUESTS} has the label region")
    assert all(not window.tallies for window in seen.windows)
