"""A model's files into a registry: which they are, their digests, and the new `artifact` of model.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sluicegate.ci.commands._checkout import write_whole
from sluicegate.ci.model_reader import load, read_text
from sluicegate.ci.scaffold.push import Label, push
from sluicegate.specs import layout
from sluicegate.specs.artifacts import credentials
from sluicegate.specs.artifacts.access import of_owner
from sluicegate.specs.artifacts.cache import Cache, directory
from sluicegate.specs.artifacts.fetch import chunks, hashed
from sluicegate.specs.artifacts.reference import Reference, may_be_beside
from sluicegate.specs.artifacts.registry import Registry, split
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.repository import require_model
from sluicegate.specs.tree import WorkTree
from sluicegate.specs.yamlio import InputError, splice

SCHEME = "oci://"


@dataclass(frozen=True)
class Publication:
    """What was pushed, and where to."""

    version: int
    uri: str
    manifest: str
    files: tuple[Reference, ...]
    """The ONNX file first."""
    new: int


def publish(work: WorkTree, model: str, to: str) -> Publication:
    """Push models/MODEL, then pin it. Raises InputError, and what a push raises: nothing is pinned then."""
    if not to.startswith(SCHEME):
        raise InputError.of(f"{to} is no address of a registry", f"write {SCHEME}REGISTRY/REPOSITORY")
    require_model(work, model)
    document, spec = load(work, layout.model_directory(model))
    repository, tag = split(to.removeprefix(SCHEME))
    tag = tag or str(spec.version)
    uri = f"{SCHEME}{repository}:{tag}"
    files = _files(work, spec, uri)
    http = of_owner().http
    registry = Registry(http, repository, credentials.of_registry(repository.partition("/")[0]))
    done = push(http, registry, files, Label(model, spec.version, tag))
    text = splice(document.text, {("spec", "artifact"): _pinned([file for file, _ in files])})
    path = layout.model_path(model)
    read_text(text, path)
    write_whole(work.root / path, text.decode())
    return Publication(spec.version, uri, done.manifest, tuple(file for file, _ in files), done.new)


def _files(work: WorkTree, spec: ModelSpec, uri: str) -> list[tuple[Reference, Path]]:
    """Each file with where it lies on this machine: the ONNX file, then all external data that it names."""
    main = next(file for file in spec.artifact.files if file.local == spec.artifact.path)
    others = [file for file in spec.artifact.files if file is not main]
    places: dict[str, Path] = {}
    for file in (main, *others):
        elsewhere = file.uri is not None
        places[file.local] = (
            Cache(directory()).fetch(file.reference, of_owner())
            if elsewhere
            else _here(work, spec, file.local)
        )
    for name in _external(places[main.local], spec.artifact.path):
        places.setdefault(name, _here(work, spec, name))
    return [(_reference(name, path, uri), path) for name, path in places.items()]


def _here(work: WorkTree, spec: ModelSpec, name: str) -> Path:
    """A file of the model's directory. Raises InputError where there is none, or only a link."""
    path = work.root / layout.model_directory(spec.name) / name
    if path.is_symlink() or not path.is_file():
        raise InputError.of(
            f"{layout.model_directory(spec.name)}/{name} is not a plain file",
            "put the file there, and publish again",
        )
    return path


def _external(onnx: Path, main: str) -> list[str]:
    """The files of external data, as the ONNX file names them. Raises InputError for one that leads out."""
    from sluicegate.validators.onnx.facts import GraphError, read_graph

    try:
        names = sorted({tensor.location for tensor in read_graph(onnx).external_tensors})
    except GraphError as problem:
        raise InputError.of(f"{main}: {problem.message}", problem.remedy) from problem
    for name in names:
        if not may_be_beside(main, name):
            raise InputError.of(f"{main} has tensors in {name!r}", "save its external data beside it")
    return names


def _reference(name: str, path: Path, uri: str) -> Reference:
    with path.open("rb") as stream:
        digest = hashed(chunks(stream))
    return Reference(name, digest, uri, path.stat().st_size)


def _pinned(files: list[Reference]) -> dict[str, Any]:
    """The new value of `spec.artifact`."""
    return {
        "files": [
            {"uri": file.uri, "name": file.name, "sha256": file.sha256, "size": file.size} for file in files
        ]
    }
