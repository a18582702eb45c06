"""A model's directory from its ONNX file: the graph's own signature, every file pinned by its digest."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluicegate.ci.model_reader import load
from sluicegate.specs import layout
from sluicegate.specs.names import DIMENSION, is_name
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError, render_flow
from sluicegate.validators.onnx.facts import Graph, Value, read_graph

LARGEST = 2 << 30
"""Bytes; protobuf takes no larger ONNX file."""
_RULES = {
    "binary-classification": "roc_auc",
    "multiclass-classification": "accuracy",
}
"""By task, the metric that the first quality rule names; for a regression its owner chooses one."""


@dataclass(frozen=True)
class NewModel:
    """What the owner gives: a name, files, and what no file tells."""

    name: str
    onnx: Path
    reference: Path
    evaluation: Path
    label: str
    owners: tuple[str, ...]
    task: str
    columns: tuple[str, ...] = ()
    """Of an input with several columns, in order; empty to take the table's, less the label."""


def create(root: Path, new: NewModel) -> tuple[Path, list[str]]:
    """Write models/NAME whole, or nothing; its path, and what its owner should check.

    Raises InputError, and GraphError for a file that is not an ONNX model.
    """
    if not is_name(new.name):
        raise InputError.of(
            f"{new.name[:80]!r} cannot name a model",
            "use up to 63 lower-case letters, digits and hyphens: it names a Kubernetes object",
        )
    goal = root / layout.model_directory(new.name)
    if os.path.lexists(goal):
        raise InputError.of(
            f"{layout.model_directory(new.name)} is there already",
            "choose another name; nothing is overwritten",
        )
    for path in (new.onnx, new.reference, new.evaluation):
        _readable(path)
    graph = read_graph(new.onnx)
    _self_contained(new.onnx, graph)
    notes: list[str] = []
    inputs = _inputs(graph, new, notes)
    outputs = [_tensor(value, "output") for value in graph.outputs]
    goal.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=goal.parent) as scratch:
        directory = Path(scratch) / layout.model_directory(new.name)
        (directory / "data").mkdir(parents=True)
        sources = {
            "model.onnx": new.onnx,
            f"data/reference{new.reference.suffix}": new.reference,
            f"data/evaluation{new.evaluation.suffix}": new.evaluation,
        }
        for name, source in sources.items():
            shutil.copyfile(source, directory / name)
        text = model_yaml(new, inputs, outputs, {name: _digest(directory / name) for name in sources})
        (directory / layout.MODEL_FILE).write_text(text, encoding="utf-8")
        (directory / "README.md").write_text(card(new, graph, inputs, outputs), encoding="utf-8")
        load(WorkTree(Path(scratch)), layout.model_directory(new.name))
        directory.rename(goal)
    return goal, notes


def _readable(path: Path) -> None:
    if not path.is_file():
        raise InputError.of(f"{path} is not a file", "name a file that is there")
    if path.stat().st_size > LARGEST:
        raise InputError.of(f"{path} has more than 2 GiB", "take a smaller model, or a sample of the data")


def _self_contained(path: Path, graph: Graph) -> None:
    if graph.external_tensors:
        tensor = graph.external_tensors[0]
        raise InputError.of(
            f"{path} keeps tensor {tensor.name[:80]!r} in another file, {tensor.location[:80]!r}",
            "save it in one file: onnx.save_model(model, path, save_as_external_data=False)",
        )
    if not graph.inputs or not graph.outputs:
        raise InputError.of(
            f"{path} has no inputs or no outputs", "export a model that takes and gives tensors"
        )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"


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


def _inputs(graph: Graph, new: NewModel, notes: list[str]) -> list[dict[str, Any]]:
    """The inputs; a single one with several columns has them named, as the data's columns are called."""
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


def model_yaml(
    new: NewModel,
    inputs: Sequence[dict[str, Any]],
    outputs: Sequence[dict[str, Any]],
    digests: dict[str, str],
) -> str:
    """The text of model.yaml: what is known, and rules that fit any model, to be sharpened by its owner."""
    artifact, reference, evaluation = (
        render_flow({"path": name, "sha256": digest}) for name, digest in digests.items()
    )
    lines = [
        "apiVersion: sluicegate.dev/v1",
        "kind: Model",
        "metadata:",
        f"  name: {render_flow(new.name)}",
        f"  owners: {render_flow(list(new.owners))}",
        "spec:",
        "  version: 1",
        f"  task: {new.task}",
        f"  artifact: {artifact}",
        "  signature:",
        "    inputs:",
        *(f"      - {render_flow(tensor)}" for tensor in inputs),
        "    outputs:",
        *(f"      - {render_flow(tensor)}" for tensor in outputs),
        "  data:",
        f"    reference: {reference}",
        f"    evaluation: {evaluation}",
        f"    label: {render_flow(new.label)}",
    ]
    metric = _RULES.get(new.task)
    if metric is not None:
        lines += [
            "  quality:    # add what it must reach at least: {metric: " + metric + ", at_least: ...}",
            f"    - {{metric: {metric}, not_worse_than: production, margin: 0.01}}",
        ]
    lines += [
        "  latency: {not_slower_than: production, ratio: 1.5}",
        "  rollout:    # add `traffic`, the requests a second: then it is checked that it can end in time",
        "    steps: [1, 5, 25, 50, 100]",
        "    gates:",
        "      - {metric: error_rate, margin: 0.01}",
        "      - {metric: slow_requests, over_ms: 100, margin: 0.02}",
        "    deadline: 24h",
    ]
    return "\n".join(lines) + "\n"


def _cell(text: object) -> str:
    from sluicegate.ci.report.markdown_text import code

    return code(text, 120)


def card(
    new: NewModel, graph: Graph, inputs: Sequence[dict[str, Any]], outputs: Sequence[dict[str, Any]]
) -> str:
    """The beginning of the model card: what the files say, and headings for what only people know."""
    rows = [
        f"| {kind} | {_cell(tensor['name'])} | {tensor['dtype']} | {_cell(tensor['shape'])} |"
        for kind, tensors in (("input", inputs), ("output", outputs))
        for tensor in tensors
    ]
    opsets = ", ".join(f"{domain} {version}" for domain, version in sorted(graph.opsets.items()))
    return "\n".join(
        [
            f"# {new.name}",
            "",
            f"Task: {new.task}. Owners: {', '.join(map(_cell, new.owners))}.",
            "",
            "| | name | type | shape |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            f"{sum(graph.ops.values()):,} nodes of {len(graph.ops)} kinds; opsets {_cell(opsets)}.",
            f"Judged on `data/evaluation{new.evaluation.suffix}`, label {_cell(new.label)}.",
            "",
            "## For what, and for what not",
            "",
            "## Trained on",
            "",
            "## Known limits",
            "",
        ]
    )
