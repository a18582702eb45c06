"""The repository that a command of the gate works on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from sluicegate.gate.adapters.git.repository import Repository


@dataclass(frozen=True)
class Deployed:
    """The branch of a repository that a command is for, and where the local copy is kept between runs.

    `repo` is an address or a path, the current directory's origin without it.
    """

    repo: str | None
    branch: str
    cache: Path | None

    def address(self) -> str:
        """Where it is. Raises InputError without a repository."""
        return self.repo or _origin()

    @contextmanager
    def open(self, push_guard: Callable[[], None] | None = None) -> Iterator[Repository]:
        """The repository with this branch and the evidence, open while inside.

        Raises InputError for a cache that holds something else, GitError.
        """
        from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository

        if self.cache is not None:
            _refuse_foreign(self.cache)
        branches = (self.branch, EVIDENCE)
        with Repository(self.address(), self.cache, branches, push_guard) as repository:
            yield repository


def _refuse_foreign(cache: Path) -> None:
    """A copy is made in a new or empty folder, or found in one, whole or half; nothing is overwritten."""
    from sluicegate.gate.adapters.git import folder_lock

    begun = (cache / folder_lock.NAME).is_file()
    is_copy = begun or ((cache / "HEAD").is_file() and (cache / "objects").is_dir())
    if cache.exists() and not is_copy and any(cache.iterdir()):
        raise InputError.of(
            f"{str(cache)!r} holds files and is not a copy of a repository", "name a new or an empty folder"
        )


def _origin() -> str:
    """Where the current directory's repository pushes to: its origin, else itself. Raises InputError."""
    from sluicegate.ci.commands._checkout import checkout

    current = checkout(Path())
    if current.git is None:
        raise InputError.of("the current directory is not in a git repository", "name one with --repo")
    return current.origin() or str(current.git)
