"""Who gets which request: Gateway API and Istio."""

import pytest

HEADER = {"name": "X-Track", "value": "canary", "track": "canary"}
SEGMENT = {"header": "x-country", "match": "regex", "value": "DE|AT", "track": "stable"}
RULES = {"headers": [HEADER], "segments": [SEGMENT], "domain": "models.local"}


def backends(rule):
    return [(ref["name"], ref["port"], ref["weight"]) for ref in rule["backendRefs"]]


@pytest.mark.parametrize("weight", [0, 1, 50, 100])
def test_weights_are_explicit(chart, weight):
    route = chart.render(chart.values(weight=weight))["HTTPRoute/flight-delay"]
    (rule,) = route["spec"]["rules"]
    assert backends(rule) == [
        ("flight-delay-stable", 8080, 100 - weight),
        ("flight-delay-canary", 8080, weight),
    ]
    assert all((ref["group"], ref["kind"]) == ("", "Service") for ref in rule["backendRefs"])
    (parent,) = route["spec"]["parentRefs"]
    assert parent == {
        "group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "models", "namespace": "gateway",
    }  # fmt: skip


def test_without_a_canary_stable_has_all(chart):
    (rule,) = chart.render(chart.values(weight=None))["HTTPRoute/flight-delay"]["spec"]["rules"]
    assert backends(rule) == [("flight-delay-stable", 8080, 100)]


def test_headers_and_segments_stand_before_the_weights(chart):
    header, segment, weighted = chart.render(chart.values(route=RULES))["HTTPRoute/flight-delay"]["spec"][
        "rules"
    ]
    (matched,) = header["matches"][0]["headers"]
    assert matched == {"type": "Exact", "name": "X-Track", "value": "canary"}
    assert backends(header) == [("flight-delay-canary", 8080, 100)]
    (matched,) = segment["matches"][0]["headers"]
    assert matched == {"type": "RegularExpression", "name": "x-country", "value": "DE|AT"}
    assert backends(segment) == [("flight-delay-stable", 8080, 100)]
    assert len(weighted["backendRefs"]) == 2 and "headers" not in weighted["matches"][0]


def test_a_rule_of_a_track_without_a_version_is_left_out(chart):
    rules = chart.render(chart.values(weight=None, route=RULES))["HTTPRoute/flight-delay"]["spec"]["rules"]
    assert [backends(rule)[0][0] for rule in rules] == ["flight-delay-stable"] * 2


def test_hostnames_and_paths(chart):
    def route(**values):
        spec = chart.render(chart.values(route=values))["HTTPRoute/flight-delay"]["spec"]
        return spec.get("hostnames"), [match["path"]["value"] for match in spec["rules"][0]["matches"]]

    assert route() == (None, ["/v2/models/flight-delay"])
    every = ["/v2/models/flight-delay", "/v2/health", "/v2"]
    assert route(domain="models.local") == (["flight-delay.production.models.local"], every)
    assert route(hostnames=["a.example.com"]) == (["a.example.com"], every)


def test_metrics_and_control_paths_are_not_routed(chart):
    for traffic in ("gateway-api", "istio"):
        text = chart.render(chart.values("triton", traffic=traffic, route=RULES)).text
        route = text[text.index("HTTPRoute" if traffic == "gateway-api" else "VirtualService") :]
        for secret in ("/metrics", "/v2/repository", "/v2/logging", "/v2/trace", "RepositoryModelLoad"):
            assert secret not in route
        assert 'value: "/"' not in route and 'prefix: "/"' not in route


def test_grpc_is_triton_s_with_a_hostname_of_its_own(chart):
    assert "GRPCRoute" not in chart.render(chart.values("ort", route=RULES)).kinds()
    assert "GRPCRoute" not in chart.render(chart.values("triton")).kinds()
    rendered = chart.render(chart.values("triton", route=RULES))
    spec = rendered["GRPCRoute/flight-delay"]["spec"]
    assert spec["hostnames"] == ["flight-delay-grpc.production.models.local"]
    assert not set(spec["hostnames"]) & set(rendered["HTTPRoute/flight-delay"]["spec"]["hostnames"])
    assert [backends(rule) for rule in spec["rules"]] == [
        [("flight-delay-canary", 8001, 100)],
        [("flight-delay-stable", 8001, 100)],
        [("flight-delay-stable", 8001, 75), ("flight-delay-canary", 8001, 25)],
    ]


