"""An API server of kinds and objects that a test sets."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.http_stub import Answer, Request, StubServer

from sluicegate.ci.bootstrap.cluster import Cluster

GROUPS = {
    "/api/v1": {"Namespace": ("namespaces", False), "ConfigMap": ("configmaps", True)},
    "/apis/argoproj.io/v1alpha1": {
        "AppProject": ("appprojects", True),
        "Application": ("applications", True),
        "ApplicationSet": ("applicationsets", True),
    },
    "/apis/gateway.networking.k8s.io/v1": {"HTTPRoute": ("httproutes", True)},
}


class Api:
    """`objects` by their path; a PATCH merges at the top level; `answers` are taken first, once each."""

    def __init__(self) -> None:
        self.groups = {path: dict(kinds) for path, kinds in GROUPS.items()}
        self.objects: dict[str, dict[str, Any]] = {}
        self.answers: dict[tuple[str, str], list[Answer]] = {}
        self.forbidden: set[tuple[str, str, str]] = set()
        """(verb, plural, namespace)"""

    def respond(self, request: Request) -> Answer:
        prepared = self.answers.get((request.method, request.path))
        if prepared:
            return prepared.pop(0)
        if request.path == "/version":
            return answer({"gitVersion": "v1.36.0"})
        if request.path in self.groups:
            resources = [
                {"name": plural, "namespaced": namespaced, "kind": kind}
                for kind, (plural, namespaced) in self.groups[request.path].items()
            ]
            subresource = {"name": "applications/status", "namespaced": True, "kind": "Application"}
            return answer({"resources": [*resources, subresource]})
        if request.method == "POST":
            return answer({"status": {"allowed": self.allows(json.loads(request.body))}})
        if request.method == "PATCH":
            before = self.objects.get(request.path, {})
            after = before | json.loads(request.body)
            if request.query.get("dryRun") != "All":
                self.objects[request.path] = after
            return answer(after)
        if request.path in self.objects:
            return answer(self.objects[request.path])
        return answer({"message": "not found"}, 404)

    def allows(self, review: dict[str, Any]) -> bool:
        wanted = review["spec"]["resourceAttributes"]
        return (wanted["verb"], wanted["resource"], wanted["namespace"]) not in self.forbidden


def answer(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def server(api: Api) -> Iterator[StubServer]:
    with StubServer(api.respond) as server:
        yield server


@pytest.fixture
def cluster(server: StubServer, tmp_path: Path) -> Cluster:
    return Cluster(kubeconfig(tmp_path, server.url))


def kubeconfig(folder: Path, server: str) -> Path:
    file = folder / "kubeconfig"
    file.write_text(
        json.dumps(
            {
                "clusters": [{"name": "c", "cluster": {"server": server}}],
                "users": [{"name": "u", "user": {"token": "t"}}],
                "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
                "current-context": "here",
            }
        )
    )
    return file
