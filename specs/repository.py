"""What a repository holds at one revision: its models, its environments in order, its releases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sluicegate.specs import layout, release_text
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.order import in_order, predecessors
from sluicegate.specs.release import Release
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document, InputError, Problem, parse


def read(tree: Tree, path: str) -> Document:
    """A YAML file of a tree, without a fault. Raises InputError."""
    return _parsed(_text(tree, path), path).checked()


def _text(tree: Tree, path: str) -> bytes:
    """The bytes of a file. Raises InputError."""
    try:
        return tree.read(path)
    except (SluiceError, OSError) as error:
        message = error.message if isinstance(error, SluiceError) else str(error)
        remedy = error.remedy if isinstance(error, SluiceError) and error.remedy else "put a plain file there"
        raise InputError.of(message, remedy, path) from error


@lru_cache(maxsize=512)
def _parsed(text: bytes, path: str) -> Document:
    """Many read the same file: the chart's own values for every model of every environment."""
    return parse(text, path)


def exists(tree: Tree, path: str) -> bool:
    """Whether anything is at exactly this path."""
    return any(entry.path == path for entry in tree.entries(path))


@dataclass(frozen=True)
class Environments:
    """The environments of a tree, by name: what was read, and what is wrong with the others."""

    read: Mapping[str, tuple[Document, EnvironmentSpec]]
    unreadable: Mapping[str, tuple[Problem, ...]]

    @cached_property
    def specs(self) -> dict[str, EnvironmentSpec]:
        """Those that can be read, by name, each after the one that it comes after."""
        return {name: self.read[name][1] for name in in_order(self.after)}

    @property
    def names(self) -> frozenset[str]:
        """Every environment that there is, readable or not."""
        return frozenset({*self.read, *self.unreadable})

    def predecessors(self, name: str) -> list[str]:
        """See `order.predecessors`."""
        return predecessors(name, self.after)

    @cached_property
    def after(self) -> dict[str, tuple[str, ...]]:
        """By environment that can be read: those that it comes after."""
        return {name: spec.upstream for name, (_, spec) in self.read.items()}


def environments(tree: Tree) -> Environments:
    """Every environment of a tree. Raises nothing for one that cannot be read: see `unreadable`."""
    readable: dict[str, tuple[Document, EnvironmentSpec]] = {}
    unreadable: dict[str, tuple[Problem, ...]] = {}
    for entry in tree.entries(layout.ENVIRONMENTS):
        name = layout.environment_specified_by(entry.path)
        if name is None:
            continue
        try:
            document = read(tree, entry.path)
            readable[name] = (document, load_environment(document))
        except InputError as error:
            unreadable[name] = error.problems
    return Environments(readable, unreadable)


def models(tree: Tree) -> list[str]:
    """Every model that has a spec, by name."""
    names = (layout.model_specified_by(entry.path) for entry in tree.entries(layout.MODELS))
    return sorted(name for name in names if name is not None)


def require_model(tree: Tree, *names: str) -> None:
    """Raises InputError where no model has one of these names."""
    known = models(tree)
    for name in sorted({*names}.difference(known)):
        raise InputError.of(f"no model is called {name!r}", suggest_one_of(name, known))


def released_models(tree: Tree, environment: str | None = None) -> list[str]:
    """Every model that has a release.yaml in an environment, or in any of them, by name."""
    directory = layout.ENVIRONMENTS if environment is None else layout.environment_directory(environment)
    deployments = (layout.released_by(entry.path) for entry in tree.entries(directory))
    return sorted({one.model for one in deployments if one is not None and one.model is not None})


def models_of(tree: Tree, environment: str) -> list[str]:
    """Every model that is, or can come to be, in an environment: those merged, and those released there."""
    return sorted({*models(tree), *released_models(tree, environment)})


def release(tree: Tree, environment: str, model: str) -> Release:
    """The state of one model in one environment; an empty one before its first release. Raises InputError."""
    path = layout.release_path(environment, model)
    if not exists(tree, path):
        return Release(model, environment)
    return release_at(tree, path)


def release_at(tree: Tree, path: str) -> Release:
    """The release that a file says. Raises InputError."""
    return release_text.load(_text(tree, path), path)
