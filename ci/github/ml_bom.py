"""A model's bill of materials: CycloneDX 1.6, component type `machine-learning-model` (an ML-BOM). Pure.

https://cyclonedx.org/docs/1.6/json/ names the fields. What neither model.yaml nor its files say is left out,
not guessed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sluicegate.ci.github.model_directory import Directory
from sluicegate.specs.artifact import PinnedFile
from sluicegate.specs.layout import model_directory
from sluicegate.specs.model import File, ModelSpec, Tensor
from sluicegate.validators.runner.finding import Report

_NAMESPACE = uuid.UUID("7c1f5f0e-6b52-5d0a-9c57-3a1b0a6f2d11")
"""Of the serial numbers, so that the same version always has the same one."""


def ml_bom(
    spec: ModelSpec,
    revision: str | None,
    when: datetime | None,
    directory: Directory | None = None,
    report: Report | None = None,
) -> dict[str, Any]:
    """The bill of one version; `revision` is the commit that brought it, `when` the moment of that commit.

    `directory` is what its files say of it, `report` has what was measured of it.
    """
    directory = directory or Directory()
    identity = f"{spec.name}@{spec.version}"
    data = (("reference", spec.data.reference), ("evaluation", spec.data.evaluation))
    packages = [_package(spec, name, version) for name, version in directory.packages]
    files = [_file(spec, file) for file in spec.artifact.files]
    parts = [*(_data(spec, name, file) for name, file in data), *files, *packages]
    metadata: dict[str, Any] = {"component": _model(spec, revision, directory, report)}
    if when is not None:
        metadata["timestamp"] = when.isoformat()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{identity} {spec.artifact.sha256}')}",
        "version": 1,
        "metadata": metadata,
        "components": parts,
        "dependencies": [{"ref": identity, "dependsOn": sorted(part["bom-ref"] for part in parts)}],
    }


def _model(
    spec: ModelSpec, revision: str | None, directory: Directory, report: Report | None
) -> dict[str, Any]:
    properties = [
        *([{"name": "sluicegate:revision", "value": revision}] if revision else []),
        *({"name": "sluicegate:owner", "value": owner} for owner in spec.owners),
        *_lineage(spec),
    ]
    model: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"{spec.name}@{spec.version}",
        "name": spec.name,
        "version": str(spec.version),
        "properties": properties,
        "modelCard": {"modelParameters": _parameters(spec, directory)},
    }
    if isinstance(spec.artifact, File):
        model["hashes"] = _hashes(spec.artifact.sha256)
    if directory.licence:
        model["licenses"] = [{"license": {"name": directory.licence}}]
    if spec.lineage.converted_from is not None:
        ancestor = {"type": "machine-learning-model", "name": spec.name}
        model["pedigree"] = {"ancestors": [{**ancestor, "version": str(spec.lineage.converted_from)}]}
    if report is not None and (metrics := list(_metrics(spec.name, report))):
        model["modelCard"]["quantitativeAnalysis"] = {"performanceMetrics": metrics}
    return model


def _parameters(spec: ModelSpec, directory: Directory) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "task": spec.task,
        "datasets": [{"ref": _reference(spec, name)} for name in ("reference", "evaluation")],
        "inputs": [{"format": _format(tensor)} for tensor in spec.signature.inputs],
        "outputs": [{"format": _format(tensor)} for tensor in spec.signature.outputs],
    }
    if directory.architecture:
        parameters["modelArchitecture"] = directory.architecture
    return parameters


def _metrics(model: str, report: Report) -> Iterator[dict[str, Any]]:
    """What `quality` measured of the model: each rule in its words, the figure and its interval."""
    for finding in report.findings:
        if (finding.model, finding.check) != (model, "quality") or finding.observed is None:
            continue
        metric: dict[str, Any] = {"type": finding.message, "value": str(finding.observed)}
        if finding.interval is not None:
            low, high = map(str, finding.interval)
            metric["confidenceInterval"] = {"lowerBound": low, "upperBound": high}
        if finding.part is not None:
            metric["slice"] = finding.part
        yield metric


def _package(spec: ModelSpec, name: str, version: str) -> dict[str, Any]:
    """A pinned requirement of the model's directory."""
    return {
        "type": "library",
        "bom-ref": _reference(spec, f"packages/{name}@{version}"),
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{quote(version, safe='.')}",
    }


def _file(spec: ModelSpec, file: PinnedFile) -> dict[str, Any]:
    """A file of the artifact, by its path in the model's directory."""
    entry = {
        "type": "file",
        "bom-ref": _reference(spec, f"files/{file.local}"),
        "name": file.local,
        "hashes": _hashes(file.sha256),
    }
    if file.uri is not None:
        entry["externalReferences"] = [{"type": "distribution", "url": file.uri}]
    return entry


def _reference(spec: ModelSpec, name: str) -> str:
    return f"{spec.name}@{spec.version}/{name}"


def _data(spec: ModelSpec, name: str, file: File) -> dict[str, Any]:
    """The rows that the model was made from, or was judged on."""
    return {
        "type": "data",
        "bom-ref": _reference(spec, name),
        "name": f"{model_directory(spec.name)}/{file.path}",
        "hashes": _hashes(file.sha256),
        "data": [{"type": "dataset", "name": name}],
    }


def _hashes(digest: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}]


def _format(tensor: Tensor) -> str:
    """`features: float32[batch, 12]`."""
    return f"{tensor.name}: {tensor.dtype}[{', '.join(map(str, tensor.shape))}]"


def _lineage(spec: ModelSpec) -> list[dict[str, str]]:
    """Where it comes from, in its owner's words, which need not be addresses."""
    named = {"code": spec.lineage.code, "run": spec.lineage.run, "dataset": spec.lineage.dataset}
    return [
        {"name": f"sluicegate:lineage:{what}", "value": words}
        for what, words in named.items()
        if words is not None
    ]
