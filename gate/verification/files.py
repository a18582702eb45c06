"""A file as one commit of main has it."""

from __future__ import annotations

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.repository import Repository


def content(repository: Repository, sha: str, path: str) -> bytes | None:
    """The bytes at a path that the commit has, of a link where it leads; None for a submodule.

    A submodule names a commit of another repository, which this one need not have. Raises GitError.
    """
    try:
        return repository.blob(f"{sha}:{path}")
    except GitError:
        entry = repository.tree(sha).entry(path)
        if entry is None or entry.kind != "commit":
            raise
        return None