def test_the_largest_route_is_one_that_the_api_takes(chart):
    """16 rules of a route, and 128 matches in it (a rule in CEL, which no JSON Schema has)."""
    segments = [{**SEGMENT, "match": "exact", "value": f"{number}"} for number in range(15)]
    rendered = chart.render(chart.values("triton", route={"domain": "models.local", "segments": segments}))
    for kind in ("HTTPRoute", "GRPCRoute"):
        rules = rendered[f"{kind}/flight-delay"]["spec"]["rules"]
        assert len(rules) == 16
        assert sum(len(rule["matches"]) for rule in rules) <= 128
    assert chart.judged(rendered) == []


def test_services_of_the_engines(chart):
    def ports(engine):
        found = chart.render(chart.values(engine))["Service/flight-delay-canary"]["spec"]["ports"]
        return {port["name"]: (port["port"], port["targetPort"]) for port in found}

    assert ports("ort") == {"http": (8080, "http"), "metrics": (8002, "http")}
    assert ports("triton") == {"http": (8080, "http"), "grpc": (8001, "grpc"), "metrics": (8002, "metrics")}


def test_istio(chart):
    rendered = chart.render(chart.values("triton", traffic="istio", route=RULES))
    assert {"HTTPRoute", "GRPCRoute"}.isdisjoint(rendered.kinds())
    spec = rendered["VirtualService/flight-delay"]["spec"]
    assert spec["gateways"] == ["gateway/models"]
    assert len(spec["http"]) == 6
    header, _, weighted = spec["http"][:3]
    assert header["match"][0]["headers"] == {"x-track": {"exact": "canary"}}
    assert [route["destination"]["host"] for route in header["route"]] == ["flight-delay-canary"]
    found = [(route["destination"]["host"], route["weight"]) for route in weighted["route"]]
    assert found == [("flight-delay-stable", 75), ("flight-delay-canary", 25)]
    # A retry would count a failed request twice, or hide it.
    assert all(rule["retries"] == {"attempts": 0} for rule in spec["http"])
    assert {
        route["destination"]["port"]["number"] for rule in spec["http"][3:] for route in rule["route"]
    } == {8001}
    rules = {found["metadata"]["name"]: found["spec"]["host"] for found in rendered.of("DestinationRule")}
    assert rules == {name: name for name in ("flight-delay-stable", "flight-delay-canary")}


def test_an_istio_prefix_ends_with_a_slash(chart):
    """Istio's prefix `/v2/models/flight` would take the requests of flight-delay too."""
    spec = chart.render(chart.values(traffic="istio"))["VirtualService/flight-delay"]["spec"]
    uris = [match["uri"] for match in spec["http"][0]["match"]]
    assert uris == [{"exact": "/v2/models/flight-delay"}, {"prefix": "/v2/models/flight-delay/"}]


def test_istio_answers_503_while_the_first_version_is_dark(chart):
    tracks = {"stable": None, "canary": chart.track(2, chart.canary, 0)}
    spec = chart.render(chart.values(traffic="istio", tracks=tracks))["VirtualService/flight-delay"]["spec"]
    assert spec["http"][0]["directResponse"] == {"status": 503} and "route" not in spec["http"][0]


def test_the_timeout_is_of_every_rule(chart):
    route = {**RULES, "timeout": "7s"}
    rules = chart.render(chart.values(route=route))["HTTPRoute/flight-delay"]["spec"]["rules"]
    assert [rule["timeouts"] for rule in rules] == [{"request": "7s"}] * 3
    spec = chart.render(chart.values(traffic="istio", route=route))["VirtualService/flight-delay"]["spec"]
    assert [rule["timeout"] for rule in spec["http"]] == ["7s"] * 3
    rules = chart.render(chart.values(route=RULES))["HTTPRoute/flight-delay"]["spec"]["rules"]
    assert not any("timeouts" in rule for rule in rules)
