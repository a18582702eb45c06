"""The model to judge, the version that runs now, and the base that the change goes into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sluicegate.specs.callers import Caller
from sluicegate.specs.layout import OWN_TESTS, model_directory
from sluicegate.specs.model import ModelSpec, Waiver
from sluicegate.specs.reviews import Review
from sluicegate.specs.tree import Entry, Tree
from sluicegate.specs.yamlio import Document, Problem
from sluicegate.validators.runner.subject import Subject
from sluicegate.validators.submission.files import ModelFiles

Load = Callable[[Tree, str], tuple[Document, ModelSpec]]
"""Reads the model.yaml of a directory of a tree. Raises InputError."""


@dataclass(frozen=True)
class StableVersion:
    """What one environment calls stable: the tree of its revision, or why that cannot be read.

    `callers` are those that the environment lists for the model; None where its environment.yaml cannot be
    read.
    """

    environment: str
    tree: Tree | None
    callers: tuple[Caller, ...] | None = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """One model to judge, as `tree` holds it.

    `production` holds the version that runs now (None for a first release) and `base` the side that the
    pull request goes into (None outside of a pull request). `stable` gives the stable version of each
    environment that has one, when somebody asks.
    """

    model: str
    tree: Tree
    load: Load
    production: Tree | None = None
    base: Tree | None = None
    stable: Callable[[], Sequence[StableVersion]] = tuple
    overrides: tuple[Waiver, ...] = ()
    """What owners of the base took upon themselves for this very head (`/sluice override`)."""
    approvals: tuple[Review, ...] = ()
    """Who approved this very head."""
    earlier: Callable[[], Sequence[Tree]] = tuple
    """The versions that were stable before the one that runs now, newest first, when somebody asks."""

    @property
    def path(self) -> str:
        """The model's directory, from the tree's root."""
        return model_directory(self.model)

    def changed_tests(self) -> tuple[str, ...]:
        """The base's own tests that this change removes or rewrites, by their path below the directory."""
        if self.base is None:
            return ()
        folder = f"{self.path}/{OWN_TESTS}"
        here = {entry.path: entry for entry in self.tree.entries(folder)}
        return tuple(
            old.path.removeprefix(f"{self.path}/")
            for old in self.base.entries(folder)
            if old.path not in here or not _same(old, here[old.path], self.base, self.tree)
        )

    def subject(self) -> Subject:
        """What the checks of a model are run on."""
        inputs = {"candidate": self, "tree": self.tree, "base_tree": self.base, "load": self.load}
        return Subject("model", self.model, inputs)


def _same(old: Entry, new: Entry, base: Tree, tree: Tree) -> bool:
    """Whether two entries are the same file; none is read whose size says that it is not."""
    if not (old.plain and new.plain):
        return old.mode == new.mode
    return old.size == new.size and base.read(old.path) == tree.read(new.path)


@dataclass(frozen=True)
class Reading:
    """model.yaml as it was read: its spec, or the problems that it has."""

    spec: ModelSpec | None
    document: Document | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class StableReading:
    """The model.yaml of a version that an environment calls stable, with that environment's callers of it."""

    environment: str
    callers: tuple[Caller, ...] | None
    reading: Reading


@dataclass(frozen=True)
class Production:
    """The version that runs now."""

    spec: ModelSpec
    files: ModelFiles


@dataclass(frozen=True)
class BaseRevision:
    """What the pull request goes into. `spec` is None where it has no such model that can be read."""

    spec: ModelSpec | None

    def changed_rules(self, spec: ModelSpec) -> tuple[str, ...]:
        """What the candidate changes of the rules that it is judged by, for the report's first line."""
        old = self.spec
        if old is None:
            return ()
        parts = {
            "evaluation rows": (old.data.evaluation, spec.data.evaluation),
            "label or segments": (
                (old.data.label, old.data.segments, old.data.group),
                (spec.data.label, spec.data.segments, spec.data.group),
            ),
            "data.columns": (old.data.columns, spec.data.columns),
            "data.limits": (old.data.limits, spec.data.limits),
            "classes": (old.classes, spec.classes),
            "decision": (old.decision, spec.decision),
            "gates": (old.rollout, spec.rollout),
            "waivers": (old.waivers, spec.waivers),
        }
        names = sorted(set(old.sections) | set(spec.sections))
        parts |= {f"`{name}` rules": (old.sections.get(name), spec.sections.get(name)) for name in names}
        return tuple(name for name, (before, after) in parts.items() if before != after)
