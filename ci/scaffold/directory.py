"""A model's directory from its ONNX file: the graph's own signature, every file pinned by its digest."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluicegate.ci.model_reader import load
from sluicegate.ci.scaffold import preparation, table
from sluicegate.ci.scaffold.columns import column_lines
from sluicegate.ci.scaffold.guess import found, label_columns
from sluicegate.ci.scaffold.model_card import model_card
from sluicegate.ci.scaffold.model_yaml import Judged, model_yaml
from sluicegate.ci.scaffold.new_model import Contents, NewModel, Samples
from sluicegate.ci.scaffold.quality import doubts, measured
from sluicegate.ci.scaffold.score import decision_of, edges_of, score_of
from sluicegate.ci.scaffold.signature import tensors_of, with_columns
from sluicegate.specs import layout
from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.specs.names import is_name
from sluicegate.specs.selection import judged as judged_output
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.evaluation.estimates import Estimate
from sluicegate.validators.onnx.facts import Graph, read_graph
from sluicegate.validators.runner.inputs import Inputs, Unavailable
from sluicegate.validators.submission.candidate import Candidate

if TYPE_CHECKING:
    import pandas as pd

SAMPLES = ("data/reference.parquet", "data/evaluation.parquet")
UNSCORED = ("retrieval", "token-tagging", "detection", "language-model")
"""Tasks without one number a row that drift is watched on, unless their owner selects one."""
LARGEST = 2 << 30
"""Bytes; the largest ONNX file that protobuf can hold."""


def create(root: Path, new: NewModel) -> tuple[Path, list[str]]:
    """Write models/NAME whole, or nothing; its path, and what its owner should check.

    Raises InputError, and GraphError for a file that is not an ONNX model.
    """
    target = free_directory(root, new.name, draft=new.draft)
    for path in (new.onnx, new.reference, new.evaluation):
        readable(path)
    graph = read_graph(new.onnx)
    self_contained(new.onnx, graph)
    notes: list[str] = []
    inputs, outputs = tensors_of(graph, notes)
    tables = (table.read(new.reference), table.read(new.evaluation))
    prepared = preparation.prepared_inputs(inputs, outputs, tables[1], notes)
    tokens = preparation.token_input(inputs, prepared, tables[1])
    boxes = preparation.detection(outputs)
    if not new.labels and tokens and (any("cache" in how for how in prepared.values()) or _is_causal(new)):
        new = replace(new, labels=(tokens,))
        notes.append(f"guessed: the label is the next token of {tokens!r}")
    samples = Samples(tables, label_columns(new, tables[1], inputs, notes))
    inputs = with_columns(inputs, new, samples, notes, prepared)
    declared = [Tensor(one["name"], one["dtype"], tuple(one["shape"])) for one in outputs]
    known = found(new, graph, declared, samples, notes, tokens=tokens, boxes=boxes)
    known = replace(known, inputs=prepared, detection=boxes if known.task == "detection" else {})
    paths = preparation.picture_paths(inputs, prepared, tables[1])
    with scratch_beside(target) as scratch:
        directory = scratch / layout.model_directory(new.name)
        digests = _copy_files(new, directory, tables, paths)
        pictures = {one["columns"][0] for one in inputs if "image" in prepared.get(one["name"], ())}
        columns = column_lines(new, inputs, known.labels, notes, left_out=pictures)
        contents = Contents(new, known, graph, inputs, outputs, digests, columns)
        _write(scratch, contents, _judged(scratch, contents, notes))
        (directory / "README.md").write_text(model_card(contents), encoding="utf-8")
        if new.draft:
            _take_place(directory, target, scratch / "draft")
        else:
            directory.rename(target)
    return target, notes


@contextmanager
def scratch_beside(target: Path) -> Iterator[Path]:
    """A folder on the disk where `target` is to be, whose parent is made. Raises InputError without one."""
    try:
        target.parent.mkdir(exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent)
    except OSError as error:
        raise InputError.of(
            f"{target.parent} cannot be written to: {error.strerror}", "name another repository by -C"
        ) from error
    with folder as path:
        yield Path(path)


def _take_place(directory: Path, target: Path, aside: Path) -> None:
    """Put the directory where a draft is; the draft is back where that fails."""
    target.rename(aside)
    try:
        directory.rename(target)
    except BaseException:
        aside.rename(target)
        raise


def _write(root: Path, contents: Contents, judged: Judged) -> ModelSpec:
    """Write model.yaml, and read it as it will be read. Raises InputError."""
    directory = layout.model_directory(contents.new.name)
    text = model_yaml(contents, judged)
    (root / directory / layout.MODEL_FILE).write_text(text, encoding="utf-8")
    return load(WorkTree(root), directory)[1]


def _judged(root: Path, contents: Contents, notes: list[str]) -> Judged:
    """What is evaluated, selected as every later evaluation does; nothing where that is ambiguous."""
    new = contents.new
    asked = {"output": new.output} if new.output else {}
    spec = _write(root, contents, Judged(asked, {}))
    try:
        selection = judged_output(spec)
    except InputError as error:
        first = error.problems[0]
        notes.append(f"not evaluated yet: {first.message}; {first.remedy}, or another task")
        return Judged(asked, {})
    decision = asked | ({} if spec.task == "detection" else decision_of(spec, selection))
    if decision:
        column = "" if selection.column is None else f", column {selection.column}"
        notes.append(f"evaluated on the output {selection.output.name!r}{column}")
    if not new.run:
        return Judged(decision, {})
    score = {} if spec.task in UNSCORED else score_of(selection)
    _write(root, contents, Judged(decision, score))
    with tempfile.TemporaryDirectory(prefix="sluice-new-") as scratch:
        subject = Candidate(new.name, WorkTree(root), load).subject()
        inputs = Inputs({**subject.given, "workdir": Path(scratch)})
        edges = _edges(inputs, notes) if score else []
        figure = _figure(spec, inputs, notes)
    if spec.task == "binary-classification" and edges and not all(0 <= edge <= 1 for edge in edges):
        decision = {"output": selection.output.name} | decision | _boundary(edges, notes)
    return Judged(decision, score | {"edges": edges} if edges else {}, figure)


def _boundary(edges: Sequence[float], notes: list[str]) -> dict[str, Any]:
    """The threshold of scores that are not probabilities, where it can be guessed."""
    words = f"the scores are not probabilities ({edges[0]:g} to {edges[-1]:g})"
    need = "without a threshold no metric of decisions, such as accuracy, is computed"
    if edges[0] < 0 < edges[-1]:
        notes.append(f"{words}: guessed `threshold: 0`, the boundary of logits and of a linear SVM; {need}")
        return {"threshold": 0}
    notes.append(f"{words}, and 0 is not among them: name `decision: {{threshold: ...}}`; {need}")
    return {}


def _edges(inputs: Inputs, notes: list[str]) -> list[float]:
    """Edges of the score; none, and a note, where the reference gives none."""
    try:
        edges = edges_of(inputs)
    except Unavailable as problem:
        notes.append(
            f"no score is declared, because the model could not be run on the reference: {problem.reason}"
        )
        return []
    if not edges:
        notes.append("no score is declared: the model gives all rows of the reference the same score")
    return edges


def _figure(spec: ModelSpec, inputs: Inputs, notes: list[str]) -> Estimate | None:
    """What the model reaches on the evaluation rows, and notes what speaks against it.

    None, and a note, where they do not show it.
    """
    try:
        found = measured(inputs)
    except Unavailable as problem:
        notes.append(f"its quality could not be measured: {problem.reason}")
        return None
    notes.extend(doubts(spec.task, spec.classes or (), found))
    return found.figure


def free_directory(root: Path, name: str, *, draft: bool = False) -> Path:
    """Where the model goes. Raises InputError for an invalid name, or one that is taken.

    With `draft` an existing directory is replaced.
    """
    if not is_name(name):
        raise InputError.of(
            f"{name[:80]!r} cannot name a model",
            "use up to 63 lower-case letters, digits and hyphens: it names a Kubernetes object",
        )
    target = root / layout.model_directory(name)
    if os.path.lexists(target) and not draft:
        raise InputError.of(
            f"{layout.model_directory(name)} already exists",
            "choose another name; nothing is overwritten",
        )
    return target


def _is_causal(new: NewModel) -> bool:
    return new.task == "language-model"


def _copy_files(
    new: NewModel, directory: Path, tables: tuple[pd.DataFrame, pd.DataFrame], paths: Sequence[str]
) -> dict[str, str]:
    """Copy the artifact and the data; the digest of each, by its path in the directory, artifact first.

    Tables that name picture files in the columns `paths` are written with their bytes: one digest pins all.
    """
    (directory / "data").mkdir(parents=True)
    if paths:
        shutil.copyfile(new.onnx, directory / "model.onnx")
        for name, source, frame in zip(SAMPLES, (new.reference, new.evaluation), tables, strict=True):
            preparation.with_bytes(frame, paths, source.parent).to_parquet(directory / name, index=False)
        return {name: digest(directory / name) for name in ("model.onnx", *SAMPLES)}
    sources = {
        "model.onnx": new.onnx,
        f"data/reference{new.reference.suffix}": new.reference,
        f"data/evaluation{new.evaluation.suffix}": new.evaluation,
    }
    for name, source in sources.items():
        shutil.copyfile(source, directory / name)
    return {name: digest(directory / name) for name in sources}


def readable(path: Path) -> None:
    """Raises InputError for a missing file, or one that is too large."""
    if not path.is_file():
        raise InputError.of(f"{path} is not a file", "pass the path of an existing file")
    if path.stat().st_size > LARGEST:
        raise InputError.of(f"{path} has more than 2 GiB", "use a smaller model, or a sample of the data")


def self_contained(path: Path, graph: Graph) -> None:
    """Raises InputError for a graph that keeps tensors in other files, or as `has_both_sides` does."""
    if graph.external_tensors:
        tensor = graph.external_tensors[0]
        raise InputError.of(
            f"{path} keeps tensor {tensor.name[:80]!r} in another file, {tensor.location[:80]!r}",
            "save it in one file: onnx.save_model(model, path, save_as_external_data=False)",
        )
    has_both_sides(path, graph)


def has_both_sides(path: Path, graph: Graph) -> None:
    """Raises InputError for a graph without inputs or outputs."""
    if not graph.inputs or not graph.outputs:
        raise InputError.of(f"{path} has no inputs or no outputs", "export a model with at least one of each")


def digest(path: Path) -> str:
    """A file's sha256, as model.yaml has it."""
    with path.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
