"""What a chart is given: value files, merged as Helm merges them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sluicegate.specs import layout
from sluicegate.specs.repository import exists, read
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document, InputError, Location, Problem
from sluicegate.validators.runner.finding import Position


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

    def sets(self, location: Location) -> bool:
        """Whether any file sets something at exactly this path."""
        return any(_has(document.value, location) for document in self.files)

    def position(self, location: Location) -> Position:
        """Where a value, else its nearest parent, is set last."""
        for length in range(len(location), 0, -1):
            for document in reversed(self.files):
                if _has(document.value, location[:length]):
                    return Position(document.path, *document.key_position(location[:length]))
        return Position(self.files[-1].path if self.files else None)


def values(tree: Tree, environment: str, model: str, *, release: bool = True) -> Values:
    """The value files of a model in an environment, those that are there. Raises InputError.

    The chart's own must be; `release` leaves out the gate's file, for states that are not committed.
    """
    optional = [layout.environment_values_path(environment), layout.values_path(environment, model)]
    if release:
        optional.append(layout.release_path(environment, model))
    return value_files(tree, layout.SERVING_CHART, optional)


def value_files(tree: Tree, chart: str, optional: Sequence[str]) -> Values:
    """A chart's own value file, which must be there, and those of `optional` that are. Raises InputError."""
    paths = [f"{chart}/values.yaml", *(path for path in optional if exists(tree, path))]
    documents = [document for path in paths if (document := _document(tree, path)) is not None]
    problems = list(_not_mappings(documents))
    if problems:
        raise InputError(*problems)
    return Values(tuple(documents))


def _document(tree: Tree, path: str) -> Document | None:
    """A value file; None for one without a value, which Helm takes as well. Raises InputError."""
    try:
        return read(tree, path)
    except InputError:
        if exists(tree, path) and _is_blank(tree.read(path)):
            return None
        raise


def _is_blank(text: bytes) -> bool:
    lines = (line.strip() for line in text.splitlines())
    return all(not line or line.startswith(b"#") for line in lines)


def _not_mappings(documents: list[Document]) -> Iterator[Problem]:
    for document in documents:
        if not isinstance(document.value, dict | None):
            yield document.problem((), "does not hold a mapping", "write `key: value` lines")


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
