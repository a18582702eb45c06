"""The options of an environment in a cluster: by flags, or asked for on a terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from sluicegate.ci.scaffold.environment import Cluster, Pool
from sluicegate.specs.plugins import GATEWAYS
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.specs.chart import PinnedChart

_RAW_ON_GITHUB = "https://raw.githubusercontent.com"
_CHART = re.compile(r"(oci://\S+/onnx-serving):([^\s:/@]+)")
_OBJECT = re.compile(r"([a-z0-9][a-z0-9-]{0,62})/([a-z0-9][a-z0-9.-]{0,252})")
_OPTIONS = (
    ("gateway", "Whose series count the requests.", "traefik"),
    ("gateway_object", "The Gateway that routes attach to.", "gateway/models"),
    ("prometheus", "The base URL of the cluster's Prometheus.", "http://prometheus.monitoring:9090"),
    ("namespace", "The models' namespace [default: models-NAME].", ""),
    ("server_image", "The server's image (charts/images/onnx-server), by digest.", None),
    ("artifacts", "Where its files are fetched: URL/REVISION/PATH [default: of a GitHub origin].", None),
    ("domain", "A model answers as MODEL.ENVIRONMENT.DOMAIN.", "models.local"),
    ("chart", "The serving chart in a registry, at a version [default: in charts/].", ""),
    ("gpu_pool", "Nodes with GPUs that its models share, e.g. l4:2:1:24Gi.", ""),
)  # fmt: skip
"""Name, meaning, default; None where one has to be given."""
_METAVARS = {
    "gateway_object": "NAMESPACE/NAME", "prometheus": "URL", "namespace": "NAME", "artifacts": "URL",
    "chart": "oci://REGISTRY/NAMES/onnx-serving:VERSION",
    "server_image": "REGISTRY/NAME@sha256:...", "domain": "DOMAIN", "gpu_pool": "NAME:NODES:GPUS[:MEMORY]",
}  # fmt: skip


def cluster_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--cluster` and what belongs to it; the command gets `cluster`, and the values in `given`."""
    for name, meaning, default in reversed(_OPTIONS):
        shown = f"{meaning} [default: {default}]" if default else meaning
        choices = click.Choice(_gateways()) if name == "gateway" else None
        function = click.option(_flag(name), type=choices, metavar=_METAVARS.get(name), help=shown)(function)
    return click.option(
        "--cluster", is_flag=True, help="In a cluster with Argo CD; what follows is asked for on a terminal."
    )(function)


def cluster_of(cluster: bool, given: dict[str, str | None], name: str, origin: str | None) -> Cluster | None:
    """The cluster that the options describe, None without `--cluster`.

    `origin` is the repository's address. Raises InputError, click.UsageError.
    """
    if not cluster:
        if stray := [key for key, value in given.items() if value is not None]:
            raise click.UsageError(f"{_flag(stray[0])} is of a cluster: add --cluster")
        return None
    defaults = {key: default for key, _, default in _OPTIONS}
    defaults |= {"namespace": f"models-{name}", "artifacts": _artifacts(origin)}
    values = {key: given.get(key) or defaults[key] for key in defaults}
    if is_terminal():
        asked = {
            key: _ask(key, meaning, defaults[key])
            for key, meaning, _ in _OPTIONS
            if given.get(key) is None and key != "chart"
        }
        values |= asked
    if missing := [_flag(key) for key, value in values.items() if value is None]:
        raise click.UsageError(f"an environment in a cluster needs {' and '.join(missing)}")
    return _cluster({key: str(value) for key, value in values.items()})


def is_terminal() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _cluster(values: dict[str, str]) -> Cluster:
    from sluicegate.ci.bootstrap.options import image_by_digest

    match = _OBJECT.fullmatch(values["gateway_object"])
    if match is None:
        raise InputError.of(
            f"{values['gateway_object'][:80]!r} names no Gateway",
            "write NAMESPACE/NAME",
            where="--gateway-object",
        )
    repository, digest = image_by_digest(values["server_image"], "--server-image")
    return Cluster(
        gateway=values["gateway"],
        gateway_object=(match[1], match[2]),
        prometheus=values["prometheus"],
        repository=repository,
        digest=digest,
        artifacts=values["artifacts"],
        domain=values["domain"],
        namespace=values["namespace"],
        chart=_pinned(values["chart"]) if values["chart"] else None,
        pool=Pool.of(values["gpu_pool"]) if values["gpu_pool"] else None,
    )


def _pinned(address: str) -> PinnedChart:
    """The chart with the digest that its registry has for the version today. Raises InputError."""
    from sluicegate.specs.chart import PinnedChart
    from sluicegate.specs.errors import SluiceError
    from sluicegate.validators.helm.pinned_chart import digest_of

    match = _CHART.fullmatch(address)
    if match is None:
        raise InputError.of(
            f"{address[:200]!r} names no chart of a registry",
            "write oci://REGISTRY/NAMES/onnx-serving:VERSION",
            where="--chart",
        )
    try:
        return PinnedChart(match[1], match[2], digest_of(match[1], match[2]))
    except SluiceError as error:
        remedy = error.remedy or "see whether it was pushed there"
        raise InputError.of(error.message, remedy, where="--chart") from error


def _ask(key: str, meaning: str, default: str | None) -> str:
    question = meaning.partition(" [")[0].rstrip(".")
    choices = click.Choice(_gateways()) if key == "gateway" else None
    answer: str = click.prompt(question, default=default, type=choices, show_default=bool(default))
    return answer


def _flag(key: str) -> str:
    return "--" + key.replace("_", "-")


def _gateways() -> list[str]:
    from sluicegate.specs.environment import EMBEDDED_ROUTER

    return [name for name in GATEWAYS.names() if name != EMBEDDED_ROUTER]


def _artifacts(origin: str | None) -> str | None:
    """Where GitHub serves the files of a repository's commits; None elsewhere."""
    from sluicegate.ci.bootstrap.repository_address import github_repository

    repository = github_repository(origin or "")
    return None if repository is None else f"{_RAW_ON_GITHUB}/{repository}"
