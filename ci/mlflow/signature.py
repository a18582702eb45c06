"""MLflow's signature of a model, held against the graph.

Source: MLflow, "Model Signatures": JSON lists of columns (`type`, `name`) or of tensors (`tensor-spec`).
MLflow casts float64 to float32 before it calls an ONNX model, so a type that differs is said and not refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sluicegate.ci.scaffold.signature import tensors_of
from sluicegate.validators.onnx.facts import Graph


def columns_of(signature: Mapping[str, Any], graph: Graph) -> tuple[str, ...]:
    """The columns of the only input, in MLflow's order; none where the signature has tensors."""
    listed = _listed(signature, "inputs")
    if len(graph.inputs) != 1 or any(one.get("type") == "tensor" for one in listed):
        return ()
    names = tuple(str(one.get("name") or "") for one in listed)
    only = tensors_of(graph, [])[0][0]
    # One column with the input's own name is that tensor, and no column of a table.
    return () if not all(names) or names == (only["name"],) else names


def differences(signature: Mapping[str, Any], graph: Graph) -> Iterator[str]:
    """What MLflow's signature says otherwise than the graph, in sentences."""
    for side, found in zip(("inputs", "outputs"), tensors_of(graph, []), strict=True):
        tensors = [one for one in _listed(signature, side) if one.get("type") == "tensor"]
        known = {one["name"]: one for one in found}
        for said in tensors:
            name = said.get("name")
            only = found[0] if name is None and len(found) == len(tensors) == 1 else None
            tensor = known.get(str(name)) if only is None else only
            yield from _difference(side[:-1], said, tensor)


def _difference(kind: str, said: Mapping[str, Any], tensor: Mapping[str, Any] | None) -> Iterator[str]:
    if tensor is None:
        yield f"MLflow's signature has an {kind} {said.get('name')}, and the graph has none of that name"
        return
    spec = said.get("tensor-spec") or {}
    if spec.get("dtype") != tensor["dtype"]:
        yield (
            f"MLflow's signature says {spec.get('dtype')} for the {kind} {tensor['name']}, "
            f"and the graph {tensor['dtype']}: callers of the served model send the graph's"
        )
    shape = [size for size in spec.get("shape") or [] if isinstance(size, int)]
    own = tensor["shape"]
    if len(shape) != len(own) or any(
        isinstance(size, int) and there not in (-1, size) for there, size in zip(shape, own, strict=False)
    ):
        yield f"MLflow's signature says the shape {shape} for the {kind} {tensor['name']}, the graph {own}"


def _listed(signature: Mapping[str, Any], side: str) -> list[dict[str, Any]]:
    try:
        listed = json.loads(str(signature.get(side) or "[]"))
    except ValueError:
        return []
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
