"""A new environment: the files that people write of it, for the embedded runtime or for a cluster."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sluicegate.specs import layout
from sluicegate.specs.chart import PinnedChart
from sluicegate.specs.environment import EMBEDDED_ROUTER
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.names import is_name
from sluicegate.specs.repository import Environments
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.specs.yamlio import InputError, parse, render_flow

FIRST_PORT = 8801
"""Of the first embedded router on a machine; each further environment takes the next one."""
_HTTP = re.compile(r"https?://[^\s@?#/][^\s@?#]*")
"""As charts/onnx-serving/values.schema.json has `artifacts.url`."""
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HEAD = """\
# {about}
# Every key with its meaning: `sluice schema` writes environment.schema.json, which editors complete from.
apiVersion: sluicegate.dev/v1
kind: Environment
metadata:
  name: {name}
spec:
{after}
  namespace: {namespace}
"""
_AFTER = "  after: {after:<26}  # a version starts here once it is stable there"
_FIRST = "  # after: OTHER                    # a version starts here once it is stable there"
_EMBEDDED = """\
  traffic: embedded                  # the router of this machine; in a cluster gateway-api or istio
  metrics: {{source: scrape, url: "http://127.0.0.1:{port}"}}   # where that router answers, and counts
  require: [verdict]                 # only what a complete run of `sluice validate` passed may start
  rollout: {{window: 1s, min_seconds: 5}}   # in place of a model's own: a laptop has no time for 10 s
"""
_IN_CLUSTER = """\
  cluster: in-cluster                # as Argo CD calls it
  traffic: {traffic:<24}  # what splits the traffic
  metrics:
    source: prometheus
    url: {prometheus}
    gateway: {gateway:<22}  # whose series count the requests
  require: [verdict]                 # only what a complete run of `sluice validate` passed may start
"""
_CHART = """\
  chart:                             # `sluice upgrade` moves version and digest together
    repository: {chart.repository}
    version: {chart.version}
    digest: "{chart.digest}"
"""
_VALUES = """\
# What all models of {name} share; a model's own values.yaml and its release.yaml win over it.
# Every key: {chart}/README.md.
engine: ort
images:
  ort: {{repository: {repository}, digest: "{digest}"}}   # of charts/images/onnx-server
artifacts:
  url: {artifacts}   # a file of this repository is URL/REVISION/PATH there
gateway: {{name: {gateway}, namespace: {gateway_namespace}}}   # the Gateway that the routes attach to
route: {{domain: {domain}}}   # a model answers as MODEL.{name}.DOMAIN
"""
_GPU_VALUES = "# gpu: {kind: whole}   # of one model, in its own values.yaml, to serve it on a GPU\n"


@dataclass(frozen=True)
class Pool:
    """Nodes with GPUs, all alike; `memory` of one GPU as `24Gi`, or empty."""

    name: str
    nodes: int
    gpus: int
    memory: str = ""

    @classmethod
    def of(cls, text: str) -> Pool:
        """From `NAME:NODES:GPUS[:MEMORY]`. Raises InputError."""
        match = re.fullmatch(r"([a-z0-9-]+):([1-9]\d{0,3}):([1-9]\d{0,3})(?::([1-9]\d*(?:Mi|Gi)))?", text)
        if match is None:
            raise InputError.of(
                f"{text[:80]!r} describes no GPU pool",
                "write NAME:NODES:GPUS-OF-A-NODE, and behind it the memory of one GPU: l4:2:1:24Gi",
                where="--gpu-pool",
            )
        return cls(match[1], int(match[2]), int(match[3]), match[4] or "")

    def line(self) -> str:
        """The line of environment.yaml."""
        resource = "nvidia.com/gpu"
        pool = {"name": self.name, "nodes": self.nodes, "resources": {resource: self.gpus}}
        if self.memory:
            pool["memory"] = {resource: self.memory}
        return f"  gpu_pool: {render_flow(pool)}   # the GPUs that its models share\n"


@dataclass(frozen=True)
class Cluster:
    """What an environment in a cluster needs to know of it. Raises InputError."""

    gateway: str
    """The gateway whose series count the requests: a name of `specs.plugins.GATEWAYS`."""
    gateway_object: tuple[str, str]
    """Namespace and name of the Gateway."""
    prometheus: str
    """The base URL of the Prometheus server."""
    repository: str
    """Of the server's image."""
    digest: str
    """Of the server's image, `sha256:...`."""
    artifacts: str
    """Where files of the repository can be fetched: URL/REVISION/PATH."""
    domain: str
    namespace: str = ""
    pool: Pool | None = None
    chart: PinnedChart | None = None
    """The serving chart in a registry; None for the one in charts/."""

    def __post_init__(self) -> None:
        if not _HTTP.fullmatch(self.artifacts):
            raise InputError.of(
                f"{self.artifacts[:200]!r} is not an address that files are fetched from",
                "write http:// or https://, a host and a path, without credentials or query",
                where="--artifacts",
            )
        if not _DOMAIN.fullmatch(self.domain):
            raise InputError.of(
                f"{self.domain[:200]!r} is not a DNS domain", "write models.example.org", where="--domain"
            )

    @property
    def traffic(self) -> str:
        """What splits the traffic."""
        return "istio" if self.gateway == "istio" else "gateway-api"


