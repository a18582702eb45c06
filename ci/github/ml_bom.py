"""A model's bill of materials: CycloneDX 1.6, component type `machine-learning-model` (an ML-BOM). Pure.

https://cyclonedx.org/docs/1.6/json/ names the fields. What model.yaml does not say is left out, not guessed.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sluicegate.specs.layout import model_directory
from sluicegate.specs.model import File, ModelSpec, Tensor

_NAMESPACE = uuid.UUID("7c1f5f0e-6b52-5d0a-9c57-3a1b0a6f2d11")
"""Of the serial numbers, so that the same version always has the same one."""


def ml_bom(spec: ModelSpec, revision: str, when: datetime) -> dict[str, Any]:
    """The bill of one version; `revision` is the commit that brought it, `when` the moment of that commit."""
    identity = f"{spec.name}@{spec.version}"
    data = (("reference", spec.data.reference), ("evaluation", spec.data.evaluation))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{identity} {spec.artifact.sha256}')}",
        "version": 1,
        "metadata": {
            "timestamp": when.isoformat(),
            "component": {
                "type": "machine-learning-model",
                "bom-ref": identity,
                "name": spec.name,
                "version": str(spec.version),
                "hashes": _hashes(spec.artifact.sha256),
                "properties": [
                    {"name": "sluicegate:revision", "value": revision},
                    *({"name": "sluicegate:owner", "value": owner} for owner in spec.owners),
                    *_lineage(spec),
                ],
                "modelCard": {
                    "modelParameters": {
                        "task": spec.task,
                        "datasets": [{"ref": _reference(spec, name)} for name, _ in data],
                        "inputs": [{"format": _format(tensor)} for tensor in spec.signature.inputs],
                        "outputs": [{"format": _format(tensor)} for tensor in spec.signature.outputs],
                    }
                },
            },
        },
        "components": [_data(spec, name, file) for name, file in data],
    }


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
