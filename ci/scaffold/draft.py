"""A model's directory from its ONNX file alone, without what only labelled rows can show.

A draft does not pass yet: `spec-valid` refuses it until its data are named. `sluice new model` with the data
replaces it, as long as its first line is unchanged.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from sluicegate.ci.scaffold.directory import digest, free_directory, readable, scratch_beside, self_contained
from sluicegate.ci.scaffold.signature import tensors_of
from sluicegate.specs import layout
from sluicegate.specs.model import Tensor
from sluicegate.specs.selection import FLOATS, numbers_a_row
from sluicegate.specs.yamlio import InputError, parse, render_flow
from sluicegate.validators.onnx.facts import read_graph

MARK = "# A draft without data:"
"""How the first line of a draft begins; a file without it belongs to its owner and is not replaced."""
ARTIFACT = "model.onnx"


def create_draft(
    root: Path, name: str, onnx: Path, owners: Sequence[str], task: str
) -> tuple[Path, list[str]]:
    """Write the draft of models/NAME whole, or nothing; its path, and what was guessed.

    Raises InputError, and GraphError for a file that is not an ONNX model.
    """
    target = free_directory(root, name)
    readable(onnx)
    graph = read_graph(onnx)
    self_contained(onnx, graph)
    notes: list[str] = []
    inputs, outputs = tensors_of(graph, notes)
    if not task:
        task = _task([Tensor(one["name"], one["dtype"], tuple(one["shape"])) for one in outputs])
        notes.append(f"guessed from the outputs alone: the task is {task}; the labels may show otherwise")
    with scratch_beside(target) as scratch:
        directory = scratch / "draft"
        directory.mkdir()
        shutil.copyfile(onnx, directory / ARTIFACT)
        artifact = render_flow({"path": ARTIFACT, "sha256": digest(directory / ARTIFACT)})
        lines = [
            f"{MARK} `{command(name)}` replaces it.",
            "apiVersion: sluicegate.dev/v1",
            "kind: Model",
            "metadata:",
            f"  name: {render_flow(name)}",
            f"  owners: {render_flow(list(owners))}",
            "spec:",
            "  version: 1",
            f"  task: {task}",
            f"  artifact: {artifact}",
            "  signature:",
            "    inputs:",
            *(f"      - {render_flow(tensor)}" for tensor in inputs),
            "    outputs:",
            *(f"      - {render_flow(tensor)}" for tensor in outputs),
            "  rollout:",
            "    gates:",
            "      - {metric: error_rate, margin: 0.01}",
            "      - {metric: slow_requests, over_ms: 100, margin: 0.02}",
        ]
        (directory / layout.MODEL_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
        directory.rename(target)
    return target, notes


def command(name: str) -> str:
    """The command that turns the draft into a model."""
    return f"sluice new model {name} --reference FILE --evaluation FILE"


def draft_of(root: Path, name: str) -> tuple[Path, tuple[str, ...]]:
    """The ONNX file and the owners of a draft.

    Raises InputError where there is no draft, or its owner has edited the first line away.
    """
    path = root / layout.model_path(name)
    if not path.is_file():
        raise InputError.of(f"there is no draft of {name!r}", "pass the model's file: --onnx FILE")
    if not path.read_text(encoding="utf-8", errors="replace").startswith(MARK):
        raise InputError.of(
            f"{layout.model_path(name)} is not a draft, so it is not overwritten",
            "edit it by hand, or choose another name and pass --onnx",
        )
    metadata = parse(path.read_bytes(), layout.model_path(name)).checked().value["metadata"]
    return path.parent / ARTIFACT, tuple(map(str, metadata["owners"]))


def _task(outputs: Sequence[Tensor]) -> str:
    """A guess from the outputs alone, by the largest count of numbers a row."""
    numbers = [numbers_a_row(output) or 0 for output in outputs if output.dtype in FLOATS]
    most = max(numbers, default=1)
    if most == 2:
        return "binary-classification"
    return "multiclass-classification" if most > 2 else "regression"
