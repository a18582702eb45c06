"""The signature of model.yaml, from the graph and from the columns of the evaluation set."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, get_args

from sluicegate.ci.scaffold.guess import SHOWN, holds_lists
from sluicegate.ci.scaffold.new_model import NewModel, Samples
from sluicegate.specs.model import NO_BFLOAT16
from sluicegate.specs.names import DIMENSION
from sluicegate.specs.values import DType
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.onnx.facts import Graph, Value

if TYPE_CHECKING:
    import pandas as pd

MOST_COLUMNS = 5_000
"""By name; a row of more values is a list."""
MADE_UP = re.compile(r"unk__[0-9]+|.*_dynamic_axes_[0-9]+")
"""Names that exporters (tf2onnx, torch) give to a dimension without one: another for each tensor."""
NO_ZIPMAP = (
    "convert without it: zipmap=False (onnxmltools), options={'zipmap': False} (skl2onnx.to_onnx); the "
    "probabilities are a tensor then"
)


def tensors_of(graph: Graph, notes: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Inputs and outputs as model.yaml has them, with the graph's own names of dimensions.

    A first dimension without a name is `batch` where all tensors can share it. Raises InputError for a
    value that is not a tensor, has no shape, or has a type that the server does not support.
    """
    inputs = [_tensor(value, "input", graph) for value in graph.inputs]
    outputs = [_tensor(value, "output", graph) for value in graph.outputs]
    batch = _batch([*graph.inputs, *graph.outputs])
    if batch is not None:
        unnamed = [one.name[:80] for one in graph.inputs if one.shape and not _is_name(one.shape[0])]
        if len(unnamed) > 1:
            notes.append(f"guessed: {', '.join(unnamed[:5])} share their first dimension, the batch")
        for tensor in (*inputs, *outputs):
            tensor["shape"][0] = batch
    firsts = {tensor["shape"][0] for tensor in (*inputs, *outputs) if tensor["shape"]}
    if len(firsts) > 1:
        shown = ", ".join(map(str, sorted(firsts, key=str)))
        notes.append(f"the first dimensions are {shown}: give those that count rows the same name")
    return inputs, outputs


def _batch(values: Sequence[Value]) -> str | None:
    """The name of the first dimension, where each tensor has it open and no two names of it differ."""
    firsts = [value.shape[:1] for value in values if value.shape is not None]
    if any(not first or isinstance(first[0], int) for first in firsts):
        return None
    named = {first[0] for first in firsts if _is_name(first[0])}
    if len(named) > 1:
        return None
    return str(next(iter(named), "batch"))


def _is_name(size: int | str | None) -> bool:
    """Whether a dimension has a name that its author gave it."""
    return (
        isinstance(size, str)
        and re.fullmatch(DIMENSION, size) is not None
        and MADE_UP.fullmatch(size) is None
        and size != "None"
    )


def _tensor(value: Value, kind: str, graph: Graph) -> dict[str, Any]:
    """A tensor as model.yaml has it; a dimension that the graph leaves open gets a name."""
    name = value.name[:80]
    if value.dtype == "sequence_type" and ("ai.onnx.ml", "ZipMap") in graph.ops:
        raise InputError.of(
            f"the {kind} {name!r} is a sequence of maps (ZipMap), which the server does not support",
            NO_ZIPMAP,
        )
    if value.dtype == "nothing":
        raise InputError.of(f"the {kind} {name!r} has no type", "export the model with its types")
    if value.dtype.endswith("_type"):
        what = value.dtype.removesuffix("_type")
        raise InputError.of(
            f"the {kind} {name!r} is a {what}, and not a tensor", "cut the graph to plain tensors"
        )
    if value.dtype == "bfloat16":
        raise InputError.of(
            f"the {kind} {name!r} is bfloat16, which neither numpy nor JSON can represent",
            NO_BFLOAT16,
        )
    if value.dtype not in get_args(DType):
        known = ", ".join(get_args(DType))
        raise InputError.of(
            f"the {kind} {name!r} is {value.dtype}, which the server does not support", f"cast it to {known}"
        )
    if value.shape is None:
        remedy = "export the model with its shapes"
        if kind == "output":
            remedy += ", or without this output if no caller needs it"
        raise InputError.of(f"the {kind} {name!r} has no shape", remedy)
    shape = [_dimension(size, number) for number, size in enumerate(value.shape)]
    return {"name": value.name, "dtype": value.dtype, "shape": shape}


