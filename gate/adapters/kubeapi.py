"""One Kubernetes API server: bounded reads of single objects, by the `kubernetes` package's configuration.

The package is imported at the first use, for that takes more than a second. It finds the server and the
credentials (also rotating and executed ones); the requests themselves are made here, bounded in seconds and
bytes, without retries and redirects.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlencode

from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData

IN_CLUSTER = "in-cluster"
"""The cluster that Argo CD runs in, as Argo CD itself calls it."""
LARGEST = 8 << 20
"""Bytes of one answer."""
MERGE_PATCH = "application/merge-patch+json"
_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_loading = threading.Lock()


class Unreadable(NoData):
    """Why the cluster gives nothing to use, with the remedy."""


class NotThere(Unreadable):
    """The object does not exist."""


class ObjectReader(Protocol):
    """What reads objects."""

    def get(self, path: str, what: str, **query: str) -> Node:
        """One object, or a list of them; `what` names it in words. Raises Unreadable, NotThere."""


@dataclass(frozen=True)
class CachedReader:
    """Asks for each object once."""

    api: ObjectReader
    found: dict[tuple[str, ...], Node] = field(default_factory=dict)

    def get(self, path: str, what: str, **query: str) -> Node:
        """See `ObjectReader`."""
        key = (path, *query.values())
        if key not in self.found:
            self.found[key] = self.api.get(path, what, **query)
        return self.found[key]


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
        return Node(self._answer("GET", path + (f"?{urlencode(query)}" if query else ""), what), what)

    def patch(self, path: str, what: str, body: Mapping[str, Any]) -> None:
        """Merge into one object. Raises Unreadable, NotThere."""
        self._answer("PATCH", path, what, json.dumps(body).encode(), {"Content-Type": MERGE_PATCH})

    def _answer(
        self, method: str, path: str, what: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Any:
        client = _client(self.cluster)
        until = monotonic() + self.seconds
        sent = {"Accept": "application/json", **headers}
        try:
            client.update_params_for_auth(sent, [], ["BearerToken"])
            response = client.rest_client.pool_manager.request(
                method,
                client.configuration.host.rstrip("/") + path,
                body=body,
                headers=sent,
                timeout=self.seconds,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            found = _body(response, until, self.seconds)
        except Unreadable as error:
            raise Unreadable(f"{what}: the API server {error}") from error
        # urllib3, ssl and credential plug-ins raise what they like; to the gate it is all one.
        except Exception as error:
            said = f"{type(error).__name__}: {str(error)[:300]}"
            raise Unreadable(
                f"{what}: the API server of {self.cluster} did not answer ({said}); see that it is up, and "
                "what the kubeconfig or service account says"
            ) from error
        if not 200 <= response.status <= 299:
            raise _refused(response.status, found, what)
        try:
            return json.loads(found)
        except (ValueError, RecursionError) as error:
            raise Unreadable(
                f"{what}: answered with what is no JSON; see whether the address is an API server"
            ) from error


def _body(response: Any, until: float, seconds: float) -> bytes:
    """The whole body, however slowly it comes: a socket's own time-out counts from byte to byte."""
    parts, size = [], 0
    try:
        while part := response.read1(1 << 16):
            size += len(part)
            if size > LARGEST:
                raise Unreadable(f"answered with more than {LARGEST:,} bytes")
            if monotonic() > until:
                raise Unreadable(f"did not answer within {seconds:g} s")
            parts.append(part)
    except BaseException:
        response.close()
        raise
    response.release_conn()
    return b"".join(parts)


def _refused(status: int, body: bytes, what: str) -> Unreadable:
    try:
        said = str(json.loads(body)["message"])[:300]
    except (ValueError, RecursionError, KeyError, TypeError):
        said = body[:100].decode("utf-8", "replace")
    if status == 404:
        return NotThere(f"{what} is not there ({said}); see whether it was synced, and into which namespace")
    if status in (401, 403):
        return Unreadable(
            f"{what} is refused to the gate ({status}: {said}); grant the gate's role of charts/gate"
        )
    return Unreadable(f"{what}: the API server answered {status} ({said}); see its log")


def _client(cluster: str) -> Any:
    """The client of a cluster; one for as long as its configuration is the same. Raises Unreadable."""
    files = tuple(Path(name) for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name)
    known = files or (Path.home() / ".kube" / "config",)
    stamps = tuple((str(file), file.stat().st_mtime_ns if file.is_file() else 0) for file in known)
    pod = os.environ.get("KUBERNETES_SERVICE_HOST", "") if _TOKEN.is_file() else ""
    with _loading:
        return _loaded(cluster, pod if cluster == IN_CLUSTER else "", stamps)


@lru_cache(maxsize=64)
def _loaded(cluster: str, pod: str, stamps: tuple[tuple[str, int], ...]) -> Any:
    from kubernetes import client, config  # costs more than a second

    made = client.Configuration()
    made.retries = False
    try:
        if pod:
            config.load_incluster_config(client_configuration=made)
        else:
            files = os.pathsep.join(name for name, _ in stamps)
            context = None if cluster == IN_CLUSTER else cluster
            config.load_kube_config(files, context, made, persist_config=False)
        return client.ApiClient(made)
    # The loader raises its own ConfigException, YAML's errors, KeyError and more.
    except Exception as error:
        raise Unreadable(
            f"no access to the cluster {cluster!r} is configured ({str(error)[:300]}); run in a pod with a "
            "service account, or set KUBECONFIG to a file that has the context"
        ) from error
