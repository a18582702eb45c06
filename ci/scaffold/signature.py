"""The signature of model.yaml, from the graph and from the columns of the evaluation set."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sluicegate.ci.scaffold.new_model import NewModel
from sluicegate.specs.names import DIMENSION
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.onnx.facts import Graph, Value


def _tensor(value: Value, kind: str) -> dict[str, Any]:
    """A tensor as model.yaml has it; a dimension that the graph leaves open gets a name."""
    if value.shape is None:
        raise InputError.of(
            f"the {kind} {value.name[:80]!r} has no shape", "export the model with its shapes"
        )
    shape = [_dimension(size, number) for number, size in enumerate(value.shape)]
    return {"name": value.name, "dtype": value.dtype, "shape": shape}


def _dimension(size: int | str | None, number: int) -> int | str:
    """A dimension's size, or its name: `batch` for the first, the graph's own for others if it has one."""
    if isinstance(size, int):
        return size
    if number == 0:
        return "batch"
    if size is not None and re.fullmatch(DIMENSION, size):
        return size
    return f"dim_{number}"


def outputs_of(graph: Graph) -> list[dict[str, Any]]:
    """The outputs as model.yaml has them. Raises InputError for one without a shape."""
    return [_tensor(value, "output") for value in graph.outputs]


def inputs_of(graph: Graph, new: NewModel, notes: list[str]) -> list[dict[str, Any]]:
    """The inputs; a single one with several columns has them named, as the data's columns are called.

    Adds to `notes` what the owner should check. Raises InputError for columns that do not fit.
    """
    tensors = [_tensor(value, "input") for value in graph.inputs]
    last = tensors[0]["shape"][-1] if tensors[0]["shape"] else None
    if len(tensors) > 1 or len(tensors[0]["shape"]) != 2 or not isinstance(last, int):
        if new.columns:
            raise InputError.of("--columns fits one input of shape [batch, N] alone", "leave it out")
        return tensors
    table = table_columns(new.evaluation)
    if new.label not in table:
        raise InputError.of(
            f"{new.evaluation} has no column {new.label!r}",
            f"name its label with --label: {', '.join(table[:20])}",
        )
    columns = list(new.columns) or [name for name in table if name != new.label]
    if len(columns) != last:
        raise InputError.of(
            f"the input {tensors[0]['name'][:80]!r} takes {last} columns, and {len(columns)} are named",
            "name them in the model's order: --columns a,b,c",
        )
    if missing := [name for name in columns if name not in table]:
        raise InputError.of(
            f"{new.evaluation} has no column {missing[0]!r}", f"name some of {', '.join(table[:20])}"
        )
    if not new.columns:
        notes.append("the columns are in the table's order: check that the model was trained in that order")
    return [{**tensors[0], "columns": columns}]


def table_columns(path: Path) -> list[str]:
    """The column names of a .parquet or .csv file, without its rows. Raises InputError."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import csv

    try:
        if path.suffix == ".parquet":
            return list(pq.read_schema(path).names)
        if path.suffix == ".csv":
            with csv.open_csv(path) as reader:
                return list(reader.schema.names)
    except (pa.ArrowException, OSError) as error:
        raise InputError.of(
            f"{path} is not a readable table: {str(error)[:200]}", "write it as parquet"
        ) from error
    raise InputError.of(f"{path} is neither .parquet nor .csv", "write it as one of them")
