"""The candidate and what it is compared with: its spec, its files, production, the base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sluicegate.specs import codeowners
from sluicegate.specs.artifacts.access import of_owner, of_pull_request
from sluicegate.specs.layout import MODEL_FILE, MODEL_KEYS, model_path
from sluicegate.specs.model import ModelSpec, Waiver
from sluicegate.specs.model_tests import ModelTests
from sluicegate.specs.repository import exists
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document, InputError, parse
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.runner.finding import Position
from sluicegate.validators.runner.inputs import Unavailable, provides
from sluicegate.validators.submission.approval import Approval, approval
from sluicegate.validators.submission.candidate import (
    BaseRevision,
    Candidate,
    Production,
    Reading,
    StableReading,
)
from sluicegate.validators.submission.fetched import with_fetched
from sluicegate.validators.submission.files import ModelFiles, materialise

EARLIER = 3
"""How many exams of earlier versions are held beside those of production and of the base."""


def _read(candidate: Candidate, tree: Tree) -> Reading:
    try:
        document, spec = candidate.load(tree, candidate.path)
    except InputError as problem:
        return Reading(None, None, problem.problems)
    return Reading(spec, document)


@provides("reading")
def reading(candidate: Candidate) -> Reading:
    """model.yaml, or what is wrong with it."""
    return _read(candidate, candidate.tree)


@provides("spec", by_parent=True)
def spec(reading: Reading) -> ModelSpec:
    """What model.yaml declares."""
    if reading.spec is None:
        raise Unavailable("model.yaml cannot be read", "spec-valid")
    return reading.spec


@provides("document", by_parent=True)
def document(reading: Reading) -> Document:
    """model.yaml with its lines and columns."""
    if reading.document is None:
        raise Unavailable("model.yaml cannot be read", "spec-valid")
    return reading.document


@provides("sections")
def sections(spec: ModelSpec) -> Mapping[str, Any]:
    """The sections of model.yaml that are a check's own, by name: each check gets its own as `rules`."""
    return spec.sections


@provides("expectation_positions", by_parent=True)
def expectation_positions(document: Document, spec: ModelSpec) -> Mapping[str, Position]:
    """Where model.yaml has each expectation of its `tests`, by name."""
    tests = spec.sections.get("tests")
    if not isinstance(tests, ModelTests):
        return {}
    return {
        one.name: Position(document.path, *document.position(("spec", "tests", kind, number)))
        for kind, number, one in tests.each()
    }


@provides("files", by_parent=True)
def files(candidate: Candidate, workdir: Path) -> ModelFiles:
    """The files of the model's directory, and those of its artifact that are elsewhere.

    What a pull request names is fetched as a stranger's word: see `specs.artifacts.access`.
    """
    listed = materialise(candidate.tree, candidate.path, workdir / "candidate")
    if MODEL_FILE not in listed.entries:
        return listed
    spec = _read(candidate, candidate.tree).spec
    access = of_owner() if candidate.base is None else of_pull_request()
    return listed if spec is None else with_fetched(listed, spec, access)


def _merged_files(tree: Tree, path: str, target: Path, spec: ModelSpec) -> ModelFiles:
    """The files of a version that was accepted already, so that its addresses are an owner's word."""
    return with_fetched(materialise(tree, path, target), spec, of_owner())


@provides("directory")
def directory(files: ModelFiles) -> Path:
    """The copy of the model's plain files."""
    return files.directory


@provides("base", by_parent=True)
def base(candidate: Candidate) -> BaseRevision | None:
    """What the pull request goes into; None when nothing is compared."""
    if candidate.base is None:
        return None
    return BaseRevision(_read(candidate, candidate.base).spec)


@provides("base_reading")
def base_reading(candidate: Candidate) -> Reading | None:
    """model.yaml as the base has it, or what is wrong with it there; None where there is no such file.

    One that breaks a rule still has its document, if that is sound YAML.
    """
    path = model_path(candidate.model)
    if candidate.base is None or not exists(candidate.base, path):
        return None
    old = _read(candidate, candidate.base)
    if old.spec is not None:
        return old
    return Reading(None, _document(candidate.base, path), old.problems)


def _document(tree: Tree, path: str) -> Document | None:
    try:
        return parse(tree.read(path), path).checked()
    except Exception:  # each kind of tree has its own errors; whichever it is, there is no document
        return None


@provides("production_reading")
def production_reading(candidate: Candidate) -> Reading | None:
    """model.yaml of the version that runs now; None for a first release."""
    if candidate.production is None:
        return None
    return _read(candidate, candidate.production)