def _dimension(size: int | str | None, number: int) -> int | str:
    """A dimension's size, or its name: the graph's own, or one of ours where it is open."""
    if isinstance(size, int):
        return size
    if size is not None and re.fullmatch(DIMENSION, size):
        return size
    return f"dim_{number}"


def with_columns(
    inputs: list[dict[str, Any]],
    new: NewModel,
    samples: Samples,
    notes: list[str],
    prepared: Collection[str] = (),
) -> list[dict[str, Any]]:
    """The inputs, with the table's columns that fill one that has no column of its name, nor is prepared.

    Adds to `notes` what the owner should check. Raises InputError for columns that do not fit.
    """
    table = samples.tables[1]
    names = [str(name) for name in table.columns]
    if missing := [name for name in new.columns if name not in names]:
        raise InputError.of(
            f"{new.evaluation} has no column {missing[0]!r}", f"name some of {', '.join(names[:20])}"
        )
    filled = {*names, *prepared}
    if not new.columns:
        left = [name for name in names if name not in (*samples.labels, new.group)]
        inputs = [one if one["name"] in filled else _written_otherwise(one, left, notes) for one in inputs]
    unfilled = [one for one in inputs if one["name"] not in filled and "columns" not in one]
    if new.columns and len(inputs) > 1:
        raise InputError.of("--columns fits a model with one input", "leave it out, and edit model.yaml")
    if not unfilled and not new.columns:
        return inputs
    if len(unfilled) > 1:
        shown = ", ".join(tensor["name"][:80] for tensor in unfilled[:5])
        notes.append(f"not evaluated yet: no columns fill the inputs {shown}; name them in `columns`")
        return inputs
    tensor = inputs[0] if new.columns else unfilled[0]
    if len(names) > MOST_COLUMNS:
        raise InputError.of(
            f"{new.evaluation} has {len(names):,} columns, and model.yaml can name {MOST_COLUMNS:,}",
            f"write each row as one list: numpy.savez(path, {tensor['name'][:80]}=..., label=...)",
        )
    used = {*samples.labels, new.group, *(other["name"] for other in inputs)}
    columns = list(new.columns) or _filling(tensor, [name for name in names if name not in used], table)
    _require_count(tensor, columns, new, table)
    if not new.columns:
        notes.append("the columns are in the table's order: check that the model was trained in that order")
    return [{**other, "columns": columns} if other is tensor else other for other in inputs]


def _written_otherwise(tensor: dict[str, Any], names: Sequence[str], notes: list[str]) -> dict[str, Any]:
    """The input with the column whose name differs in case, punctuation or Unicode's form alone, if any."""
    name = tensor["name"]
    alike = [column for column in names if _plain(column) == _plain(name)]
    if not _plain(name) or len(alike) != 1 or _numbers(tensor) != 1:
        return tensor
    notes.append(f"guessed: the input {name[:80]!r} takes the column {alike[0][:80]!r}")
    return tensor | {"columns": alike}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def _filling(tensor: dict[str, Any], left: list[str], table: pd.DataFrame) -> list[str]:
    """The columns that are left; where they are too many, those of lists, or of numbers, if they fit."""
    from pandas.api.types import is_numeric_dtype

    wanted = _numbers(tensor)
    lists = [name for name in left if holds_lists(table, name)]
    if len(lists) == 1:
        return lists
    if wanted is not None and len(left) > wanted and tensor["dtype"] != "string":
        numeric = [name for name in left if is_numeric_dtype(table[name])]
        if len(numeric) == wanted:
            return numeric
    return left


def _numbers(tensor: dict[str, Any]) -> int | None:
    """How many numbers a row of the input has; None where a dimension is open."""
    inner = tensor["shape"][1:]
    return None if any(isinstance(size, str) for size in inner) else math.prod(inner)


def _require_count(tensor: dict[str, Any], columns: list[str], new: NewModel, table: pd.DataFrame) -> None:
    wanted = _numbers(tensor)
    lists = any(holds_lists(table, name) for name in columns)
    if not columns or not (lists or wanted in (None, len(columns))):
        shown = f": {', '.join(columns[:SHOWN])}{', ...' if columns[SHOWN:] else ''}" if columns else ""
        raise InputError.of(
            f"the input {tensor['name'][:80]!r} takes {wanted or 'some'} columns, and {len(columns)} are "
            f"{'named' if new.columns else 'left in the table'}{shown}",
            "name them in the model's order: --columns a,b,c",
        )
