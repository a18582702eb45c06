import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.gate.adapters.samples import Absent, NoData, Sample, Samples
from sluicegate.gate.metrics.base import FailureCounter, Selector

REQUESTS = "sluice_gateway_requests_total"
BUCKET = "sluice_gateway_request_duration_seconds_bucket"
COUNT = "sluice_gateway_request_duration_seconds_count"
ERRORS = FailureCounter("gateway", plus=(Selector(REQUESTS, unlike={"code": "2.."}),))
SLOW = FailureCounter("gateway", plus=(Selector(COUNT),), minus=(Selector(BUCKET, le=0.05),))


def requests(code: str, value: float, track: str = "canary", model: str = "m") -> Sample:
    return Sample(REQUESTS, {"model": model, "track": track, "code": code}, value)


def bucket(le: str, value: float) -> Sample:
    return Sample(BUCKET, {"model": "m", "track": "canary", "le": le}, value)


def count(value: float) -> Sample:
    return Sample(COUNT, {"model": "m", "track": "canary"}, value)


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
    assert seen.failures(ERRORS, "canary", must=True) == 6
    assert seen.requests("canary") == 101
    assert seen.requests("stable") == 70


def test_requests_that_nothing_counts_are_no_data_and_not_0():
    with pytest.raises(Absent, match="whether there were requests is not known"):
        Samples([requests("200", 9, model="other"), count(9)], "m").requests("canary")


def test_a_track_that_had_requests_and_lost_its_series_is_no_data():
    seen = Samples([requests("200", 9, track="stable")], "m")
    assert seen.requests("canary") == 0
    with pytest.raises(Absent, match="not there for the track canary, which had 1,300 requests"):
        seen.requests("canary", before=1300)


@pytest.mark.parametrize("value", [2.0**53, 1e300])
def test_a_counter_that_a_double_cannot_hold_to_the_unit_is_no_data(value):
    with pytest.raises(NoData, match="too large to be counted to the unit"):
        Samples([requests("200", value)], "m").requests("canary")


def test_no_errors_yet_are_0_and_no_requests_at_all_are_no_data():
    assert Samples([requests("200", 9)], "m").failures(ERRORS, "canary", must=True) == 0
    assert Samples([], "m").failures(ERRORS, "canary", must=False) == 0
    with pytest.raises(NoData, match="is not there for the track canary"):
        Samples([], "m").failures(ERRORS, "canary", must=True)


@pytest.mark.parametrize("edge", ["0.05", "5e-02", "0.050"])
def test_slow_requests_are_all_less_those_up_to_the_edge_however_it_is_written(edge):
    assert (
        Samples([count(100), bucket(edge, 97), bucket("+Inf", 100)], "m").failures(SLOW, "canary", must=True)
        == 3
    )


def test_an_edge_that_the_histogram_lacks_is_no_data():
    with pytest.raises(NoData, match=r"with an edge at 0\.05 is not there"):
        Samples([count(100), bucket("0.1", 97)], "m").failures(SLOW, "canary", must=True)


def test_a_part_above_the_whole_is_no_data():
    with pytest.raises(NoData, match="less in all than in a part"):
        Samples([count(9), bucket("0.05", 10)], "m").failures(SLOW, "canary", must=True)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 0.5, -0.25])
def test_what_no_counter_can_be_is_no_data(value):
    with pytest.raises(NoData, match="a counter of requests cannot be"):
        Samples([requests("500", value)], "m").failures(ERRORS, "canary", must=True)


def test_a_series_twice_is_no_data():
    with pytest.raises(NoData, match="the same series twice"):
        Samples([requests("500", 1), requests("500", 2)], "m").failures(ERRORS, "canary", must=True)


def test_series_of_another_artifact_are_left_out():
    def score(digest: str) -> Sample:
        return Sample("sluice_server_score_count", {"model": "m", "track": "canary", "digest": digest}, 5)

    drift = FailureCounter("server", plus=(Selector("sluice_server_score_count"),))
    assert Samples([score("a"), score("b")], "m", digest="a").failures(drift, "canary", must=True) == 5
    with pytest.raises(NoData):
        Samples([score("b")], "m", digest="a").failures(drift, "canary", must=True)


@given(
    st.lists(
        st.tuples(st.sampled_from(["200", "302", "500"]), st.text(max_size=3), st.integers(0, 2**53 - 1)),
        min_size=1,
        unique_by=lambda row: row[:2],
    )
)
def test_sums_are_exact_over_any_replicas(rows):
    samples = [
        Sample(REQUESTS, {"model": "m", "track": "canary", "code": code, "instance": instance}, value)
        for code, instance, value in rows
    ]
    seen = Samples(samples, "m")
    assert seen.requests("canary") == sum(value for _, _, value in rows)
    assert seen.failures(ERRORS, "canary", must=False) == sum(v for code, _, v in rows if code != "200")
