"""A registered model of MLflow as files on this machine, with where it comes from.

By MLflow's own client (extra `mlflow`), so its variables hold: MLFLOW_TRACKING_URI, its credentials, also
those of Databricks. What is read is the ONNX flavour alone: no pickle, and no code of the model's.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sluicegate.ci.mlflow.lineage import lineage_of
from sluicegate.ci.mlflow.signature import columns_of, differences
from sluicegate.specs.artifacts.errors import NotFound
from sluicegate.specs.artifacts.reference import may_be_beside
from sluicegate.specs.artifacts.sources.mlflow import answered, downloaded
from sluicegate.specs.names import RELATIVE_PATH
from sluicegate.specs.yamlio import InputError, parse
from sluicegate.validators.onnx.facts import Graph, read_graph

SCHEME = "mlflow:"
_PLACE = re.compile(
    r"mlflow:/models/(?P<name>[^/@]+)(?:/(?P<version>[0-9]+)|@(?P<alias>[^/@]+)|/(?P<stage>[A-Za-z]+))"
)
_WRITE = "write mlflow:/models/NAME/VERSION, mlflow:/models/NAME@ALIAS or mlflow:/models/NAME/STAGE"
_FLAVOUR = "onnx"


@dataclass(frozen=True)
class Registered:
    """One version of a registered model. `onnx` has its external data beside it."""

    name: str
    version: str
    onnx: Path
    columns: tuple[str, ...] = ()
    """Of the only input, as MLflow's signature names them."""
    lineage: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Its address by number, which never means another one."""
        return f"mlflow:/models/{self.name}/{self.version}"


@contextmanager
def registered(address: str) -> Iterator[Registered]:
    """The version that an address names, in a temporary folder.

    Raises InputError for an invalid address and a model without the ONNX flavour, SourceUnknown,
    SourceRefused, NotFound, and GraphError.
    """
    found = _PLACE.fullmatch(address)
    if found is None:
        raise InputError.of(f"{address} names no registered model", _WRITE, where="--from")
    version = _version(address, found)
    place = f"mlflow:/models/{version.name}/{version.version}"
    with tempfile.TemporaryDirectory(prefix="sluice-mlflow-") as name:
        folder = Path(name)
        described = _described(place, folder)
        onnx, graph = _files(place, _onnx_path(place, described), folder)
        signature = described.get("signature") or {}
        lineage, notes = lineage_of(version)
        yield Registered(
            version.name,
            str(version.version),
            onnx,
            columns_of(signature, graph),
            lineage,
            (*notes, *differences(signature, graph)),
        )


def _version(address: str, found: re.Match[str]) -> Any:
    """MLflow's `ModelVersion`."""
    with answered(address):
        from mlflow import MlflowClient

        client, name = MlflowClient(), found["name"]
        if found["alias"]:
            return client.get_model_version_by_alias(name, found["alias"])
        if found["version"]:
            return client.get_model_version(name, found["version"])
        versions = client.get_latest_versions(name, stages=[found["stage"]])
    if not versions:
        raise NotFound(f"{address}: no version is in that stage", "name a version, or an alias")
    return versions[0]


def _described(place: str, folder: Path) -> dict[str, Any]:
    """What the file MLmodel says."""
    path = downloaded(f"{place}/MLmodel", folder)
    value = parse(path.read_bytes(), f"{place}/MLmodel").checked().value
    return value if isinstance(value, dict) else {}


def _onnx_path(place: str, described: Mapping[str, Any]) -> str:
    """The ONNX file in the model's folder. Raises InputError for a model of other flavours."""
    flavours = described.get("flavors") or {}
    data = (flavours.get(_FLAVOUR) or {}).get("data")
    if not isinstance(data, str) or re.fullmatch(RELATIVE_PATH, data) is None:
        raise InputError.of(
            f"{place} has the flavours {', '.join(sorted(flavours)) or 'none'}, and not {_FLAVOUR}",
            "log it with mlflow.onnx.log_model, or convert its file: --from FORMAT FILE",
        )
    return data


def _files(place: str, path: str, folder: Path) -> tuple[Path, Graph]:
    """The ONNX file, with the files beside it that it names. Raises InputError for one that leads out."""
    onnx = _brought(f"{place}/{path}", folder, path)
    graph = read_graph(onnx)
    above = path.rpartition("/")[0]
    for location in sorted({tensor.location for tensor in graph.external_tensors}):
        if not may_be_beside(path.rpartition("/")[2], location):
            raise InputError.of(f"{place}/{path} has tensors in {location[:80]!r}", "save its data beside it")
        below = f"{above}/{location}" if above else location
        _brought(f"{place}/{below}", folder, below)
    return onnx, graph


def _brought(address: str, folder: Path, path: str) -> Path:
    """A file of the model, at its own path in the folder: MLflow's client keeps the folders or not."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        downloaded(address, Path(scratch)).replace(target)
    return target
