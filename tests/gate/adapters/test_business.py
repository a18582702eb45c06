"""Counters of the business: from their series to windows, and from a real Prometheus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from support.releases import V1, V2
from support.series import series

from sluicegate.gate.adapters.business import BusinessFigures, Index, Sums, asked, expression, key
from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.resets import Starts
from sluicegate.gate.adapters.samples import READY, WEIGHT, NoData, Series
from sluicegate.gate.adapters.source import reading
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import REQUESTS, BusinessSeries, FailureCounter, Selector
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Release

NOW = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
RELEASE = Release("m", "production", stable=V1, canary=V2, weight=50)
FAILED = Selector("failed_total", equal={"shop": "de"})
ALL = Selector("all_total")
OWN = BusinessSeries(ALL, "variant", "new", "old", 0)
GATE = Gate("counter/checkout", 0.01, series="failed_total of all_total")
POLICY = Policy((50, 100), (GATE,), window=timedelta(seconds=10), warmup_requests=0)
Values = Sequence[float | None]


def counter(delay: float = 0) -> FailureCounter:
    return FailureCounter("business", (FAILED,), business=replace(OWN, delay_seconds=delay))


def own(**values: Values) -> BusinessFigures:
    """By `failed_new` and so on, of one shop."""
    given: dict[str, Values] = {
        "failed_new": (1, 3, 3),
        "failed_old": (5, 5, 6),
        "all_new": (10, 20, 40),
        "all_old": (10, 30, 50),
    } | values
    found: dict[str, list[Series]] = {}
    for selector in (FAILED, ALL):
        name = selector.sample.removesuffix("_total")
        tracks = {track: given[f"{name}_{track}"] for track in ("new", "old")}
        found[key(selector, OWN)] = [
            series(selector.sample, list(v), variant=track, model="shop") for track, v in tracks.items() if v
        ]
    return BusinessFigures(found)


def read(business: BusinessFigures | None, delay: float = 0, **more: Any) -> Reading:
    at_gateway = [
        series(WEIGHT, [50, 50, 50], model="m", track="canary"),
        series(READY, [1.0, 1.0, 1.0], model="m", track="canary", digest=V2.digest),
        *(series(REQUESTS, [0, 500, 999], model="m", track=t, code="200") for t in ("canary", "stable")),
    ]
    moments = NOW.timestamp() + 10 * np.arange(3)
    query = Query(RELEASE, {GATE.name: (counter(delay),)}, POLICY)
    return reading(query, Figures(moments, at_gateway, business=business, **more), NOW)


def counted(seen: Reading) -> list[CounterDelta | None]:
    return [window.tallies.get(GATE.name) for window in seen.windows]


def why(seen: Reading) -> str:
    assert seen.missing.keys() == {GATE.name}
    return seen.missing[GATE.name]


def test_failures_and_all_of_which_they_are_a_part_are_counted_by_track():
    seen = read(own())
    assert seen.missing == {}
    assert counted(seen) == [CounterDelta(30, 10, (2,), (0,)), CounterDelta(40, 20, (0,), (1,))]


def test_what_requests_before_the_step_led_to_is_left_out():
    nothing = CounterDelta(0, 0, (0,), (0,))
    assert counted(read(own(), delay=10)) == [nothing, CounterDelta(40, 20, (0,), (1,))]
    assert counted(read(own(failed_old=(9, 5, 6)), delay=10))[0] == nothing
    assert why(read(own(), delay=60)) == "what requests of this step lead to is not counted yet"


@pytest.mark.parametrize("gone", ["failed_new", "failed_old", "all_new", "all_old"])
def test_a_series_that_one_track_does_not_have_shows_nothing(gone: str):
    seen = read(own(**{gone: ()}))
    track = "canary" if gone.endswith("new") else "stable"
    assert why(seen) == f"{gone.split('_')[0]}_total is not there for the track {track}"
    assert counted(seen) == [None, None]


def test_series_that_nobody_has_and_a_source_without_any_are_named():
    assert why(read(BusinessFigures())).startswith("all_total is not there")
    assert why(read(None)).startswith("counters of the business are read from a Prometheus alone; ")


def test_a_reset_costs_its_window_alone():
    seen = read(own(failed_old=(5, 0, 1)))
    assert counted(seen) == [None, CounterDelta(40, 20, (0,), (1,))]


def test_a_problem_of_one_counter_leaves_the_gateway_its_figures():
    broken = replace(own(), problems={key(FAILED, OWN): NoData("has it twice")})
    seen = read(broken)
    assert why(seen) == "has it twice"
    assert [window.traffic.canary for window in seen.windows] == [500, 499]


def test_a_baseline_that_the_business_cannot_tell_from_stable_counts_once():
    """Both run stable's version, so its label may be the same for both."""
    shared = replace(OWN, baseline="old")
    figures = BusinessFigures({key(one, shared): own().series[key(one, OWN)] for one in (FAILED, ALL)})
    sums = Sums("m", figures, NOW.timestamp() + 10 * np.arange(3), Starts())
    found = sums.gate(
        [FailureCounter("business", (FAILED,), business=shared)], ("canary", "stable", "baseline")
    )
    assert list(found.stable.values) == [10, 30, 50]
    assert list(found.bad_stable[0].values) == [5, 5, 6]


def test_each_selector_is_asked_for_with_the_tracks_and_the_environments_labels():
    selector = Selector("x_total", equal={"shop": 'a"b'})
    strange = BusinessSeries(ALL, "variant", "v1.2", "v1+", 0)
    assert expression(selector, strange, {"cluster": "eu"}) == (
        r'x_total{cluster="eu",shop="a\"b",variant=~"v1\\.2|v1\\+|baseline"}'
    )
    several = Selector("x_total", like={"shop": "de|at"}, unlike={"method": "HEAD"})
    assert expression(several, OWN, {}) == (
        'x_total{shop=~"de|at",method!~"HEAD",variant=~"new|old|baseline"}'
    )
    assert len(asked([counter(), counter()], {})) == 2


def test_an_old_sample_is_named():
    index = Index()
    found = key(ALL, OWN)
    assert index.takes(Points("all_total", {"sluice_series": found, "variant": "new"}, {100.0: 1}))
    assert index.takes(Points("", {"sluice_scraped": found}, {100.0: 30.0}))
    assert not index.takes(Points("all_total", {"variant": "new"}, {100.0: 1}))
    assert index.series[found][0].labels == {"variant": "new"}
    index.require_lately(found, 100.0, 70)
    with pytest.raises(NoData, match="all_total has no sample for 70 s"):
        index.require_lately(found, 100.0, 60)
