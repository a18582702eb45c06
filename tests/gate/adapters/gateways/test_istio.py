import pytest
from support.series import newest, series

from sluicegate.gate.adapters.gateways.base import SeriesSelector
from sluicegate.gate.adapters.gateways.istio import ISTIO
from sluicegate.gate.adapters.samples import NoData, Samples, Series
from sluicegate.gate.metrics.base import REQUESTS, SECONDS, Selector

ASKED = SeriesSelector(("m",), "production", {"cluster": "eu"})
PLACE = {"destination_service_namespace": "production", "reporter": "source", "request_protocol": "http"}


def sample(name: str, track: str, value: float, **more: str) -> Series:
    return series(f"istio_{name}", value, **{**PLACE, "destination_service_name": f"m-{track}", **more})


def normal(*samples: Series) -> Samples:
    return Samples(ISTIO.translate(samples, ASKED), "m")


def test_tracks_codes_and_edges_in_the_words_of_the_gate():
    found = normal(
        sample("requests_total", "stable", 95, response_code="200"),
        sample("requests_total", "canary", 4, response_code="200"),
        sample("requests_total", "canary", 1, response_code="503", response_flags="UF"),
        sample("requests_total", "canary", 2, response_code="0", response_flags="DC"),
        sample("request_duration_milliseconds_bucket", "canary", 3, response_code="200", le="50"),
        sample("request_duration_milliseconds_bucket", "canary", 4, response_code="200", le="+Inf"),
        sample("request_duration_milliseconds_count", "canary", 4, response_code="200"),
    )
    assert (newest(found.requests("stable")), newest(found.requests("canary"))) == (95, 7)
    assert newest(found.selected(Selector(REQUESTS, unlike={"code": "2.."}), "canary", must=True)) == 3
    assert newest(found.selected(Selector(f"{SECONDS}_bucket", le=50 / 1000), "canary", must=True)) == 3
    assert newest(found.selected(Selector(f"{SECONDS}_count"), "canary", must=True)) == 4


@pytest.mark.parametrize(
    "more",
    [
        {"destination_service_namespace": "staging"},
        {"reporter": "destination"},
        {"destination_service_name": "other-canary"},
    ],
)
def test_what_is_of_others_is_left_out(more: dict[str, str]):
    assert ISTIO.translate([sample("requests_total", "canary", 5, response_code="200", **more)], ASKED) == []


def test_grpc_fails_by_its_own_status():
    grpc = {"response_code": "200", "request_protocol": "grpc"}
    found = normal(
        sample("requests_total", "canary", 5, **grpc, grpc_response_status="0"),
        sample("requests_total", "canary", 7, **grpc, grpc_response_status="14"),
        sample("requests_total", "canary", 1, **grpc),
    )
    assert newest(found.selected(Selector(REQUESTS, unlike={"code": "2.."}), "canary", must=True)) == 8


def test_a_missing_code_and_an_edge_that_is_no_number_are_no_data():
    with pytest.raises(NoData, match="without the label response_code"):
        normal(sample("requests_total", "canary", 5))
    with pytest.raises(NoData, match="is not a number"):
        normal(sample("request_duration_milliseconds_bucket", "canary", 5, response_code="200", le="x"))


def test_an_edge_that_istio_lacks_names_its_setting():
    found = ISTIO.translate(
        [sample("request_duration_milliseconds_bucket", "canary", 5, response_code="200", le="25")], ASKED
    )
    with pytest.raises(NoData, match=r"edge at 0\.02 is not there .*statsHistogramBuckets"):
        newest(
            Samples(found, "m", edges_remedy=ISTIO.edges_remedy).selected(
                Selector(f"{SECONDS}_bucket", le=0.02), "canary", must=True
            )
        )


def test_the_selectors_name_place_and_labels():
    series = ISTIO.series(ASKED, frozenset({REQUESTS}))
    assert series.startswith(
        '{__name__=~"istio_requests_total",destination_service_name=~"(?:m)-(?:stable|canary|baseline)"'
    )
    assert 'destination_service_namespace="production",reporter="source",cluster="eu"}' in series
    assert ISTIO.alive(ASKED) == 'istio_build{cluster="eu",component="proxy"}'


def test_a_series_is_about_the_model_whose_service_it_names():
    assert ISTIO.is_about("m-canary", ASKED) and not ISTIO.is_about("m-other", ASKED)
