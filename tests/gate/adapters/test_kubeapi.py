import json
from pathlib import Path

import pytest
from support.http_stub import Answer, StubServer

from sluicegate.gate.adapters.kubeapi import CachedReader, KubeApi, NotThere, Unreadable, api_server
from sluicegate.gate.adapters.node import Node


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch) -> Path:
    file = tmp_path / "kubeconfig"
    monkeypatch.setenv("KUBECONFIG", str(file))
    return file


def point_at(kubeconfig: Path, server: str, *contexts: str) -> None:
    names = contexts or ("here",)
    config = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "secret"}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in names],
        "current-context": names[0],
    }
    kubeconfig.write_text(json.dumps(config))


def test_an_object_is_read_with_its_query(kubeconfig: Path):
    with StubServer(lambda _: b'{"kind": "Pod"}') as server:
        point_at(kubeconfig, server.url)
        node = KubeApi().get("/api/v1/pods", "the pods", labelSelector="a=b")
        assert (node["kind"].text, node.location) == ("Pod", "the pods")
        assert server.requests[0].target == "/api/v1/pods?labelSelector=a%3Db"


def test_a_patch_is_a_merge_patch(kubeconfig: Path):
    with StubServer(lambda _: b"{}") as server:
        point_at(kubeconfig, server.url)
        KubeApi().patch("/x", "x", {"metadata": {"annotations": {"a": "b"}}})
        (request,) = server.requests
    assert request.method == "PATCH"
    assert request.headers["content-type"] == "application/merge-patch+json"
    assert json.loads(request.body) == {"metadata": {"annotations": {"a": "b"}}}


@pytest.mark.parametrize(
    ("status", "kind", "message", "remedy"),
    [
        (404, NotThere, "the pod is not there (why)", "see whether it was synced, and into which namespace"),
        (
            401,
            Unreadable,
            "the pod is refused to the gate (401: why)",
            "grant the gate's role of charts/gate",
        ),
        (
            403,
            Unreadable,
            "the pod is refused to the gate (403: why)",
            "grant the gate's role of charts/gate",
        ),
        (500, Unreadable, "the pod: the API server answered 500 (why)", "see its log"),
        (302, Unreadable, "the pod: the API server answered 302 (why)", "see its log"),
    ],
)
def test_a_refusal_has_its_reason_and_a_remedy(
    kubeconfig: Path, status: int, kind: type[Unreadable], message: str, remedy: str
):
    with StubServer(lambda _: Answer(status, b'{"message": "why"}')) as server:
        point_at(kubeconfig, server.url)
        with pytest.raises(kind) as raised:
            KubeApi().get("/x", "the pod")
    assert (raised.value.message, raised.value.remedy) == (message, remedy)


def test_a_refusal_that_is_not_of_an_api_server_shows_its_first_words(kubeconfig: Path):
    with StubServer(lambda _: Answer(502, b"Bad Gateway" + b"\n" * 200 + b"more")) as server:
        point_at(kubeconfig, server.url)
        with pytest.raises(Unreadable, match=r"answered 502 \(Bad Gateway\n+\)"):
            KubeApi().get("/x", "the pod")


@pytest.mark.parametrize("body", [b"<html>", b"", b"[" * 200_000])
def test_what_is_not_json_is_unreadable(kubeconfig: Path, body: bytes):
    with StubServer(lambda _: body) as server:
        point_at(kubeconfig, server.url)
        with pytest.raises(Unreadable, match="the answer is not JSON; see whether the address is an API"):
            KubeApi().get("/x", "the pod")


def test_a_server_that_does_not_answer_is_named_with_its_cluster(kubeconfig: Path):
    point_at(kubeconfig, "http://127.0.0.1:1", "eu")
    with pytest.raises(
        Unreadable, match=r"the pod: the API server of eu did not answer: .*refused; see that"
    ):
        KubeApi("eu").get("/x", "the pod")


def test_a_connection_is_kept_until_its_kubeconfig_changes(kubeconfig: Path):
    point_at(kubeconfig, "http://127.0.0.1:1")
    first = api_server("in-cluster")
    assert api_server("in-cluster") is first
    point_at(kubeconfig, "http://127.0.0.1:2", "other-name")
    assert api_server("in-cluster").address == "http://127.0.0.1:2"


def test_a_cluster_without_a_context_is_unreadable(kubeconfig: Path):
    point_at(kubeconfig, "http://127.0.0.1:1")
    with pytest.raises(Unreadable, match=r"no access to the cluster 'eu' is configured .*set KUBECONFIG"):
        KubeApi("eu").get("/x", "the pod")


def test_each_object_is_requested_once():
    requested = []

    class Api:
        def get(self, path: str, what: str, **query: str) -> Node:
            requested.append((path, query))
            return Node({}, what)

    reader = CachedReader(Api())
    for selector in ("a", "b", "a"):
        reader.get("/x", "x", labelSelector=selector)
    assert requested == [("/x", {"labelSelector": "a"}), ("/x", {"labelSelector": "b"})]
