"""A model's directory from its ONNX file: the graph's own signature, every file pinned by its digest."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from sluicegate.ci.model_reader import load
from sluicegate.ci.scaffold.model_card import model_card
from sluicegate.ci.scaffold.model_yaml import model_yaml
from sluicegate.ci.scaffold.new_model import NewModel
from sluicegate.ci.scaffold.signature import inputs_of, outputs_of
from sluicegate.specs import layout
from sluicegate.specs.names import is_name
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.onnx.facts import Graph, read_graph

LARGEST = 2 << 30
"""Bytes; protobuf takes no larger ONNX file."""


def create(root: Path, new: NewModel) -> tuple[Path, list[str]]:
    """Write models/NAME whole, or nothing; its path, and what its owner should check.

    Raises InputError, and GraphError for a file that is not an ONNX model.
    """
    target = _free_directory(root, new.name)
    for path in (new.onnx, new.reference, new.evaluation):
        _readable(path)
    graph = read_graph(new.onnx)
    _self_contained(new.onnx, graph)
    notes: list[str] = []
    inputs = inputs_of(graph, new, notes)
    outputs = outputs_of(graph)
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as scratch:
        directory = Path(scratch) / layout.model_directory(new.name)
        digests = _copy_files(new, directory)
        (directory / layout.MODEL_FILE).write_text(
            model_yaml(new, inputs, outputs, digests), encoding="utf-8"
        )
        (directory / "README.md").write_text(model_card(new, graph, inputs, outputs), encoding="utf-8")
        load(WorkTree(Path(scratch)), layout.model_directory(new.name))
        directory.rename(target)
    return target, notes


def _free_directory(root: Path, name: str) -> Path:
    """Where the model goes. Raises InputError for a name that cannot be one, or that is taken."""
    if not is_name(name):
        raise InputError.of(
            f"{name[:80]!r} cannot name a model",
            "use up to 63 lower-case letters, digits and hyphens: it names a Kubernetes object",
        )
    target = root / layout.model_directory(name)
    if os.path.lexists(target):
        raise InputError.of(
            f"{layout.model_directory(name)} is there already",
            "choose another name; nothing is overwritten",
        )
    return target


def _copy_files(new: NewModel, directory: Path) -> dict[str, str]:
    """Copy the artifact and the data; the digest of each, by its path in the directory, artifact first."""
    (directory / "data").mkdir(parents=True)
    sources = {
        "model.onnx": new.onnx,
        f"data/reference{new.reference.suffix}": new.reference,
        f"data/evaluation{new.evaluation.suffix}": new.evaluation,
    }
    for name, source in sources.items():
        shutil.copyfile(source, directory / name)
    return {name: _digest(directory / name) for name in sources}


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
