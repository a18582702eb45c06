"""What a new graph changes in the signature that model.yaml declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sluicegate.ci.scaffold.signature import tensors_of
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.yamlio import Document, InputError, Location, render_flow
from sluicegate.validators.onnx.facts import Graph

Shape = Sequence[int | str]


def signature_change(
    graph: Graph, document: Document, spec: ModelSpec, columns: tuple[str, ...]
) -> tuple[dict[Location, Any], tuple[str, ...]]:
    """The values of model.yaml that change, and the changes in sentences; nothing where the graph fits.

    A name of an open dimension stays as its owner wrote it. Raises InputError.
    """
    if columns and len(spec.signature.inputs) != 1:
        raise InputError.of("--columns fits a model with one input", "leave it out, and edit model.yaml")
    changes: dict[Location, Any] = {}
    said: list[str] = []
    for side, found in zip(("inputs", "outputs"), tensors_of(graph, []), strict=True):
        declared = {one["name"]: one for one in document.value["spec"]["signature"][side]}
        sentences = list(_renamed(side[:-1], declared, found))
        sentences += _differences(side[:-1], declared, found)
        merged = [_merged(declared.get(one["name"], {}), one) for one in found]
        if side == "inputs" and columns and merged[0].get("columns") != list(columns):
            merged[0]["columns"] = list(columns)
            sentences.append(f"input {merged[0]['name']}: the columns are {', '.join(columns)}")
        if sentences:
            for tensor in merged:
                _require_columns(tensor)
            changes["spec", "signature", side] = merged
        said += sentences
    return changes, tuple(said)


def _renamed(kind: str, declared: dict[str, Any], found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The only tensor that has another name and is otherwise alike; it is declared by that one then."""
    gone = [name for name in declared if all(one["name"] != name for one in found)]
    new = [one for one in found if one["name"] not in declared]
    if len(gone) != 1 or len(new) != 1:
        return
    old, tensor = declared[gone[0]], new[0]
    if old["dtype"] == tensor["dtype"] and _fits(old["shape"], tensor["shape"]):
        declared[tensor["name"]] = declared.pop(gone[0])
        yield f"{kind} {gone[0]} is called {tensor['name']} now: callers have to change"


def _differences(kind: str, declared: Mapping[str, Any], found: Sequence[dict[str, Any]]) -> Iterator[str]:
    names = {one["name"] for one in found}
    for name in declared:
        if name not in names:
            yield f"{kind} {name} is gone"
    for one in found:
        old = declared.get(one["name"])
        if old is None:
            yield f"{kind} {one['name']} is new: {one['dtype']} {render_flow(one['shape'])}"
            continue
        if old["dtype"] != one["dtype"]:
            yield f"{kind} {one['name']}: {old['dtype']} -> {one['dtype']}"
        if not _fits(old["shape"], one["shape"]):
            yield f"{kind} {one['name']}: {_shown(old['shape'])} -> {_shown(one['shape'])}"


def _fits(old: Shape, new: Shape) -> bool:
    """Whether both have the same sizes; open dimensions are equal by any name."""
    sizes = [[size if isinstance(size, int) else None for size in shape] for shape in (old, new)]
    return sizes[0] == sizes[1]


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The tensor as it is now, with what its owner says of it beside type and shape."""
    shape = list(new["shape"])
    if old and len(old["shape"]) == len(shape):
        pairs = zip(old["shape"], shape, strict=True)
        shape = [was if isinstance(was, str) and isinstance(now, str) else now for was, now in pairs]
    return {**old, **new, "shape": shape}


def _require_columns(tensor: Mapping[str, Any]) -> None:
    """Raises InputError where a row of the input has another number of values than columns are named."""
    inner = tensor["shape"][1:]
    if "columns" not in tensor or len(inner) != 1 or not isinstance(inner[0], int):
        return
    named = len(tensor["columns"])
    if named not in (1, inner[0]):
        raise InputError.of(
            f"the input {tensor['name'][:80]!r} takes {inner[0]} columns now, and {named} are named",
            "name them in the model's order: --columns a,b,c",
        )


def _shown(shape: Shape) -> str:
    return f"[{', '.join(map(str, shape))}]"
