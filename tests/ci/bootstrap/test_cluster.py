"""One cluster, against an API server of answers; the cluster suite has a real one."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.http_stub import Answer, StubServer

from sluicegate.ci.bootstrap.cluster import Applied, Cluster
from sluicegate.ci.bootstrap.cluster_errors import ClusterError, Conflict

SET_PATH = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applicationsets/s"
SET: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "ApplicationSet",
    "metadata": {"name": "s", "namespace": "argocd"},
    "spec": {"x": 1},
}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "models"}}


def conflict(*managers: str) -> Answer:
    reason = " ".join(f'conflict with "{manager}" using a/v1' for manager in managers)
    return Answer(409, json.dumps({"kind": "Status", "message": reason}).encode())


def test_the_version_is_read(cluster: Cluster):
    assert cluster.version() == "v1.36.0"


def test_an_object_is_created_and_then_unchanged_and_then_changed(cluster: Cluster, server: StubServer):
    assert cluster.apply(SET) == Applied("ApplicationSet", "argocd", "s", "created")
    assert cluster.apply(SET) == Applied("ApplicationSet", "argocd", "s", "unchanged")
    assert cluster.apply(SET | {"spec": {"x": 2}}) == Applied("ApplicationSet", "argocd", "s", "changed")
    patch = next(request for request in server.requests if request.method == "PATCH")
    assert patch.query == {"fieldManager": "sluicegate", "fieldValidation": "Strict"}
    assert patch.headers["content-type"] == "application/apply-patch+yaml"
    assert json.loads(patch.body) == SET


def test_what_changes_by_itself_is_not_a_change(cluster: Cluster, api):
    api.objects[SET_PATH] = SET | {"status": {"y": 1}, "metadata": SET["metadata"] | {"resourceVersion": "1"}}
    after = SET | {
        "status": {"y": 2},
        "metadata": SET["metadata"] | {"resourceVersion": "2", "generation": 3},
    }
    api.answers["PATCH", SET_PATH] = [Answer(200, json.dumps(after).encode())]
    assert cluster.apply(SET).done == "unchanged"


def test_a_dry_run_keeps_nothing_and_takes_what_needs_a_new_namespace_for_created(cluster: Cluster, api):
    assert cluster.apply(NAMESPACE, dry_run=True) == Applied("Namespace", None, "models", "created")
    api.answers["PATCH", SET_PATH] = [Answer(404, b'{"message": "namespace not found"}')]
    assert cluster.apply(SET, dry_run=True).done == "created"
    assert api.objects == {}


def test_a_namespace_that_is_not_there_is_named(cluster: Cluster, api):
    api.answers["PATCH", SET_PATH] = [Answer(404, b'{"message": "no namespace"}')]
    with pytest.raises(ClusterError, match=r"ApplicationSet argocd/s is not there, .*; see --argocd-namesp"):
        cluster.apply(SET)


def test_what_argo_cd_wrote_back_is_taken_over(cluster: Cluster, api, server: StubServer):
    api.answers["PATCH", SET_PATH] = [conflict("argocd", "argocd-applicationset-controller")]
    assert cluster.apply(SET).done == "created"
    assert server.requests[-1].query["force"] == "true"


@pytest.mark.parametrize("managers", [("kubectl-edit",), ("argocd", "kubectl-edit"), ()])
def test_what_a_person_set_is_a_conflict_that_names_them(cluster: Cluster, api, managers: tuple[str, ...]):
    api.answers["PATCH", SET_PATH] = [conflict(*managers)]
    with pytest.raises(Conflict, match=r"is kept by somebody else .*; let them give it up") as raised:
        cluster.apply(SET)
    assert raised.value.managers == set(managers)


def test_force_takes_over_what_a_person_set(cluster: Cluster, server: StubServer):
    cluster.apply(SET, force=True)
    assert server.requests[-1].query["force"] == "true"


def test_what_the_account_may_not_do_is_listed(cluster: Cluster, api):
    api.forbidden = {("patch", "applicationsets", "argocd"), ("create", "namespaces", "")}
    assert cluster.forbidden([SET, NAMESPACE]) == [
        "create namespaces",
        "patch applicationsets.argoproj.io in argocd",
    ]


def test_a_kind_that_the_cluster_does_not_serve_is_named(cluster: Cluster):
    assert cluster.serves("argoproj.io/v1alpha1", "AppProject")
    assert not cluster.serves("example.org/v1", "Thing")
    with pytest.raises(ClusterError, match=r"does not know Thing of example\.org/v1; install what brings"):
        cluster.apply({"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "t"}})


def test_a_secret_is_there_if_it_has_the_key(cluster: Cluster, api):
    path = "/api/v1/namespaces/n/secrets/s"
    assert cluster.secret("n", "s", "url") is False
    api.objects[path] = {"data": {"url": "eA=="}}
    assert cluster.secret("n", "s", "url") is True and cluster.secret("n", "s", "token") is False
    api.answers["GET", path] = [Answer(403, b"{}")]
    assert cluster.secret("n", "s", "url") is None


def test_a_config_map_that_may_not_be_read_is_none(cluster: Cluster, api):
    path = "/api/v1/namespaces/n/configmaps/c"
    assert cluster.config("n", "c") is None
    api.objects[path] = {"data": {"a": "b"}}
    assert cluster.config("n", "c") == {"a": "b"}
    api.answers["GET", path] = [Answer(403, b"{}")]
    assert cluster.config("n", "c") is None


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "does not know this account"),
        (403, "is forbidden to this account"),
        (422, "the cluster refuses its version"),
        (503, "the API server answers 503"),
    ],
)
@pytest.mark.parametrize("body", [b'{"kind": "Status", "message": "so"}', b"so", b"[]"])
def test_a_refusal_is_named(cluster: Cluster, api, status: int, body: bytes, message: str):
    api.answers["GET", "/version"] = [Answer(status, body)]
    with pytest.raises(ClusterError, match=message) as raised:
        cluster.version()
    assert raised.value.remedy


@pytest.mark.parametrize("text", ["", "[", "a: 1", "{}"])
def test_a_file_that_is_not_a_kubeconfig_is_named(tmp_path: Path, text: str):
    file = tmp_path / "kubeconfig"
    file.write_text(text)
    with pytest.raises(ClusterError, match=r"gives no access to a cluster .*; name one with --kubeconfig"):
        Cluster(file)
