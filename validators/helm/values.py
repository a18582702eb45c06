"""What the serving chart is given for a model in an environment: value files, merged as Helm merges them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document, InputError, Location, Problem, parse
from sluicegate.validators.runner.finding import Place

CHART = "charts/onnx-serving"
SCHEMAS = "charts/schemas"
_ENVIRONMENT = re.compile(r"environments/(?P<name>[^/]+)/environment\.yaml")
_PLACED = re.compile(r"environments/(?P<environment>[^/]+)/(?P<model>[^/]+)/release\.yaml")
_MODEL = re.compile(r"models/(?P<name>[^/]+)/model\.yaml")


def read(tree: Tree, path: str) -> Document:
    """A YAML file of a tree, without a fault. Raises InputError."""
    try:
        text = tree.read(path)
    except Exception as error:  # each kind of tree has its own errors, all of which name the path
        said, _, remedy = str(error).rpartition("; ")
        raise InputError.of(said or str(error), remedy if said else "put a plain file there", path) from error
    return _parsed(text, path).checked()


@lru_cache(maxsize=512)
def _parsed(text: bytes, path: str) -> Document:
    """The chart's own values are read for every model of every environment."""
    return parse(text, path)


def there(tree: Tree, path: str) -> bool:
    """Whether anything stands at exactly this path."""
    return any(entry.path == path for entry in tree.entries(path))


@dataclass(frozen=True)
class Environments:
    """The environments of a tree, by name: what was read, and what is wrong with the others."""

    read: Mapping[str, tuple[Document, EnvironmentSpec]]
    unreadable: Mapping[str, tuple[Problem, ...]]


def environments(tree: Tree) -> Environments:
    """Every environment of a tree."""
    found, unreadable = {}, {}
    for entry in tree.entries("environments"):
        if (named := _ENVIRONMENT.fullmatch(entry.path)) is None:
            continue
        try:
            document = read(tree, entry.path)
            found[named["name"]] = (document, load_environment(document))
        except InputError as error:
            unreadable[named["name"]] = error.problems
    return Environments(found, unreadable)


def models(tree: Tree, environment: str) -> list[str]:
    """Every model that is, or can come to be, in an environment: those merged, and those released there."""
    merged = (_MODEL.fullmatch(entry.path) for entry in tree.entries("models"))
    placed = (_PLACED.fullmatch(entry.path) for entry in tree.entries(f"environments/{environment}"))
    return sorted({m["name"] for m in merged if m} | {p["model"] for p in placed if p})


@dataclass(frozen=True)
class Values:
    """Value files in Helm's order: the chart's own first, the last one wins."""

    files: tuple[Document, ...]

    @cached_property
    def merged(self) -> dict[str, Any]:
        """All of them as one: mappings key by key, anything else whole, null takes a key away."""
        whole: dict[str, Any] = {}
        for document in self.files:
            whole = _merge(whole, document.value or {})
        return whole

    def get(self, *location: str, default: Any = None) -> Any:
        """The value at a path; the default where there is none."""
        value: Any = self.merged
        for part in location:
            value = value.get(part) if isinstance(value, Mapping) else None
        return default if value is None else value

    def says(self, location: Location) -> bool:
        """Whether any file says something at exactly this path."""
        return any(_has(document.value, location) for document in self.files)

    def place(self, location: Location) -> Place:
        """Where a value, else its nearest parent, was said last."""
        for length in range(len(location), 0, -1):
            for document in reversed(self.files):
                if _has(document.value, location[:length]):
                    return Place(document.path, *document.key_place(location[:length]))
        return Place(self.files[-1].path if self.files else None)


def values(tree: Tree, environment: str, model: str, *, release: bool = True) -> Values:
    """The value files of a model in an environment, those that are there. Raises InputError.

    The chart's own must be; `release` leaves out the gate's file, for states that are not committed.
    """
    folder = f"environments/{environment}"
    optional = [f"{folder}/values.yaml", f"{folder}/{model}/values.yaml"]
    optional += [f"{folder}/{model}/release.yaml"] * release
    return value_files(tree, f"{CHART}/values.yaml", optional)


def value_files(tree: Tree, first: str, optional: Sequence[str]) -> Values:
    """A chart's own value file, which must be there, and those of `optional` that are. Raises InputError."""
    paths = [first, *(path for path in optional if there(tree, path))]
    documents = [document for path in paths if (document := _values(tree, path)) is not None]
    if wrong := list(_no_mapping(documents)):
        raise InputError(*wrong)
    return Values(tuple(documents))


def _values(tree: Tree, path: str) -> Document | None:
    """A value file; None for one that says nothing, which Helm takes as well. Raises InputError."""
    try:
        return read(tree, path)
    except InputError:
        lines = tree.read(path).splitlines() if there(tree, path) else [b"?"]
        if all(not line.strip() or line.lstrip().startswith(b"#") for line in lines):
            return None
        raise


def _no_mapping(documents: list[Document]) -> Iterator[Problem]:
    for document in documents:
        if not isinstance(document.value, dict | None):
            yield document.problem((), "holds no mapping", "write `key: value` lines")


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(under)
    for key, value in over.items():
        below = whole.get(key)
        if value is None:
            whole.pop(key, None)
        elif isinstance(value, Mapping):
            whole[key] = _merge(below if isinstance(below, Mapping) else {}, value)
        else:
            whole[key] = value
    return whole


def _has(value: Any, location: Location) -> bool:
    for part in location:
        if isinstance(value, list):
            if not isinstance(part, int) or part >= len(value):
                return False
        elif not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True
