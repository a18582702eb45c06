"""The data-science team of the demonstration: an ordinary clone, branches, pushes and pull requests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sluicegate.gate.adapters.git.clone import Clone
from sluicegate.gate.adapters.git.write import Signature

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

TEAM = Signature("flight-delay team", "flight-delay@example.org")


class Author:
    """The team's clone of a repository, and the same repository as PyGithub sees it."""

    def __init__(self, clone: Clone, repository: Repository) -> None:
        self._clone = clone
        self._repository = repository
        self.checkout = clone.directory

    def push_main(self, message: str) -> str:
        """Commit all of the checkout on main and push it; for what is there before the first pull request."""
        sha = self._clone.commit_all(message)
        self._clone.push("main")
        return sha

    def propose(self, branch: str, title: str, body: str, change: Callable[[Path], None]) -> PullRequest:
        """A branch from today's main with `change` made to its files, pushed, as a pull request."""
        self._clone.branch_off(branch)
        change(self.checkout)
        self._clone.commit_all(title)
        self._clone.push(branch)
        return self._repository.create_pull(base="main", head=branch, title=title, body=body)


def copy_model(source: Path, target: Path) -> None:
    """Copy a directory's files over another's; what only the target has stays."""
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
