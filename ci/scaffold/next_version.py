"""The next version of a model from files that somebody brings: number, bytes, digests and signature at once.

What a registry brings comes in by the same function: files, and the lineage that goes into model.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from sluicegate.ci.model_reader import load, read_text
from sluicegate.ci.scaffold.artifact_files import artifact_files
from sluicegate.ci.scaffold.committed import require_committed
from sluicegate.ci.scaffold.directory import digest, has_both_sides, readable
from sluicegate.ci.scaffold.imported import Source, imported
from sluicegate.ci.scaffold.new_model import NewModel
from sluicegate.ci.scaffold.replace_files import Replacement, replace_files
from sluicegate.ci.scaffold.signature_change import signature_change
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.specs import layout
from sluicegate.specs.model import File, ModelSpec
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import Document, InputError, Location, add_key, splice
from sluicegate.validators.onnx.facts import read_graph

DATA = ("reference", "evaluation")
_TOLD = ("code", "run", "dataset")
"""What `lineage` says of one version, and may say of the next."""
_OWN = ("converted_from", "metrics", "parameters")
"""What it never says of the next."""


@dataclass(frozen=True)
class NextVersion:
    """What is brought; a table that is left out stays, and `number` is the next where it is None."""

    model: str
    onnx: Path
    """With the files of its external data beside it."""
    reference: Path | None = None
    evaluation: Path | None = None
    number: int | None = None
    columns: tuple[str, ...] = ()
    """Of the only input, in order, where the graph now takes others."""
    lineage: Mapping[str, Any] = field(default_factory=dict)
    """What `spec.lineage` is to say of it, by key."""


@dataclass(frozen=True)
class Pinned:
    """What a file is, its path, and its digest before and now; None where there is none."""

    what: str
    path: str
    before: str | None
    now: str | None


@dataclass(frozen=True)
class Brought:
    """What was written."""

    model: str
    from_version: int
    to_version: int
    files: tuple[Pinned, ...]
    signature: tuple[str, ...]
    """What changed in the signature, in sentences."""
    notes: tuple[str, ...]
    """What its owner should look at."""


def bring(work: WorkTree, repository: Repository, new: NextVersion) -> Brought:
    """Write the next version of models/NAME, whole or not at all.

    Raises InputError for files that are no next version of it, GraphError for one that is no ONNX model.
    """
    directory = layout.model_directory(new.model)
    document, spec = load(work, directory)
    before = {"reference": spec.data.reference, "evaluation": spec.data.evaluation}
    sources = {"reference": new.reference, "evaluation": new.evaluation}
    brought = {what: source for what, source in sources.items() if source is not None}
    for source in (new.onnx, *brought.values()):
        readable(source)
    graph = read_graph(new.onnx)
    has_both_sides(new.onnx, graph)
    artifact = artifact_files(spec.artifact, new.onnx, graph)
    after = {what: _pinned(before[what], brought.get(what)) for what in before}
    _require_another(artifact.sha256, spec)
    number = _number(new, spec)
    replaced = [before[what].path for what in brought]
    require_committed(work, repository, directory, spec.version, [*artifact.before, *replaced])
    changes, signature = signature_change(graph, document, spec, new.columns)
    changes |= {("spec", "version"): number, **artifact.changes(spec.artifact), **_pins(before, after)}
    text = _with_lineage(splice(document.text, changes), document, spec, new.lineage)
    read_text(text, f"{directory}/{layout.MODEL_FILE}")
    tables = [Replacement(source, before[what].path, after[what]) for what, source in brought.items()]
    replace_files(work.root / directory, [*artifact.replacements(), *tables], text, artifact.gone)
    data = (Pinned(what, after[what].path, before[what].sha256, after[what].sha256) for what in before)
    notes = (*artifact.notes(new.model, spec.artifact), *_notes(document, spec, new))
    pinned = (*(Pinned("artifact", *row) for row in artifact.rows(spec.artifact)), *data)
    return Brought(new.model, spec.version, number, pinned, signature, notes)


@contextmanager
def converted_next(work: WorkTree, source: Source, new: NextVersion) -> Iterator[tuple[NextVersion, str]]:
    """`new` with the ONNX file that was made of another library's, and how far both agree.

    The columns and the label are those that model.yaml names. Raises InputError.
    """
    directory = layout.model_directory(new.model)
    _, spec = load(work, directory)
    inputs = spec.signature.inputs
    draft = NewModel(
        new.model,
        Path(),
        new.reference or work.root / directory / spec.data.reference.path,
        new.evaluation or work.root / directory / spec.data.evaluation.path,
        spec.owners,
        spec.data.labels,
        columns=new.columns or ((inputs[0].columns or ()) if len(inputs) == 1 else ()),
    )
    with imported(source, draft) as (made, agreement):
        yield replace(new, onnx=made.onnx), f"converted from {source.format}: {agreement}"


def _pinned(old: File, source: Path | None) -> File:
    """The table as model.yaml pins it: by its old name, with the ending of what is brought."""
    if source is None:
        return old
    return File(PurePosixPath(old.path).with_suffix(source.suffix).as_posix(), digest(source))


def _require_another(sha256: str, spec: ModelSpec) -> None:
    if sha256 == spec.artifact.sha256:
        raise InputError.of(
            f"the file is version {spec.version} itself, byte for byte",
            "bring another model; data alone make no new version",
            where="--onnx",
        )


def _number(new: NextVersion, spec: ModelSpec) -> int:
    if new.number is None:
        return spec.version + 1
    if new.number <= spec.version:
        raise InputError.of(
            f"{new.number} is not above version {spec.version}",
            f"versions rise: leave it out for {spec.version + 1}",
            where="--version",
        )
    return new.number


def _pins(before: Mapping[str, File], after: Mapping[str, File]) -> dict[Location, Any]:
    """What changes in model.yaml where the tables are pinned."""
    changes: dict[Location, Any] = {}
    for what, file in after.items():
        if file.path != before[what].path:
            changes["spec", "data", what, "path"] = file.path
        if file.sha256 != before[what].sha256:
            changes["spec", "data", what, "sha256"] = file.sha256
    return changes


def _with_lineage(text: bytes, document: Document, spec: ModelSpec, lineage: Mapping[str, Any]) -> bytes:
    """The text with what this version comes from; the last one's figures go. Raises InputError."""
    written = document.value["spec"].get("lineage")
    values: dict[str, Any] = dict(lineage)
    for key in _OWN:
        if getattr(spec.lineage, key) is not None:
            values.setdefault(key, None)
    values = {key: value for key, value in values.items() if value is not None or key in (written or {})}
    if not values:
        return text
    if written is None:
        return add_key(text, ("spec",), "lineage", values)
    text = splice(text, {("spec", "lineage", key): value for key, value in values.items() if key in written})
    for key, value in values.items():
        if key not in written:
            text = add_key(text, ("spec", "lineage"), key, value)
    return text


def _notes(document: Document, spec: ModelSpec, new: NextVersion) -> list[str]:
    """What the files do not show, and is still as the last version had it."""
    notes = [
        f"lineage.{key} is still that of version {spec.version}: {getattr(spec.lineage, key)}"
        for key in _TOLD
        if getattr(spec.lineage, key) is not None and key not in new.lineage
    ]
    if spec.serving.precision != "fp32":
        notes.append(f"serving.precision still says {spec.serving.precision}")
    if (document.value["spec"].get("tests") or {}).get("golden"):
        notes.append(
            f"the golden rows are version {spec.version}'s: `sluice new golden {new.model} --replace`"
        )
    return notes
