"""A YAML file as it was read: its values, and the line of each. Reading refuses what `nodes` says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sluicegate.specs.yamlio.nodes import Node, compose
from sluicegate.specs.yamlio.problems import InputError, Location, Problem, dotted


@dataclass(frozen=True)
class Document:
    """A parsed file: what it says, where it says it, and what is wrong with it."""

    path: str
    text: bytes
    root: Node | None
    problems: tuple[Problem, ...]

    @property
    def value(self) -> Any:
        """Plain data, a new copy on each call; None when the file could not be read."""
        return self.root.plain() if self.root is not None else None

    def checked(self) -> Document:
        """Itself. Raises InputError with all its problems, if it has any."""
        if self.problems:
            raise InputError(*self.problems)
        return self

    def _find(self, location: Location) -> tuple[Node | None, Node | None]:
        """The key and the value at a path, or of its nearest parent that exists."""
        key = None
        node = self.root
        for part in location:
            child = node.child(part) if node is not None else None
            if child is None:
                break
            key, node = child
        return key, node

    def position(self, location: Location) -> tuple[int, int]:
        """(line, column), 1-based, of the value at a path, or of its nearest parent that exists."""
        node = self._find(location)[1]
        return (node.line, node.column) if node is not None else (1, 1)

    def key_position(self, location: Location) -> tuple[int, int]:
        """(line, column), 1-based, of the key at a path; of the value where there is no key."""
        key, node = self._find(location)
        at = key or node
        return (at.line, at.column) if at is not None else (1, 1)

    def problem(self, location: Location, message: str, remedy: str, *, key: bool = False) -> Problem:
        """A problem at a path of this document: at its value, or at its key."""
        line, column = self.key_position(location) if key else self.position(location)
        return Problem(message, remedy, self.path, line, column, dotted(location))


def parse(text: bytes, path: str) -> Document:
    """Read one YAML document; never raises: what is wrong is in `problems`. `path` is for messages only."""
    root, problems = compose(text)
    return Document(path, text, root, tuple(replace(problem, path=path) for problem in problems))
