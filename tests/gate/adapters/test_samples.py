import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.series import newest, series

from sluicegate.gate.adapters.samples import Absent, NoData, Samples, Series
from sluicegate.gate.metrics.base import FailureCounter, Selector

REQUESTS = "sluice_gateway_requests_total"
BUCKET = "sluice_gateway_request_duration_seconds_bucket"
COUNT = "sluice_gateway_request_duration_seconds_count"
ERRORS = FailureCounter("gateway", plus=(Selector(REQUESTS, unlike={"code": "2.."}),))
SLOW = FailureCounter("gateway", plus=(Selector(COUNT),), minus=(Selector(BUCKET, le=0.05),))


def requests(code: str, value: float, track: str = "canary", model: str = "m") -> Series:
    return series(REQUESTS, value, model=model, track=track, code=code)


def bucket(le: str, value: float) -> Series:
    return series(BUCKET, value, model="m", track="canary", le=le)


def count(value: float) -> Series:
    return series(COUNT, value, model="m", track="canary")


def test_errors_are_everything_but_2xx_of_that_model_and_track():
    seen = Samples(
        [
            requests("200", 90),
            requests("204", 5),
            requests("500", 3),
            requests("404", 2),
            requests("2000", 1),
            requests("500", 70, track="stable"),
            requests("500", 700, model="other"),
        ],
        "m",
    )
    assert newest(seen.failures(ERRORS, "canary", must=True)) == 6
    assert newest(seen.requests("canary")) == 101
    assert newest(seen.requests("stable")) == 70


def test_requests_that_nothing_counts_are_no_data_and_not_0():
    with pytest.raises(Absent, match="whether there were requests is not known"):
        newest(Samples([requests("200", 9, model="other"), count(9)], "m").requests("canary"))


def test_a_track_that_had_requests_and_lost_its_series_is_no_data():
    stable = series(REQUESTS, [9, 9], model="m", track="stable", code="200")
    none_yet = Samples([stable], "m", moments=2).requests("canary")
    assert list(none_yet.values) == [0, 0]
    lost = series(REQUESTS, [5, None], model="m", track="canary", code="200")
    with pytest.raises(Absent, match="no longer there for the track canary"):
        newest(Samples([stable, lost], "m", moments=2).requests("canary"))


def test_a_series_that_begins_later_counts_from_0():
    first = series(REQUESTS, [5, 7], model="m", track="canary", code="200")
    error = series(REQUESTS, [None, 1], model="m", track="canary", code="500")
    seen = Samples([first, error], "m", moments=2)
    assert list(seen.requests("canary").values) == [5, 8]
    assert list(seen.failures(ERRORS, "canary", must=True).values) == [0, 1]


def test_an_earlier_value_that_cannot_be_is_unknown_at_its_moment_alone():
    seen = Samples([series(REQUESTS, [0.5, 7], model="m", track="canary", code="200")], "m", moments=2)
    counted = seen.requests("canary")
    assert math.isnan(counted.values[0]) and newest(counted) == 7


def test_a_label_that_no_series_carries_is_no_data():
    """Every request would be a failure, on both tracks alike."""
    with pytest.raises(NoData, match="has no label code"):
        Samples([series(REQUESTS, 9, model="m", track="canary")], "m").failures(ERRORS, "canary", must=True)


@pytest.mark.parametrize("value", [2.0**53, 1e300])
def test_a_counter_that_a_double_cannot_hold_to_the_unit_is_no_data(value):
    with pytest.raises(NoData, match="too large to be counted to the unit"):
        newest(Samples([requests("200", value)], "m").requests("canary"))


def test_no_errors_yet_are_0_and_no_requests_at_all_are_no_data():
    assert newest(Samples([requests("200", 9)], "m").failures(ERRORS, "canary", must=True)) == 0
    assert newest(Samples([], "m").failures(ERRORS, "canary", must=False)) == 0
    with pytest.raises(NoData, match="is not there for the track canary"):
        newest(Samples([], "m").failures(ERRORS, "canary", must=True))


@pytest.mark.parametrize("edge", ["0.05", "5e-02", "0.050"])
def test_slow_requests_are_all_less_those_up_to_the_edge_however_it_is_written(edge):
    assert (
        newest(
            Samples([count(100), bucket(edge, 97), bucket("+Inf", 100)], "m").failures(
                SLOW, "canary", must=True
            )
        )
        == 3
    )


def test_an_edge_that_the_histogram_lacks_is_no_data():
    with pytest.raises(NoData, match=r"with an edge at 0\.05 is not there"):
        newest(Samples([count(100), bucket("0.1", 97)], "m").failures(SLOW, "canary", must=True))


def test_a_part_above_the_whole_is_no_data():
    with pytest.raises(NoData, match="less in all than in a part"):
        newest(Samples([count(9), bucket("0.05", 10)], "m").failures(SLOW, "canary", must=True))


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 0.5, -0.25])
def test_what_no_counter_can_be_is_no_data(value):
    with pytest.raises(NoData, match="a counter of requests cannot be"):
        newest(Samples([requests("500", value)], "m").failures(ERRORS, "canary", must=True))


def test_a_series_twice_is_no_data():
    with pytest.raises(NoData, match="the same series twice"):
        newest(Samples([requests("500", 1), requests("500", 2)], "m").failures(ERRORS, "canary", must=True))


def test_series_of_another_artifact_are_left_out():
    def score(digest: str) -> Series:
        return series("sluice_server_score_count", 5, model="m", track="canary", digest=digest)

    drift = FailureCounter("server", plus=(Selector("sluice_server_score_count"),))
    assert (
        newest(Samples([score("a"), score("b")], "m", digest="a").failures(drift, "canary", must=True)) == 5
    )
    with pytest.raises(NoData):
        newest(Samples([score("b")], "m", digest="a").failures(drift, "canary", must=True))


@given(
    st.lists(
        st.tuples(st.sampled_from(["200", "302", "500"]), st.text(max_size=3), st.integers(0, 2**53 - 1)),
        min_size=1,
        unique_by=lambda row: row[:2],
    )
)
def test_sums_are_exact_over_any_replicas(rows):
    samples = [
        series(REQUESTS, value, model="m", track="canary", code=code, instance=instance)
        for code, instance, value in rows
    ]
    seen = Samples(samples, "m")
    total = sum(value for _, _, value in rows)
    if total >= 2**53:
        with pytest.raises(NoData, match="too large"):
            newest(seen.requests("canary"))
        return
    assert newest(seen.requests("canary")) == total
    failed = sum(value for code, _, value in rows if code != "200")
    assert newest(seen.failures(ERRORS, "canary", must=False)) == failed


def test_a_gauge_of_no_moment_has_no_value():
    seen = Samples([series("sluice_gateway_weight", [], model="m", track="canary")], "m", moments=0)
    assert seen.gauge("sluice_gateway_weight") == []
