"""Kubernetes objects as the gate reads them: single ones, or lists, each request bounded.

Which API server is meant follows from the name that `environment.yaml` gives a cluster.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from sluicegate.gate.adapters.apiserver import ApiServer, NotConfigured, from_kubeconfig, from_pod
from sluicegate.gate.adapters.bounded_http import Answer, NoAnswer
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.environment import IN_CLUSTER

MERGE_PATCH = "application/merge-patch+json"
_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_connecting = threading.Lock()


class Unreadable(NoData):
    """The cluster gave nothing to use."""


class NotThere(Unreadable):
    """The object does not exist."""


class ObjectReader(Protocol):
    """Reads objects of one cluster."""

    def get(self, path: str, what: str, **query: str) -> Node:
        """One object, or a list of them; `what` describes it in messages. Raises Unreadable, NotThere."""


@dataclass(frozen=True)
class CachedReader:
    """Requests each object once."""

    api: ObjectReader
    cache: dict[tuple[str, ...], Node] = field(default_factory=dict)

    def get(self, path: str, what: str, **query: str) -> Node:
        """See `ObjectReader`."""
        key = (path, *query.values())
        if key not in self.cache:
            self.cache[key] = self.api.get(path, what, **query)
        return self.cache[key]


@dataclass(frozen=True)
class KubeApi:
    """The API server of one cluster, named as `environment.yaml` names it.

    `in-cluster` is the pod's own service account or, outside of a pod, the kubeconfig's current context; any
    other name is a context of the kubeconfig.
    """

    cluster: str = IN_CLUSTER
    seconds: float = 5.0
    """The most that one request may take, connecting included."""

    def get(self, path: str, what: str, **query: str) -> Node:
        """See `ObjectReader`."""
        if query:
            path = f"{path}?{urlencode(query)}"
        return Node(self._request("GET", path, what), what)

    def patch(self, path: str, what: str, body: Mapping[str, Any]) -> None:
        """Merge into one object. Raises Unreadable, NotThere."""
        self._request("PATCH", path, what, json.dumps(body).encode())

    def post(self, path: str, what: str, body: bytes, seconds: float) -> Answer:
        """Send a body of JSON; the answer, whatever its status. Raises Unreadable."""
        return self._answer("POST", path, what, seconds, body, "application/json")

    def _request(self, method: str, path: str, what: str, body: bytes | None = None) -> Any:
        answer = self._answer(method, path, what, self.seconds, body, MERGE_PATCH)
        if not 200 <= answer.status <= 299:
            raise _refusal(answer, what)
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise Unreadable(
                f"{what}: the answer is not JSON", "see whether the address is an API server"
            ) from error

    def _answer(  # noqa: PLR0917 - a request, and what bounds it
        self, method: str, path: str, what: str, seconds: float, body: bytes | None, content_type: str
    ) -> Answer:
        server = api_server(self.cluster)
        try:
            return server.request(method, path, seconds, body, content_type)
        except NoAnswer as error:
            raise Unreadable(
                f"{what}: the API server of {self.cluster} {error.message}",
                "see that it is up, and what the kubeconfig or service account says",
            ) from error


def _refusal(answer: Answer, what: str) -> Unreadable:
    """The error for an answer that is not a success."""
    try:
        reason = str(json.loads(answer.body)["message"])[:300]
    except (ValueError, RecursionError, KeyError, TypeError):
        reason = answer.body[:100].decode("utf-8", "replace")
    if answer.status == 404:
        return NotThere(
            f"{what} is not there ({reason})", "see whether it was synced, and into which namespace"
        )
    if answer.status in (401, 403):
        return Unreadable(
            f"{what} is refused to the gate ({answer.status}: {reason})",
            "grant the gate's role of charts/gate",
        )
    return Unreadable(f"{what}: the API server answered {answer.status} ({reason})", "see its log")


def in_pod(cluster: str) -> bool:
    """Whether this runs in a pod of that cluster."""
    return cluster == IN_CLUSTER and _TOKEN.is_file()


def api_server(cluster: str) -> ApiServer:
    """The API server of a cluster; the same for as long as its configuration is. Raises Unreadable."""
    pod = os.environ.get("KUBERNETES_SERVICE_HOST", "") if in_pod(cluster) else ""
    files = [Path(name) for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    if not files:
        files = [Path.home() / ".kube" / "config"]
    stamps = tuple((str(file), file.stat().st_mtime_ns if file.is_file() else 0) for file in files)
    with _connecting:
        return _connected(cluster, pod, stamps)


@lru_cache(maxsize=64)
def _connected(cluster: str, pod: str, stamps: tuple[tuple[str, int], ...]) -> ApiServer:
    try:
        if pod:
            return from_pod()
        context = None if cluster == IN_CLUSTER else cluster
        return from_kubeconfig(os.pathsep.join(name for name, _ in stamps), context)
    except NotConfigured as error:
        raise Unreadable(
            f"no access to the cluster {cluster!r} is configured ({error.message})",
            "run in a pod with a service account, or set KUBECONFIG to a file that has the context",
        ) from error
