"""What checks ask for by parameter name: named inputs, made once, when somebody first asks.

An input is made by the function that `@provides` its name, which asks for other inputs in the same way. One
that cannot be made is a reason, and the reason is what every check that asked for it reports.
"""

from __future__ import annotations

import inspect
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from validators.spec.model import ModelSpec
from validators.standing import Standing
from validators.subject import Base, ModelFiles, Production, Reading, Subject, Unavailable, materialise
from validators.tree import Tree
from validators.values import Environments
from validators.values import environments as all_environments
from validators.yamlio import Document, InputError, parse

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from validators.exams import Exams
    from validators.onnxfile import Graph
    from validators.rows import Rows

Provider = Callable[..., Any]
_providers: dict[str, Provider] = {}


def provides(name: str) -> Callable[[Provider], Provider]:
    """Register the function that makes the input of this name. Raises ValueError for a second one."""

    def register(function: Provider) -> Provider:
        if name in _providers:
            raise ValueError(f"input {name!r} has its provider already")
        _providers[name] = function
        return function

    return register


def provided() -> frozenset[str]:
    """The names of all inputs that have a provider."""
    return frozenset(_providers)


class Inputs(Mapping[str, Any]):
    """All inputs of one model, by name. One that cannot be made raises the same Unavailable each time."""

    def __init__(self, given: Mapping[str, Any], failed: Mapping[str, Unavailable] | None = None) -> None:
        self._made = dict(given)
        self._failed = dict(failed or {})

    def __getitem__(self, name: str) -> Any:
        if name in self._failed:
            raise self._failed[name]
        if name not in self._made:
            try:
                self._made[name] = self._make(name)
            except Unavailable as problem:
                self._failed[name] = problem
                raise
        return self._made[name]

    def _make(self, name: str) -> Any:
        provider = _providers.get(name)
        if provider is None:
            raise Unavailable(f"no input is called {name!r}; there are {', '.join(sorted(_providers))}")
        needed = {parameter: self[parameter] for parameter in inspect.signature(provider).parameters}
        try:
            return provider(**needed)
        except Unavailable:
            raise
        except Exception as problem:
            raise Unavailable(f"`{name}` could not be made: {type(problem).__name__}: {problem}") from problem

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def with_policy(self, section: str | None) -> Mapping[str, Any]:
        """These inputs, and as `policy` model.yaml's section of that name; None where it is not written."""
        if section is None:
            return self
        spec: ModelSpec = self["spec"]
        return ChainMap({"policy": spec.sections.get(section)}, self)  # type: ignore[arg-type]

    def sent(self, names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Unavailable]]:
        """Those inputs made now, and the reasons of those that cannot be."""
        for name in names:
            try:
                self[name]
            except Unavailable:
                continue
        return {n: self._made[n] for n in names if n in self._made}, {
            n: self._failed[n] for n in names if n in self._failed
        }


@provides("reading")
def reading(subject: Subject) -> Reading:
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
def files(subject: Subject, workdir: Path) -> ModelFiles:
    """The files of the model's directory."""
    return materialise(subject.tree, subject.path, workdir / "candidate")


@provides("directory")
def directory(files: ModelFiles) -> Path:
    """The copy of the model's plain files."""
    return files.directory


@provides("base")
def base(subject: Subject) -> Base | None:
    """What the pull request changes; None when nothing is compared."""
    if subject.base is None:
        return None
    try:
        old: ModelSpec | None = subject.load(subject.base, subject.path)[1]
    except InputError:
        old = None
    return Base(old, subject.changed)


@provides("base_reading")
def base_reading(subject: Subject) -> Reading | None:
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
def production(subject: Subject, workdir: Path) -> Production | None:
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
    subject: Subject, workdir: Path, production: Production | None, base_reading: Reading | None
) -> tuple[Standing, ...]:
    """The versions whose rules and rows hold for this one as well: production's, then the base's."""
    found = [Standing("production", production.spec, production.files)] if production else []
    if subject.base is None or base_reading is None:
        return tuple(found)
    old = base_reading.spec
    if old is None:
        raise Unavailable("the base's model.yaml cannot be read, nor its rules", "version-rises")
    if production is not None and production.spec.data == old.data:
        return (*found, Standing("the base", old, production.files))
    return (*found, Standing("the base", old, materialise(subject.base, subject.path, workdir / "base")))


@provides("environments")
def environments(subject: Subject) -> Environments:
    """The environments that the model is placed in: all of the tree, or those that the subject names."""
    every, wanted = all_environments(subject.tree), subject.environments
    if wanted is None:
        return every
    return Environments(
        {name: one for name, one in every.read.items() if name in wanted},
        {name: one for name, one in every.unreadable.items() if name in wanted},
    )


@provides("graph")
def graph(files: ModelFiles, spec: ModelSpec) -> Graph:
    """Facts of the ONNX file, read without opening external data."""
    from validators.onnxfile import GraphError, read_graph

    fault = files.fault(spec.artifact.path)
    if fault is not None:
        raise Unavailable(f"{spec.artifact.path} {fault}", "artifact-digests")
    try:
        return read_graph(files.directory / spec.artifact.path)
    except GraphError as problem:
        raise Unavailable(str(problem), "onnx-graph") from problem


@provides("session")
def session(graph: Graph, files: ModelFiles, spec: ModelSpec) -> InferenceSession:
    """The model, loaded into onnxruntime; only if nothing that loading it opens or expands is at fault."""
    from validators.engine import open_session

    return open_session(graph, files, spec)


@provides("production_session")
def production_session(production: Production | None) -> tuple[InferenceSession, ModelSpec] | None:
    """The version that runs now, loaded likewise, with its spec; None for a first release."""
    from validators.engine import open_session
    from validators.onnxfile import GraphError, read_graph

    if production is None:
        return None
    old, files = production.spec, production.files
    try:
        return open_session(read_graph(files.directory / old.artifact.path), files, old), old
    except (GraphError, Unavailable) as problem:
        raise Unavailable(f"production's version cannot be loaded: {problem.args[0]}") from problem


@provides("evaluation")
def evaluation(files: ModelFiles, spec: ModelSpec) -> Rows:
    """The held-out rows, with labels."""
    from validators.rows import read_rows

    return read_rows(files, spec, spec.data.evaluation)


@provides("reference")
def reference(files: ModelFiles, spec: ModelSpec) -> Rows:
    """A sample of what it was trained on."""
    from validators.rows import read_rows

    return read_rows(files, spec, spec.data.reference)


@provides("exams")
def exams(
    spec: ModelSpec,
    session: InferenceSession,
    evaluation: Rows,
    standing: tuple[Standing, ...],
    production_session: tuple[InferenceSession, ModelSpec] | None,
) -> Exams:
    """The rows to be judged on, with the model's answers and those of the version that runs now."""
    from validators.exams import make_exams

    return make_exams(spec, session, evaluation, standing, production_session)
