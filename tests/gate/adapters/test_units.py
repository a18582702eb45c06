"""Users in place of requests: the first requests under the names of all, and nothing where there are none."""

from __future__ import annotations

import pytest
from support.series import series

from sluicegate.gate.adapters.samples import NoData
from sluicegate.gate.adapters.units import first_requests

ALL = [
    series("sluice_gateway_requests_total", 900, track="canary", code="200"),
    series("sluice_gateway_request_duration_seconds_bucket", 800, track="canary", code="200", le="0.1"),
    series("sluice_gateway_weight", 5, track="canary"),
]
FIRST = [
    series("sluice_gateway_first_requests_total", 30, track="canary", code="200"),
    series("sluice_gateway_first_request_duration_seconds_bucket", 20, track="canary", code="200", le="0.1"),
    series("sluice_gateway_first_request_duration_seconds_count", 30, track="canary", code="200"),
]


def test_first_requests_take_the_names_of_all_and_all_others_are_left_out():
    found = {one.name: float(one.values[0]) for one in first_requests([*ALL, *FIRST], "X-User-Id")}
    assert found == {
        "sluice_gateway_requests_total": 30,
        "sluice_gateway_request_duration_seconds_bucket": 20,
        "sluice_gateway_request_duration_seconds_count": 30,
        "sluice_gateway_weight": 5,
    }


def test_a_gateway_without_them_has_no_figures():
    with pytest.raises(NoData, match="users are not counted by X-User-Id, or more came than can be"):
        first_requests(ALL, "X-User-Id")