@provides("production", by_parent=True)
def production(candidate: Candidate, production_reading: Reading | None, workdir: Path) -> Production | None:
    """The version that runs now; None for a first release."""
    if candidate.production is None or production_reading is None:
        return None
    if production_reading.spec is None:
        problems = "\n".join(map(str, production_reading.problems))
        raise Unavailable(f"production's model.yaml cannot be read: {problems}")
    spec = production_reading.spec
    files = _merged_files(candidate.production, candidate.path, workdir / "production", spec)
    return Production(spec, files)


@provides("stable_versions")
def stable_versions(candidate: Candidate) -> tuple[StableReading, ...]:
    """What each environment calls stable; none for a model that nothing calls stable yet."""
    return tuple(
        StableReading(
            stable.environment,
            stable.callers,
            _read(candidate, stable.tree) if stable.tree else Reading(None, None, stable.problems),
        )
        for stable in candidate.stable()
    )


@provides("reference_versions", by_parent=True)
def reference_versions(
    candidate: Candidate, workdir: Path, production: Production | None, base_reading: Reading | None
) -> tuple[ReferenceVersion, ...]:
    """The versions whose rules and rows hold for this one as well: production's, then the base's."""
    versions = [ReferenceVersion("production", production.spec, production.files)] if production else []
    if candidate.base is None or base_reading is None:
        return tuple(versions)
    old = base_reading.spec
    if old is None:
        raise Unavailable("the base's model.yaml cannot be read, nor its rules", "version-rises")
    if production is not None and _same_files(production.spec, old):
        files = production.files
    else:
        files = _merged_files(candidate.base, candidate.path, workdir / "base", old)
    return (*versions, ReferenceVersion("the base", old, files))


@provides("earlier_versions", by_parent=True)
def earlier_versions(
    candidate: Candidate, workdir: Path, reference_versions: tuple[ReferenceVersion, ...]
) -> tuple[ReferenceVersion, ...]:
    """Versions that were stable before, newest first, whose rows are others than all later ones'.

    One whose model.yaml cannot be read by now is no exam.
    """
    known = {version.spec.data.evaluation.sha256 for version in reference_versions}
    found: list[ReferenceVersion] = []
    for tree in candidate.earlier():
        spec = _read(candidate, tree).spec
        if spec is None or spec.data.evaluation.sha256 in known:
            continue
        known.add(spec.data.evaluation.sha256)
        files = materialise(tree, candidate.path, workdir / f"earlier-{len(found)}")
        found.append(ReferenceVersion(f"version {spec.version}", spec, files))
        if len(found) == EARLIER:
            break
    return tuple(found)


def _same_files(one: ModelSpec, other: ModelSpec) -> bool:
    return (one.data, one.artifact) == (other.data, other.artifact)


@provides("approved", by_parent=True)
def approved(candidate: Candidate) -> Approval:
    """Who of the model's owners, by the base's CODEOWNERS, approved this very head."""
    owners = None if candidate.base is None else codeowners.find(candidate.base)
    return approval(model_path(candidate.model), owners, candidate.approvals)


@provides("waivers")
def waivers(candidate: Candidate, reading: Reading, base: BaseRevision | None) -> Sequence[Waiver]:
    """The base's waivers, since no pull request waives its own refusal; the model's own where no base is.

    With them what owners of the base overrode for this very head.
    """
    spec = reading.spec if base is None else base.spec
    return (*(spec.waivers if spec is not None else ()), *candidate.overrides)


@provides("versions")
def versions(reading: Reading, production_reading: Reading | None) -> tuple[int | None, int | None]:
    """(production's version, the judged one), as far as they can be read."""
    old = production_reading.spec if production_reading is not None else None
    new = reading.spec
    return (old.version if old is not None else None, new.version if new is not None else None)


@provides("notes")
def notes(candidate: Candidate, reading: Reading, base: BaseRevision | None) -> tuple[str, ...]:
    """What line 1 of the report says of this model: whether it changes the rules that it is judged by."""
    if base is None or reading.spec is None:
        return ()
    changed = (*base.changed_rules(reading.spec), *candidate.changed_tests())
    return (f"{candidate.model} changes its own exam: {', '.join(changed)}",) if changed else ()


@provides("model_keys")
def model_keys(candidate: Candidate) -> bytes | None:
    """The keys of which one has to sign a model, as the base has them; None where it names none."""
    tree = candidate.base or candidate.tree
    return tree.read(MODEL_KEYS) if tree.entries(MODEL_KEYS) else None
