"""Asking the dark canary: one request of the Open Inference Protocol past the gateway, which counts nothing.

In the embedded runtime the router has a path for each track. In a cluster the track's Service is asked: from
a pod of the same cluster at its address, from elsewhere through the API server's proxy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

import urllib3

from sluicegate.gate.adapters.bounded_http import Answer, Deadline, NoAnswer, send, with_deadlines
from sluicegate.gate.adapters.kubeapi import KubeApi, Unreadable, in_pod
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.errors import SluiceError

_AWAY = frozenset({429, 502, 503, 504})
"""What a router, a proxy or a server that is not there yet answers in place of the model."""


_NO_WAY = frozenset({404, 405, 501})
"""What a gateway answers that has no path to one track alone; a server of the protocol has its own."""


class Unreachable(SluiceError):
    """The canary was not asked, or whatever is before it answered in its place."""


class Inference(Protocol):
    """One track of one model."""

    def infer(self, body: bytes, seconds: float) -> Answer:
        """The server's answer, whatever its status, within `seconds`. Raises Unreachable."""


@dataclass(frozen=True)
class Direct:
    """A server, or a router's path to it, at `url`."""

    url: str
    manager: urllib3.PoolManager = field(default_factory=lambda: with_deadlines(urllib3.PoolManager()))
    through_gateway: bool = False
    """Whether the path is one that a gateway has to have."""

    def infer(self, body: bytes, seconds: float) -> Answer:
        """See `Inference`."""
        headers = {"Content-Type": "application/json"}
        try:
            answer = send(self.manager, "POST", self.url, Deadline(seconds), headers=headers, body=body)
        except NoAnswer as error:
            raise Unreachable(
                f"{self.url} {error.message}", "see that the canary runs, and that the gate may connect to it"
            ) from error
        if self.through_gateway and answer.status in _NO_WAY:
            raise Unreachable(
                f"{self.url} answered {answer.status}: this gateway has no way to one track alone",
                "give it that path, promote by hand, or write `smoke: false` in environment.yaml",
            )
        return _of_the_server(answer, self.url)


@dataclass(frozen=True)
class ServiceProxy:
    """A Service of another cluster, through the proxy of its API server."""

    api: KubeApi
    path: str
    what: str

    def infer(self, body: bytes, seconds: float) -> Answer:
        """See `Inference`."""
        try:
            answer = self.api.post(self.path, self.what, body, seconds)
        except Unreadable as error:
            raise Unreachable(error.message, error.remedy) from error
        status = _kubernetes_status(answer)
        if status is not None:
            raise Unreachable(
                f"{self.what} is not reached through the API server ({answer.status}: {status})",
                "let the gate's role `create` services/proxy there, see charts/gate/README.md",
            )
        return _of_the_server(answer, self.what)


def canary(environment: EnvironmentSpec, model: str) -> Inference:
    """The way to the canary of a model in an environment. Raises Unreachable where there is none."""
    name = quote(model, safe="")
    if environment.traffic == "embedded":
        if environment.metrics.source != "scrape":
            raise Unreachable(
                "the address of the embedded router is not known: the figures come from Prometheus",
                "write `source: scrape` with the router's address, or `smoke: false`, in environment.yaml",
            )
        url = f"{environment.metrics.url.rstrip('/')}/servers/{name}/canary/infer"
        return Direct(url, through_gateway=True)
    if environment.traffic == "kserve":
        raise Unreachable(
            "KServe has no address of its own for a canary without traffic",
            "write `smoke: false` in environment.yaml, or promote it by hand",
        )
    service = f"{name}-canary"
    namespace = environment.namespace
    inference = f"/v2/models/{name}/infer"
    api = KubeApi(environment.cluster)
    path = f"/api/v1/namespaces/{namespace}/services/{service}"
    what = f"Service {service} in {namespace}"
    if in_pod(environment.cluster):
        return Direct(f"http://{_address(api, path, what)}:8080{inference}")
    return ServiceProxy(api, f"{path}:http/proxy{inference}", what)


def _address(api: KubeApi, path: str, what: str) -> str:
    """The address of a Service, so that the gate needs no name resolved. Raises Unreachable."""
    try:
        address = api.get(path, what)["spec"]["clusterIP"].text
    except NoData as error:
        raise Unreachable(error.message, error.remedy) from error
    if not address or address == "None":
        raise Unreachable(f"{what} has no address", "see the chart")
    return f"[{address}]" if ":" in address else address


def _of_the_server(answer: Answer, where: str) -> Answer:
    """The answer, unless something before the server gave it. Raises Unreachable."""
    if answer.status not in _AWAY:
        return answer
    text = answer.body[:200].decode("utf-8", "replace").strip()
    raise Unreachable(f"{where} answered {answer.status}: {text}", "see whether the canary's server is up")


def _kubernetes_status(answer: Answer) -> str | None:
    """The message of the API server's own refusal; None where the answer is not of its making."""
    if answer.status < 400:
        return None
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("kind") != "Status":
        return None
    return str(document.get("message", ""))[:300]
