"""The way to a dark canary: which address for which kind of traffic, and what is the canary's own answer."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from support.http_stub import Answer, Site
from support.specs import environment_yaml

from sluicegate.gate.adapters import inference
from sluicegate.gate.adapters.inference import Direct, ServiceProxy, Unreachable, canary
from sluicegate.gate.adapters.kubeapi import KubeApi
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.yamlio import parse

SERVICE = "/api/v1/namespaces/models/services/m-canary"
PROXY = "/api/v1/namespaces/models/services/m-canary:http/proxy/v2/models/m/infer"


def environment(**given: str) -> EnvironmentSpec:
    text = environment_yaml("production", namespace="models", **given)
    return load_environment(parse(text, "environment.yaml"))


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        yield made


@pytest.fixture
def cluster(tmp_path, monkeypatch) -> Iterator[Site]:
    """An API server that the kubeconfig's current context names."""
    with Site() as made:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [{"name": "here", "cluster": {"server": made.url}}],
            "users": [{"name": "gate", "user": {"token": "t"}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "gate"}}],
        }
        path = tmp_path / "kubeconfig"
        path.write_text(json.dumps(config))
        monkeypatch.setenv("KUBECONFIG", str(path))
        yield made


def status(code: int, message: str) -> Answer:
    """What the API server itself answers."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
    return Answer(code, json.dumps(body).encode())


def test_the_embedded_router_has_a_path_for_the_track():
    way = canary(environment(url="http://127.0.0.1:8000/"), "m")
    assert isinstance(way, Direct)
    assert way.url == "http://127.0.0.1:8000/servers/m/canary/infer"


@pytest.fixture
def inside(cluster, monkeypatch) -> Site:
    """The same, as a pod of that cluster sees it."""
    monkeypatch.setattr(inference, "in_pod", lambda name: name == "in-cluster")
    return cluster


@pytest.mark.parametrize(("address", "host"), [("10.96.0.7", "10.96.0.7"), ("fd00::7", "[fd00::7]")])
def test_in_a_pod_of_the_cluster_the_service_is_asked_at_its_address(inside, address, host):
    inside.pages[SERVICE] = json.dumps({"spec": {"clusterIP": address}}).encode()
    way = canary(environment(traffic="gateway-api", gateway="traefik"), "m")
    assert isinstance(way, Direct)
    assert way.url == f"http://{host}:8080/v2/models/m/infer"


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (Answer(404, b"{}"), "Service m-canary in models is not there"),
        (b'{"spec": {"clusterIP": "None"}}', "Service m-canary in models has no address"),
    ],
)
def test_a_service_without_an_address_is_not_reached(inside, page, message):
    inside.pages[SERVICE] = page
    with pytest.raises(Unreachable, match=message):
        canary(environment(traffic="gateway-api", gateway="traefik"), "m")


@pytest.mark.parametrize(
    "given", [{"traffic": "gateway-api", "gateway": "traefik"}, {"traffic": "istio", "gateway": "istio"}]
)
def test_from_elsewhere_the_api_servers_proxy_is_asked(given):
    way = canary(environment(**given), "m")
    assert isinstance(way, ServiceProxy)
    assert (way.api, way.path) == (KubeApi("in-cluster"), PROXY)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"gateway": "traefik"}, "address of the embedded router is not known"),
        ({"traffic": "kserve"}, "KServe has no address of its own"),
    ],
)
def test_where_there_is_no_way_the_remedy_is_named(given, message):
    with pytest.raises(Unreachable, match=message) as caught:
        canary(environment(**given), "m")
    assert "`smoke: false`" in (caught.value.remedy or "")


def test_a_body_is_posted_as_json_and_any_answer_of_the_server_comes_back(site):
    site.pages["/infer"] = Answer(400, b"no such input")
    answer = Direct(f"{site.url}/infer").infer(b"{}", 5.0)
    assert (answer.status, answer.body) == (400, b"no such input")
    (request,) = site.requests
    assert (request.method, request.headers["content-type"], request.body) == (
        "POST",
        "application/json",
        b"{}",
    )


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_what_is_before_the_server_answers_in_its_place(site, code):
    site.pages["/infer"] = Answer(code, b"no upstream")
    with pytest.raises(Unreachable, match=f"answered {code}: no upstream"):
        Direct(f"{site.url}/infer").infer(b"{}", 5.0)


@pytest.mark.parametrize("code", [404, 405, 501])
def test_a_gateway_without_a_path_to_one_track_says_nothing_about_the_canary(site, code):
    site.pages["/servers/m/canary/infer"] = Answer(code, b"no such thing")
    with pytest.raises(
        Unreachable, match=f"answered {code}: this gateway has no way to one track alone"
    ) as told:
        canary(environment(url=site.url), "m").infer(b"{}", 5.0)
    assert "promote by hand, or write `smoke: false`" in (told.value.remedy or "")


def test_a_server_that_does_not_answer_in_time_is_not_reached(site):
    site.pages["/infer"] = site.hang
    with pytest.raises(Unreachable, match=r"did not answer within 0\.2 s"):
        Direct(f"{site.url}/infer").infer(b"{}", 0.2)


def test_the_servers_answer_comes_through_the_proxy(cluster):
    cluster.pages[PROXY] = Answer(404, b'{"error": "unknown model"}')
    answer = canary(environment(traffic="gateway-api", gateway="traefik"), "m").infer(b'{"inputs":[]}', 5.0)
    assert (answer.status, answer.body) == (404, b'{"error": "unknown model"}')
    (request,) = cluster.requests
    assert (request.method, request.body) == ("POST", b'{"inputs":[]}')
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (status(403, "services is forbidden"), "403: services is forbidden"),
        (status(404, 'services "m-canary" not found'), "404: services"),
        (status(503, "no endpoints available"), "503: no endpoints available"),
        (Answer(502, b"bad gateway"), "answered 502: bad gateway"),
    ],
)
def test_a_refusal_of_the_api_server_is_not_the_canarys(cluster, answer, message):
    cluster.pages[PROXY] = answer
    with pytest.raises(Unreachable, match=message):
        canary(environment(traffic="gateway-api", gateway="traefik"), "m").infer(b"{}", 5.0)


def test_a_cluster_without_access_is_not_reached(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    with pytest.raises(Unreachable, match="no access to the cluster"):
        canary(environment(traffic="gateway-api", gateway="traefik"), "m").infer(b"{}", 5.0)
