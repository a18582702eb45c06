"""A change of a repository: both sides, what differs, and the subjects that the checks are run on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sluicegate.specs import repository
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.repository import Environments
from sluicegate.specs.reviews import Review
from sluicegate.specs.tree import Tree
from sluicegate.validators.runner.subject import Subject
from sluicegate.validators.submission.candidate import Candidate, Load
from sluicegate.validators.submission.changes import Changes

GateValues = Callable[[Sequence[EnvironmentSpec]], Mapping[str, Any]]
"""What the gate's chart is installed with beside the files of the repository, for these environments."""


@dataclass(frozen=True)
class Submission:
    """What a change does to a repository.

    Without a `base` all of the repository is judged, as a change that brings everything.
    """

    head: Tree
    base: Tree | None
    changes: Changes
    candidates: tuple[Candidate, ...]
    load: Load
    gate_values: GateValues
    reviews: tuple[Review, ...] = ()
    """What people said of the change's heads, as it is recorded."""
    commit: str | None = None
    """The commit that the head is; None for a work tree."""
    posing: tuple[str, ...] = ()
    """Its commits whose message has a trailer of the gate's, as if they were decisions."""

    @cached_property
    def environments(self) -> Environments:
        """Every environment of the head."""
        return repository.environments(self.head)

    def subjects(self) -> list[Subject]:
        """Its models, the environments that it touches, and the repository itself."""
        shared = {
            "tree": self.head,
            "base_tree": self.base,
            "changes": self.changes,
            "environments": self.environments,
            "judged_models": frozenset(candidate.model for candidate in self.candidates),
            "load": self.load,
            "gate_values": self.gate_values,
            "reviews": self.reviews,
            "head": self.commit,
            "posing": self.posing,
        }
        return [
            *(candidate.subject() for candidate in self.candidates),
            *(Subject("environment", name, {**shared, "environment": name}) for name in self._touched()),
            Subject("repository", "", shared),
        ]

    def _touched(self) -> list[str]:
        """Environments with a change in what is rendered there, or behind one whose environment.yaml changed.

        In their order; then those that cannot be read, and those that are removed.
        """
        every = self.environments
        changed = frozenset(self.changes.environments)
        known = [*every.specs, *sorted(every.unreadable), *sorted(changed - every.names)]
        return [
            name
            for name in known
            if name in changed
            or self.changes.touches(name)
            or not changed.isdisjoint(every.predecessors(name))
        ]
