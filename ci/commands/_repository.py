"""Which repository a command of the gate means, opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sluicegate.gate.adapters.git.repository import Repository
    from sluicegate.gate.adapters.lease import Lease


@contextmanager
def opened(
    repo: str | None, branch: str, cache: Path | None, lease: Lease | None = None
) -> Iterator[tuple[Repository, str]]:
    """The repository, open while inside, and its branch; fenced by the lease where one is given.

    Raises InputError for a cache that is something else, GitError.
    """
    from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository

    if cache is not None:
        _refuse_foreign(cache)
    url, branches = repo or _origin(), (branch, EVIDENCE)
    if lease is None:
        found = Repository(url, cache, branches)
    else:
        from sluicegate.gate.adapters.lease import Fenced

        found = Fenced(url, cache, branches, lease=lease)
    with found as repository:
        yield repository, branch


def _refuse_foreign(cache: Path) -> None:
    """A copy is made in a new or empty folder, or found in one; nothing else is written over."""
    from sluicegate.specs.yamlio import InputError

    copy = (cache / "HEAD").is_file() and (cache / "objects").is_dir()
    if cache.exists() and not copy and any(cache.iterdir()):
        raise InputError.of(
            f"{str(cache)!r} holds files and is no copy of a repository", "name a new or an empty folder"
        )


def require(
    repository: Repository, environments: tuple[str, ...], models: tuple[str, ...], branch: str
) -> None:
    """Refuse names that are nowhere: they would be looked at for ever, and nothing said.

    Raises InputError, GitError.
    """
    from sluicegate.gate import daemon as bot

    if environments or models:
        bot.require(repository, environments, models, branch)


def _origin() -> str:
    """Where the current directory's repository pushes to: its origin, else itself. Raises InputError."""
    from sluicegate.ci.commands._checkout import checkout
    from sluicegate.specs.yamlio import InputError

    place = checkout(Path())
    if place.git is None:
        raise InputError.of("the current directory is in no git repository", "name one with --repo")
    return place.origin() or str(place.git)
