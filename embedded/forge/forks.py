"""Forks: repositories of their own whose branches may be offered to the one that they came from.

On disk a fork shares nothing with its parent. What a pull request offers is copied into the parent under
`refs/pull/`, as GitHub shows it there, so that whoever judges it needs no access to the fork.
"""

from __future__ import annotations

from collections.abc import Mapping

from sluicegate.embedded.forge.auth import Token, may
from sluicegate.embedded.forge.state import ForgeState, Repository
from sluicegate.gate.adapters.git.names import branch_ref


def fork(state: ForgeState, parent: Repository, owner: str, name: str) -> Repository | None:
    """A copy of the parent's branches and tags, of that owner; None if the name is taken."""
    made = state.create(owner, name, parent.description, branch=parent.git.default_branch())
    if made is None:
        return None
    made.git.run(
        "fetch", "--quiet", str(parent.git.path), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"
    )
    state.store.insert("forks", repository=made.id, parent=parent.id)
    return made


def parent_of(state: ForgeState, repository: Repository) -> Repository | None:
    """The repository that a fork came from; None for one that is no fork."""
    row = state.store.row("SELECT parent FROM forks WHERE repository = ?", repository.id)
    return state.by_id(row["parent"]) if row else None


def forks_of(state: ForgeState, parent: Repository) -> list[Repository]:
    """The forks that still exist, newest first."""
    rows = state.store.rows(
        "SELECT repository FROM forks WHERE parent = ? ORDER BY repository DESC", parent.id
    )
    found = (state.by_id(row["repository"]) for row in rows)
    return [one for one in found if one is not None]


def head_repository(state: ForgeState, repository: Repository, pull: int) -> Repository | None:
    """The repository that the head of the pull with this id is in; None for a fork that is gone."""
    row = state.store.row("SELECT repository FROM heads_in_forks WHERE pull = ?", pull)
    return repository if row is None else state.by_id(row["repository"])


def offered_by(state: ForgeState, repository: Repository, who: Token, owner: str) -> Repository | None:
    """The repository of that owner that a pull may come from: this one, or a fork that `who` may write to."""
    if owner in ("", repository.owner):
        return repository
    found = next((one for one in forks_of(state, repository) if one.owner == owner), None)
    return found if found is not None and may(who, "write", owner) else None


def tip_of(
    repository: Repository, origin: Repository | None, branch: str, refs: Mapping[str, str]
) -> str | None:
    """Where a pull's branch is; `refs` are those of the pull's own repository."""
    if origin is None:
        return None
    return (
        refs.get(branch_ref(branch)) if origin.id == repository.id else origin.git.resolve(branch_ref(branch))
    )


def copy_commits(into: Repository, fork: Repository, branch: str) -> None:
    """Copy what a fork's branch holds; no ref moves."""
    if fork.id != into.id:
        into.git.run(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(fork.git.path), branch_ref(branch)
        )
