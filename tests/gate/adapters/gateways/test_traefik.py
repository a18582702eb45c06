import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.series import newest, series

from sluicegate.gate.adapters.gateways.base import SeriesSelector
from sluicegate.gate.adapters.gateways.traefik import TRAEFIK
from sluicegate.gate.adapters.samples import NoData, Samples, Series
from sluicegate.gate.metrics.base import REQUESTS, SECONDS, Selector

ASKED = SeriesSelector(("m",), "production")
STABLE, CANARY = (f"production-m-{t}-http-8080@kubernetesgateway" for t in ("stable", "canary"))
ROUTE = "httproute-production-m-gw-gateway-models-ep-web-0-e50c39b9d2adedcf7c09-wrr@kubernetesgateway"
RECORDED = Path(__file__).parent.parent / "recorded" / "traefik.txt"
WITHIN = f"{SECONDS}_bucket"


def sample(kind: str, service: str, code: str, value: float, **more: str) -> Series:
    labels = {"code": code, "method": "POST", "protocol": "http", "service": service, **more}
    return series(f"traefik_{kind}_requests_total", value, **labels)


def normal(*samples: Series) -> Samples:
    return Samples(TRAEFIK.translate(samples, ASKED), "m")


def recorded() -> list[Series]:
    families = text_string_to_metric_families(RECORDED.read_text())
    return [series(s.name, s.value, **s.labels) for family in families for s in family.samples]


def test_a_recording_of_traefik_3_5_gives_both_tracks_and_what_no_service_counted():
    found = normal(*recorded())
    # 61 + 40 times 500 before the services had endpoints, 5 times 503 while the canary had none.
    assert (newest(found.requests("stable")), newest(found.requests("canary"))) == (228, 7 + 101 + 5)
    failed = Selector(REQUESTS, unlike={"code": "2.."})
    assert [newest(found.selected(failed, track, must=True)) for track in ("stable", "canary")] == [
        0,
        2 + 101 + 5,
    ]
    well = Selector(WITHIN, unlike={"code": "[^2].."}, le=2.0)
    assert [newest(found.selected(well, track, must=True)) for track in ("stable", "canary")] == [228, 5]
    every = Selector(f"{SECONDS}_count")
    assert [newest(found.selected(every, track, must=True)) for track in ("stable", "canary")] == [228, 113]


def test_every_edge_of_the_gate_is_in_a_recording_with_the_named_setting():
    found = normal(*recorded())
    assert "buckets=0.005,0.01,0.02,0.05,0.1,0.2,0.5,1,2" in TRAEFIK.edges_remedy
    for edge in (5, 10, 20, 50, 100, 200, 500, 1000, 2000):
        assert newest(found.selected(Selector(WITHIN, le=edge / 1000), "stable", must=True)) > 0


def test_the_selector_takes_this_model_alone():
    pattern = re.search(r'service=~"([^"]+)"', TRAEFIK.series(ASKED))
    fits = re.compile(pattern[1].replace("\\\\", "\\"))
    for service in (STABLE, CANARY, ROUTE, "production-m-canary-8001-grpc@kubernetesgateway"):
        assert fits.fullmatch(service)
    for service in (
        "production-m-canary-canary-http-8080@kubernetesgateway",
        "production-mm-canary-http-8080@kubernetesgateway",
        "staging-m-canary-http-8080@kubernetesgateway",
        "production-m-canary-http-8080@file",
        "httproute-staging-m-gw-gateway-models-ep-web-0-e5-wrr@kubernetesgateway",
    ):
        assert not fits.fullmatch(service)


def test_names_lose_what_traefik_drops_from_them():
    asked = SeriesSelector(("a--b",), "n.s")
    service = "n-s-a-b-stable-http-8080@kubernetesgateway"
    (found,) = TRAEFIK.translate([sample("service", service, "200", 1), router("200", 1, "n-s-a-b")], asked)
    assert (found.labels["track"], found.labels["model"]) == ("stable", "a--b")


def router(code: str, value: float, base: str = "production-m") -> Series:
    return sample("router", f"httproute-{base}-gw-g-models-ep-web-0-e5-wrr@kubernetesgateway", code, value)


def test_methods_and_replicas_add_up():
    found = normal(
        sample("service", STABLE, "200", 5),
        sample("service", STABLE, "200", 7, instance="other"),
        sample("service", STABLE, "200", 11, method="GET"),
        router("200", 23),
    )
    assert newest(found.requests("stable")) == 23


@pytest.mark.parametrize(("code", "bad"), [("0", 0), ("2", 9), ("13", 9), ("14", 9)])
def test_a_grpc_status_is_no_http_code(code: str, bad: int):
    service = "production-m-canary-8001-grpc@kubernetesgateway"
    found = normal(sample("service", service, code, 9, protocol="grpc"), router("200", 0))
    assert newest(found.selected(Selector(REQUESTS, unlike={"code": "2.."}), "canary", must=True)) == bad
    assert newest(found.requests("canary")) == 9


def test_what_a_filter_answered_is_nobodys():
    found = normal(sample("service", STABLE, "200", 5), router("200", 5), router("429", 70), router("401", 7))
    assert (newest(found.requests("stable")), newest(found.requests("canary"))) == (5, 0)


def test_a_service_ahead_of_its_router_takes_nothing_away():
    found = normal(sample("service", CANARY, "503", 5), router("503", 4))
    assert newest(found.requests("canary")) == 5


def test_without_router_series_there_is_no_data():
    with pytest.raises(NoData, match="addRoutersLabels=true"):
        normal(sample("service", STABLE, "200", 5))


def test_a_service_series_without_a_code_is_no_data():
    with pytest.raises(NoData, match="without the label code"):
        normal(series("traefik_service_requests_total", 5, service=STABLE))


@pytest.mark.parametrize("value", [-1.0, 0.5, float("nan"), 2.0**53])
def test_a_router_that_counts_what_cannot_be_is_no_data(value: float):
    with pytest.raises(NoData):
        newest(normal(sample("service", STABLE, "200", 5), router("503", value)).requests("canary"))


def test_a_router_that_lags_behind_its_services_is_no_counter_that_went_back():
    route = "httproute-production-m-gw-g-models-ep-web-0-e5-wrr@kubernetesgateway"
    labels = {"code": "503", "method": "POST", "protocol": "http"}
    found = TRAEFIK.translate(
        [
            series("traefik_service_requests_total", [1, 3, 3], service=CANARY, **labels),
            series("traefik_router_requests_total", [2, 3, 4], service=route, **labels),
        ],
        ASKED,
    )
    uncounted = [list(one.values) for one in found if one.labels["service"] == ""]
    assert uncounted == [[1, 1, 1], [1, 1, 1]]


def test_a_series_is_about_the_model_whose_service_or_route_it_names():
    assert TRAEFIK.is_about(STABLE, ASKED) and TRAEFIK.is_about(ROUTE, ASKED)
    assert not TRAEFIK.is_about("production-other-stable-http-8080@kubernetesgateway", ASKED)
