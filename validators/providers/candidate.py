"""The candidate and what it is compared with: its spec, its files, production, the base."""

from __future__ import annotations

from pathlib import Path

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document, InputError, parse
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.runner.candidate import (
    BaseRevision,
    Candidate,
    ModelFiles,
    Production,
    Reading,
    Unavailable,
    materialise,
)
from sluicegate.validators.runner.inputs import provides


@provides("reading")
def reading(subject: Candidate) -> Reading:
    """model.yaml, or what is wrong with it."""
    try:
        document, spec = subject.load(subject.tree, subject.path)
    except InputError as problem:
        return Reading(None, None, problem.problems)
    return Reading(spec, document)


@provides("spec")
def spec(reading: Reading) -> ModelSpec:
    """What model.yaml declares."""
    if reading.spec is None:
        raise Unavailable("model.yaml cannot be read", "spec-valid")
    return reading.spec


@provides("document")
def document(reading: Reading) -> Document:
    """model.yaml with its lines and columns."""
    if reading.document is None:
        raise Unavailable("model.yaml cannot be read", "spec-valid")
    return reading.document


@provides("files")
def files(subject: Candidate, workdir: Path) -> ModelFiles:
    """The files of the model's directory."""
    return materialise(subject.tree, subject.path, workdir / "candidate")


@provides("directory")
def directory(files: ModelFiles) -> Path:
    """The copy of the model's plain files."""
    return files.directory


@provides("base")
def base(subject: Candidate) -> BaseRevision | None:
    """What the pull request changes; None when nothing is compared."""
    if subject.base is None:
        return None
    try:
        old: ModelSpec | None = subject.load(subject.base, subject.path)[1]
    except InputError:
        old = None
    return BaseRevision(old, subject.changed)


@provides("base_reading")
def base_reading(subject: Candidate) -> Reading | None:
    """model.yaml as the base has it, or what is wrong with it there; None where there is no such file.

    One that breaks a rule still has its document, if that is sound YAML.
    """
    if subject.base is None:
        return None
    path = f"{subject.path}/model.yaml"
    if all(entry.path != path for entry in subject.base.entries(subject.path)):
        return None
    try:
        document, spec = subject.load(subject.base, subject.path)
    except InputError as problem:
        return Reading(None, _document(subject.base, path), problem.problems)
    return Reading(spec, document)


def _document(tree: Tree, path: str) -> Document | None:
    try:
        return parse(tree.read(path), path).checked()
    except Exception:  # each kind of tree has its own errors; whichever it is, there is no document
        return None


@provides("production")
def production(subject: Candidate, workdir: Path) -> Production | None:
    """The version that runs now; None for a first release."""
    if subject.production is None:
        return None
    try:
        _, old = subject.load(subject.production, subject.path)
    except InputError as problem:
        raise Unavailable(f"production's model.yaml cannot be read: {problem}") from problem
    return Production(old, materialise(subject.production, subject.path, workdir / "production"))


@provides("standing")
def standing(
    subject: Candidate, workdir: Path, production: Production | None, base_reading: Reading | None
) -> tuple[ReferenceVersion, ...]:
    """The versions whose rules and rows hold for this one as well: production's, then the base's."""
    found = [ReferenceVersion("production", production.spec, production.files)] if production else []
    if subject.base is None or base_reading is None:
        return tuple(found)
    old = base_reading.spec
    if old is None:
        raise Unavailable("the base's model.yaml cannot be read, nor its rules", "version-rises")
    if production is not None and production.spec.data == old.data:
        return (*found, ReferenceVersion("the base", old, production.files))
    return (
        *found,
        ReferenceVersion("the base", old, materialise(subject.base, subject.path, workdir / "base")),
    )
