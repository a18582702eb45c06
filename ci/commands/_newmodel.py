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
"""By task, the metric that the first quality rule names; a regression has none yet."""


@dataclass(frozen=True)
class Wanted:
    """What the owner said."""

    name: str
    onnx: Path
    reference: Path
    evaluation: Path
    label: str
    owners: tuple[str, ...]
    task: str
    columns: tuple[str, ...] = ()
    """Of an input with several columns, in order; empty to take the table's, less the label."""


def create(root: Path, wanted: Wanted) -> tuple[Path, list[str]]:
    """Write models/NAME whole, or nothing; its path, and what its owner should look at. Raises InputError,
    GraphError for a file that is no ONNX model."""
    if not is_name(wanted.name):
        raise InputError.of(
            f"{wanted.name[:80]!r} cannot name a model",
            "use up to 63 small letters, digits and dashes: it names a Kubernetes object",
        )
    goal = root / "models" / wanted.name
    if os.path.lexists(goal):
        raise InputError.of(
            f"models/{wanted.name} is there already", "choose another name; nothing is overwritten"
        )
    for path in (wanted.onnx, wanted.reference, wanted.evaluation):
        _readable(path)
    graph = read_graph(wanted.onnx)
    _self_contained(wanted.onnx, graph)
    notes: list[str] = []
    inputs, outputs = _inputs(graph, wanted, notes), [_tensor(value, "output") for value in graph.outputs]
    goal.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=goal.parent) as scratch:
        made = Path(scratch) / "models" / wanted.name
        (made / "data").mkdir(parents=True)
        places = {
            "model.onnx": wanted.onnx,
            f"data/reference{wanted.reference.suffix}": wanted.reference,
            f"data/evaluation{wanted.evaluation.suffix}": wanted.evaluation,
        }
        for name, source in places.items():
            shutil.copyfile(source, made / name)
        text = model_yaml(wanted, inputs, outputs, {name: _digest(made / name) for name in places})
        (made / "model.yaml").write_text(text, encoding="utf-8")
        (made / "README.md").write_text(card(wanted, graph, inputs, outputs), encoding="utf-8")
        load(WorkTree(Path(scratch)), f"models/{wanted.name}")
        made.rename(goal)
    return goal, notes


def _readable(path: Path) -> None:
    if not path.is_file():
        raise InputError.of(f"{path} is no file", "name a file that is there")
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
    """A tensor as model.yaml has it; what the graph leaves open gets a name, the first dimension `batch`."""
    if value.shape is None:
        raise InputError.of(
            f"the {kind} {value.name[:80]!r} has no shape", "export the model with its shapes"
        )
    shape = [
        size if isinstance(size, int) else "batch" if place == 0 else _named(size, place)
        for place, size in enumerate(value.shape)
    ]
    return {"name": value.name, "dtype": value.dtype, "shape": shape}


def _named(size: str | None, place: int) -> str:
    return size if size is not None and re.fullmatch(DIMENSION, size) else f"dim_{place}"


def _inputs(graph: Graph, wanted: Wanted, notes: list[str]) -> list[dict[str, Any]]:
    """The inputs; a single one with several columns has them named, as the data's columns are called."""
    tensors = [_tensor(value, "input") for value in graph.inputs]
    last = tensors[0]["shape"][-1] if tensors[0]["shape"] else None
    if len(tensors) > 1 or len(tensors[0]["shape"]) != 2 or not isinstance(last, int):
        if wanted.columns:
            raise InputError.of("--columns fits one input of shape [batch, N] alone", "leave it out")
        return tensors
    table = table_columns(wanted.evaluation)
    if wanted.label not in table:
        raise InputError.of(
            f"{wanted.evaluation} has no column {wanted.label!r}",
            f"name its label with --label: {', '.join(table[:20])}",
        )
    columns = list(wanted.columns) or [name for name in table if name != wanted.label]
    if len(columns) != last:
        raise InputError.of(
            f"the input {tensors[0]['name'][:80]!r} takes {last} columns, and {len(columns)} are named",
            "name them in the model's order: --columns a,b,c",
        )
    if missing := [name for name in columns if name not in table]:
        raise InputError.of(
            f"{wanted.evaluation} has no column {missing[0]!r}", f"it has {', '.join(table[:20])}"
        )
    if not wanted.columns:
        notes.append("the columns are in the table's order: see that the model was trained in that order")
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
            f"{path} is no readable table: {str(error)[:200]}", "write it as parquet"
        ) from error
    raise InputError.of(f"{path} is neither .parquet nor .csv", "write it as one of them")


def model_yaml(
    wanted: Wanted,
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
        f"  name: {render_flow(wanted.name)}",
        f"  owners: {render_flow(list(wanted.owners))}",
        "spec:",
        "  version: 1",
        f"  task: {wanted.task}",
        f"  artifact: {artifact}",
        "  signature:",
        "    inputs:",
        *(f"      - {render_flow(tensor)}" for tensor in inputs),
        "    outputs:",
        *(f"      - {render_flow(tensor)}" for tensor in outputs),
        "  data:",
        f"    reference: {reference}",
        f"    evaluation: {evaluation}",
        f"    label: {render_flow(wanted.label)}",
    ]
    metric = _RULES.get(wanted.task)
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
    wanted: Wanted, graph: Graph, inputs: Sequence[dict[str, Any]], outputs: Sequence[dict[str, Any]]
) -> str:
    """The model card's beginning: what the files say; what only people know is asked for."""
    rows = [
        f"| {kind} | {_cell(tensor['name'])} | {tensor['dtype']} | {_cell(tensor['shape'])} |"
        for kind, tensors in (("input", inputs), ("output", outputs))
        for tensor in tensors
    ]
    opsets = ", ".join(f"{domain} {version}" for domain, version in sorted(graph.opsets.items()))
    return "\n".join(
        [
            f"# {wanted.name}",
            "",
            f"Task: {wanted.task}. Owners: {', '.join(map(_cell, wanted.owners))}.",
            "",
            "| | name | type | shape |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
            f"{sum(graph.ops.values()):,} nodes of {len(graph.ops)} kinds; opsets {_cell(opsets)}.",
            f"Judged on `data/evaluation{wanted.evaluation.suffix}`, label {_cell(wanted.label)}.",
            "",
            "## For what, and for what not",
            "",
            "## Trained on",
            "",
            "## Known limits",
            "",
        ]
    )
