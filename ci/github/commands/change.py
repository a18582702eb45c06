"""The pull request that a command is on: what it touches, who owns that, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from github.PullRequest import PullRequest

from sluicegate.ci.github.client import GitHubError
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.daemon.merged import numbered
from sluicegate.gate.daemon.state import State, state_of
from sluicegate.specs import codeowners, layout
from sluicegate.specs.codeowners import Codeowners
from sluicegate.validators.submission.changes import Changes, changes
from sluicegate.validators.submission.judge_changes import changes_of_the_judge

Stage = Literal["open", "merged", "closed"]


@dataclass(frozen=True)
class Change:
    """A pull request, with the repository that it goes into as it is now."""

    number: int
    stage: Stage
    author: int | None
    """The id of who opened it; None where that account was deleted."""
    head: str
    merge: str | None
    """The commit that the merge made; None where it is not merged."""
    state: State
    """The deployed branch, now: its CODEOWNERS are the base's."""

    @property
    def repository(self) -> Repository:
        """The local copy."""
        return self.state.repository

    @cached_property
    def owners(self) -> Codeowners | None:
        """CODEOWNERS of the base."""
        return codeowners.find(self.repository.tree(self.state.tip))

    @cached_property
    def changes(self) -> Changes:
        """What it changes relative to where it left the base. Raises GitHubError, GitError."""
        repository = self.repository
        into = self.state.tip
        if self.merge is not None:
            before = repository.log(self.merge, limit=2)
            into = before[-1].sha
        fork = repository.merge_base(into, self.head)
        if fork is None:
            raise GitHubError(f"{self.head[:12]} shares no commit with the base", "rebase it")
        return changes(path for _, path in repository.changed(fork, self.head))

    @cached_property
    def models(self) -> Mapping[str, str]:
        """By model that it touches and does not remove: git's id of its directory at the head."""
        trees = {
            name: self.repository.object_at(self.head, layout.model_directory(name))
            for name in self.changes.models
        }
        return {name: tree for name, tree in trees.items() if tree is not None}

    @cached_property
    def rules(self) -> Mapping[str, str]:
        """By path that sets a rule or judges, which it touches and does not remove: git's id at the head."""
        judge = changes_of_the_judge(self.repository.tree(self.state.tip), self.changes.paths)
        paths = [*map(layout.environment_path, self.changes.environments)]
        paths += [path for one in judge for path in one.paths]
        found = {path: self.repository.object_at(self.head, path) for path in paths}
        return {path: blob for path, blob in found.items() if blob is not None}

    def version(self, model: str) -> int | None:
        """The version of a model that its merge brought; None where that cannot be read."""
        number = None if self.merge is None else numbered(self.state, self.merge, layout.model_path(model))
        return number.version if number is not None and isinstance(number.version, int) else None

    def owners_of(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Whom the base's CODEOWNERS names for any of these paths."""
        if self.owners is None:
            return ()
        return tuple(dict.fromkeys(owner for path in paths for owner in self.owners.owners(path)))


def change_of(pull: PullRequest, repository: Repository, branch: str) -> Change:
    """Read a pull request into what commands need of it; its head is fetched, and never checked out.

    Raises GitHubError for one that goes into another branch, GitError.
    """
    if pull.base.ref != branch:
        raise GitHubError(
            f"the pull request goes into {pull.base.ref}, and {branch} is what is deployed",
            f"commands work on pull requests into {branch}",
        )
    state = state_of(repository, branch)
    repository.bring(pull.head.sha)
    merged = bool(pull.merged)
    stage: Stage = "merged" if merged else "open" if pull.state == "open" else "closed"
    merge = pull.merge_commit_sha if merged else None
    author = None if pull.user is None else pull.user.id
    return Change(pull.number, stage, author, pull.head.sha, merge, state)