def environment_files(
    name: str, after: Sequence[str], cluster: Cluster | None, existing: Environments
) -> dict[str, str]:
    """The files of a new environment, by path. Raises InputError for a name or a value that cannot be."""
    _require_free(name, after, existing)
    path = layout.environment_path(name)
    text = _environment_yaml(name, after, cluster, existing)
    load_environment(parse(text.encode(), path).checked())
    files = {path: text}
    if cluster is not None:
        files[layout.environment_values_path(name)] = _values_yaml(name, cluster)
    return files


def _require_free(name: str, after: Sequence[str], existing: Environments) -> None:
    if not is_name(name):
        raise InputError.of(
            f"{name[:80]!r} cannot name an environment",
            "use up to 63 lower-case letters, digits and hyphens: it becomes part of Kubernetes names",
        )
    if name in existing.names:
        raise InputError.of(
            f"{layout.environment_path(name)} already exists", "choose another name; nothing is overwritten"
        )
    for before in after:
        if before not in existing.names:
            raise InputError.of(
                f"no environment is called {before!r}",
                suggest_one_of(before, sorted(existing.names)),
                where="--after",
            )


def _environment_yaml(
    name: str, after: Sequence[str], cluster: Cluster | None, existing: Environments
) -> str:
    before = after[0] if len(after) == 1 else render_flow(list(after))
    about = (
        f"Takes what {' and '.join(after)} runs as stable." if after else "Takes each version that is merged."
    )
    head = _HEAD.format(
        about=about,
        name=render_flow(name) if name.isdigit() else name,
        after=_AFTER.format(after=before) if after else _FIRST,
        namespace=(cluster.namespace if cluster else "") or f"models-{name}",
    )
    if cluster is None:
        return head + _EMBEDDED.format(port=_free_port(existing))
    body = _IN_CLUSTER.format(
        traffic=cluster.traffic, prometheus=render_flow(cluster.prometheus), gateway=cluster.gateway
    )
    chart = _CHART.format(chart=cluster.chart) if cluster.chart else ""
    return head + body + chart + (cluster.pool.line() if cluster.pool else "")


def _values_yaml(name: str, cluster: Cluster) -> str:
    namespace, gateway = cluster.gateway_object
    text = _VALUES.format(
        name=name,
        chart=layout.SERVING_CHART,
        repository=render_flow(cluster.repository),
        digest=cluster.digest,
        artifacts=render_flow(cluster.artifacts.rstrip("/")),
        gateway=render_flow(gateway),
        gateway_namespace=render_flow(namespace),
        domain=render_flow(cluster.domain),
    )
    return text + (_GPU_VALUES if cluster.pool else "")


def _free_port(existing: Environments) -> int:
    """The port behind the highest that an embedded environment uses."""
    embedded = [spec for spec in existing.specs.values() if spec.metrics.gateway == EMBEDDED_ROUTER]
    used = [urlsplit(spec.metrics.url).port or 0 for spec in embedded]
    return max([FIRST_PORT - 1, *used]) + 1
