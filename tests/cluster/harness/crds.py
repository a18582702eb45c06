"""Custom resource definitions, taken out of the Go modules that tools/crds/go.mod pins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from harness.kube import Kube, Object, api
from harness.run import Run, call
from harness.wait import NotYet, until

MODULES = Path(__file__).parents[1] / "tools" / "crds"
MARK = "sluicegate.dev/applied-sha256"
SECONDS = 60.0
"""Until all definitions are served."""


@dataclass(frozen=True)
class Source:
    """Where a project keeps its definitions: the module, and the files or folders inside it."""

    module: str
    places: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    """Only these kinds; all that are there where none is named."""


# Only what the charts render, or a component reads: each definition costs the API server time and memory.
SOURCES = (
    Source("sigs.k8s.io/gateway-api", ("config/crd/standard",)),
    Source("github.com/argoproj/argo-cd/v3", ("manifests/crds",)),
    Source(
        "github.com/prometheus-operator/prometheus-operator",
        tuple(
            f"example/prometheus-operator-crd/monitoring.coreos.com_{kind}.yaml"
            for kind in ("servicemonitors", "podmonitors", "prometheusrules")
        ),
    ),
    Source(
        "github.com/kedacore/keda/v2",
        tuple(
            f"config/crd/bases/keda.sh_{kind}.yaml" for kind in ("scaledobjects", "triggerauthentications")
        ),
    ),
    Source(
        "github.com/kserve/kserve",
        tuple(
            f"config/crd/full/serving.kserve.io_{kind}.yaml"
            for kind in ("inferenceservices", "servingruntimes")
        ),
    ),
    Source(
        "istio.io/api",
        ("kubernetes/customresourcedefinitions.gen.yaml",),
        ("DestinationRule", "VirtualService"),
    ),
)


class SourceMissing(Exception):
    """A module does not hold the definitions where they are looked for; says where, and the remedy."""


def folder(module: str) -> Path:
    """The folder of a pinned module's files in the module cache, downloaded where it is not there.

    Raises `SourceMissing` for a module that go.mod does not pin, `CommandFailed` with what Go said.
    """
    version = _pinned().get(module)
    if version is None:
        raise SourceMissing(f"{MODULES / 'go.mod'} pins no {module}; add a require line for it")
    # An explicit version: the modules are only files here, their own requirements need not be resolved.
    command = ["go", "-C", str(MODULES), "mod", "download", "-json", f"{module}@{version}"]
    return Path(json.loads(call(command, env={"GOTOOLCHAIN": "local", "GOFLAGS": ""}))["Dir"])


def _pinned() -> dict[str, str]:
    words = [line.split("//")[0].split() for line in (MODULES / "go.mod").read_text().splitlines()]
    pairs = [line[1:] if line[:1] == ["require"] else line for line in words]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and pair[1].startswith("v")}


def files(source: Source) -> list[Path]:
    """The files of a source. Raises `SourceMissing` where there is none."""
    root = folder(source.module)
    found = [
        path
        for place in source.places
        for path in ([root / place] if (root / place).is_file() else sorted((root / place).rglob("*.yaml")))
    ]
    if not found:
        raise SourceMissing(f"{root} holds none of {', '.join(source.places)}; correct SOURCES in {__file__}")
    return found


def documents(path: Path) -> Iterator[Any]:
    """The YAML documents of a file that are not empty."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open("rb") as stream:
        yield from filter(None, yaml.load_all(stream, loader))


def definitions() -> list[Object]:
    """All definitions of all sources."""
    return [
        body
        for source in SOURCES
        for path in files(source)
        for body in documents(path)
        if body.get("kind") == "CustomResourceDefinition"
        and (not source.kinds or body["spec"]["names"]["kind"] in source.kinds)
    ]


def start(run: Run) -> None:
    """Apply all definitions, server-side, and wait until each is established."""
    kube = api(run)
    wanted = definitions()
    for body in wanted:
        body.pop("status", None)
        _apply(kube, body)
    pending = {body["metadata"]["name"] for body in wanted}
    until(f"{len(pending)} custom resource definitions", lambda: _none(kube, pending), SECONDS)


def _apply(kube: Kube, body: Object) -> None:
    """Apply one, unless the cluster has it from the same bytes: applying it costs a second of its CPU."""
    mark = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    there = kube.find("apiextensions.k8s.io/v1", "CustomResourceDefinition", body["metadata"]["name"])
    if there is None or there["metadata"].get("annotations", {}).get(MARK) != mark:
        body["metadata"].setdefault("annotations", {})[MARK] = mark
        kube.apply(body, manager="harness-crds")


def _none(kube: Kube, pending: set[str]) -> bool:
    """Whether all are established; takes those that are out of `pending`."""
    for name in sorted(pending):
        body = kube.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", name)
        conditions = body.get("status", {}).get("conditions") or ()
        if any(each["type"] == "Established" and each["status"] == "True" for each in conditions):
            pending.discard(name)
    if pending:
        raise NotYet(f"not established: {', '.join(sorted(pending)[:5])}")
    return True
