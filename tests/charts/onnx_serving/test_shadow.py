"""Copies of requests, and the process that compares both tracks' answers."""

from __future__ import annotations

import pytest

from sluicegate.onnx_server.shadow.command import parser

ON = {"mirror": "request-mirror"}
NAME = "flight-delay-shadow"


@pytest.fixture
def shadowed(chart):
    """Render a release with a canary at a weight, and shadow traffic."""

    def render(engine: str = "ort", weight: int | None = 0, shadow=None, **more):
        return chart.render(chart.values(engine, weight=weight, shadow={**ON, **(shadow or {})}, **more))

    return render


def test_the_gateway_copies_what_the_weights_split(chart, shadowed):
    headers = [{"name": "x-track", "value": "canary", "track": "canary"}]
    found = shadowed(route={"headers": headers})
    by_header, by_weight = found["HTTPRoute/flight-delay"]["spec"]["rules"]
    assert "filters" not in by_header
    (mirror,) = by_weight["filters"]
    backend = {"group": "", "kind": "Service", "name": NAME, "port": 8080}
    assert mirror == {"type": "RequestMirror", "requestMirror": {"backendRef": backend}}
    assert [backend["weight"] for backend in by_weight["backendRefs"]] == [100, 0]
    assert chart.judged(found) == []


def test_a_part_of_the_requests_is_copied(chart, shadowed):
    found = shadowed(shadow={"percent": 20})
    (mirror,) = found["HTTPRoute/flight-delay"]["spec"]["rules"][0]["filters"]
    assert mirror["requestMirror"]["percent"] == 20
    assert chart.judged(found) == []


def test_istio_copies_http_and_no_grpc(chart):
    route = {"grpc": {"hostnames": ["grpc.example.com"]}}
    values = chart.values(
        "triton", traffic="istio", route=route, shadow={"mirror": "virtual-service", "percent": 5}
    )
    found = chart.render(values)
    http, grpc = found["VirtualService/flight-delay"]["spec"]["http"]
    assert (http["mirror"], http["mirrorPercentage"]) == (
        {"host": NAME, "port": {"number": 8080}},
        {"value": 5},
    )
    assert "mirror" not in grpc
    assert chart.judged(found) == []


def test_what_compares_asks_both_tracks_about_the_canarys_artifact(chart, shadowed):
    found = shadowed(shadow={"inFlight": 7, "timeoutSeconds": 3, "replicas": 2})
    deployment = found[f"Deployment/{NAME}"]
    assert deployment["spec"]["replicas"] == 2
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["onnx-server", "shadow"]
    options = parser().parse_args(container["args"])
    assert (options.model, options.digest) == ("flight-delay", chart.canary)
    assert (options.stable, options.canary) == (
        "http://flight-delay-stable:8080",
        "http://flight-delay-canary:8080",
    )
    assert (options.in_flight, options.timeout, options.host, options.port) == (7, 3.0, "0.0.0.0", 8080)


def test_no_track_sends_requests_to_it_and_it_is_nobodys_replica(shadowed):
    found = shadowed()
    pod = found[f"Deployment/{NAME}"]["spec"]["template"]["metadata"]["labels"]
    for track in ("stable", "canary"):
        selector = found[f"Service/flight-delay-{track}"]["spec"]["selector"]
        assert not selector.items() <= pod.items()
    assert found[f"Service/{NAME}"]["spec"]["selector"].items() <= pod.items()
    for budget in found.of("PodDisruptionBudget"):
        assert not budget["spec"]["selector"]["matchLabels"].items() <= pod.items()


@pytest.mark.parametrize("engine", ["ort", "triton"])
def test_it_may_be_reached_by_the_gateway_and_reach_the_servers(shadowed, engine: str):
    found = shadowed(engine)
    policy = found["NetworkPolicy/flight-delay"]["spec"]
    pod = found[f"Deployment/{NAME}"]["spec"]["template"]["metadata"]["labels"]
    assert policy["podSelector"]["matchLabels"].items() <= pod.items()
    sources = [
        one["podSelector"]["matchLabels"] for one in policy["ingress"][0]["from"] if "podSelector" in one
    ]
    assert any(labels.items() <= pod.items() for labels in sources)
    assert {"protocol": "TCP", "port": "http"} in policy["ingress"][1]["ports"]


def test_prometheus_finds_it_and_keeps_the_track_that_it_tells(chart, shadowed):
    found = shadowed(monitoring={"serviceMonitor": {"enabled": True}})
    monitor = found[f"ServiceMonitor/{NAME}"]["spec"]
    labels = found[f"Service/{NAME}"]["metadata"]["labels"]
    assert monitor["selector"]["matchLabels"].items() <= labels.items()
    (endpoint,) = monitor["endpoints"]
    assert {one["targetLabel"] for one in endpoint["relabelings"]} == {"namespace", "model", "environment"}
    for track in ("stable", "canary"):
        own = found[f"ServiceMonitor/flight-delay-{track}"]["spec"]["selector"]["matchLabels"]
        assert not own.items() <= labels.items()
    assert chart.judged(found) == []


@pytest.mark.parametrize("weight", [None, 100])
def test_without_a_canary_beside_stable_nothing_is_copied(chart, shadowed, weight: int | None):
    found = shadowed(weight=weight)
    assert f"Deployment/{NAME}" not in found
    assert "RequestMirror" not in found.text
    assert chart.judged(found) == []


def test_without_it_nothing_of_it_is_rendered(chart):
    assert "shadow" not in chart.render(chart.values(weight=25)).text


@pytest.mark.parametrize(
    ("engine", "traffic", "mirror"),
    [
        ("kserve", "kserve", "request-mirror"),
        ("kserve", "kserve", "virtual-service"),
        ("ort", "istio", "request-mirror"),
        ("ort", "gateway-api", "virtual-service"),
    ],
)
def test_traffic_that_cannot_be_copied_so_is_refused_by_its_path(
    chart, engine: str, traffic: str, mirror: str
):
    found = chart.refusal(chart.values(engine, traffic=traffic, shadow={"mirror": mirror}))
    assert f"- shadow.mirror: is {mirror}, and with traffic {traffic} that copies no requests;" in found
