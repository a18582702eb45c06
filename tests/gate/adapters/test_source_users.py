"""From series to a reading: users in place of requests."""

from dataclasses import replace

from support.readings import COUNTERS, POLICY, RELEASE, Values, gateway, read
from support.series import series

from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.samples import Series
from sluicegate.gate.core.decision import GATEWAY
from sluicegate.gate.metrics.base import (
    FIRST_REQUESTS,
    REQUESTS,
)
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import CounterDelta, Traffic

BY_USER = replace(POLICY, unit="X-User-Id", gates=(Gate("error_rate", 0.01),))


def first(canary: Values, stable: Values, failed: Values) -> list[Series]:
    return [
        series(FIRST_REQUESTS, list(canary), model="m", track="canary", code="200"),
        series(FIRST_REQUESTS, list(failed), model="m", track="canary", code="500"),
        series(FIRST_REQUESTS, list(stable), model="m", track="stable", code="200"),
    ]


def test_with_a_unit_the_first_requests_alone_count():
    users = first(canary=(1, 2, 4), stable=(20, 40, 60), failed=(0, 1, 1))
    seen = read([*gateway(x500=(None, 3, 9)), *users], policy=BY_USER)
    assert [window.traffic for window in seen.windows] == [Traffic(2, 20), Traffic(2, 20)]
    assert [window.tallies["error_rate"] for window in seen.windows] == [
        CounterDelta(22, 2, (1,), (0,)),
        CounterDelta(22, 2, (0,), (0,)),
    ]


def test_a_gateway_that_counts_no_users_tells_its_weight_and_no_figures():
    seen = read(policy=BY_USER)
    assert (seen.weight, seen.ready, seen.windows) == (5, True, ())
    assert "users are not counted by X-User-Id" in seen.missing[GATEWAY]


def test_where_more_users_came_than_are_remembered_there_are_no_figures_any_more():
    users = first(canary=(1, 2, None), stable=(20, 40, None), failed=(0, 1, None))
    seen = read([*gateway(), *users], policy=BY_USER)
    assert GATEWAY in seen.missing


def test_with_a_unit_a_source_is_asked_for_the_first_requests_as_well():
    names = Query(RELEASE, COUNTERS, BY_USER).sample_names
    assert {REQUESTS, FIRST_REQUESTS} <= names
    assert FIRST_REQUESTS not in Query(RELEASE, COUNTERS, POLICY).sample_names
