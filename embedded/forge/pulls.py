"""Pull requests: where their head is (always read from git), when they close, and how they merge."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, invalid
from sluicegate.embedded.forge.auth import Token
from sluicegate.embedded.forge.events import PullChanged, RefsMoved
from sluicegate.embedded.forge.forks import copy_commits, head_repository, offered_by, parent_of, tip_of
from sluicegate.embedded.forge.merge_methods import MergeMethod, Words, write_merge
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text
from sluicegate.embedded.forge.state import ForgeState, Repository
from sluicegate.embedded.forge.store import Row, now
from sluicegate.embedded.forge.trial_merges import put_trial_merge, trial_merge
from sluicegate.gate.adapters.git.command import RefMoved
from sluicegate.gate.adapters.git.names import ZERO, branch_ref, valid_branch
from sluicegate.gate.adapters.git.objects import history
from sluicegate.gate.adapters.git.write import merge_trees, put_merge

TITLE_LIMIT = 256
BODY_LIMIT = 65_536
_CANNOT: dict[MergeMethod, str] = {
    "merge": "Pull Request is not mergeable",
    "squash": "Pull Request is not mergeable",
    "rebase": "This branch can't be rebased",
}


class NewPull(RequestBody):
    """A pull to open; `head` is `branch` or `owner:branch`, `base` a branch."""

    title: Required = Field(max_length=TITLE_LIMIT)
    body: Annotated[Text, Field(max_length=BODY_LIMIT)] | None = None
    head: Required
    base: Required
    draft: bool = False


@dataclass(frozen=True)
class Pull:
    """A pull as it is now. `base_sha` is the base's tip, or what it was when the pull was last open."""

    id: int
    number: int
    title: str
    body: str | None
    state: str
    draft: int
    head_ref: str
    base_ref: str
    base_sha: str
    author: str
    created_at: str
    updated_at: str
    closed_at: str | None
    merged_at: str | None
    merged_by: str | None
    merge_sha: str | None
    """Of the merge; while the pull is open, of the merge that git would make now, None if it conflicts."""
    head_sha: str
    origin: Repository | None
    """The repository that the head is in; None for a fork that is gone."""

    @property
    def label(self) -> str:
        """`OWNER:BRANCH` of the head."""
        return f"{self.origin.owner if self.origin else 'unknown'}:{self.head_ref}"


def pull_ref(number: int) -> str:
    """The ref that follows a pull's head, and keeps it when the branch is gone."""
    return f"refs/pull/{number}/head"


def refresh(state: ForgeState, repository: Repository, by: str | None = None) -> None:
    """Let pulls follow the refs: heads that moved, branches that vanished, heads that reached their base."""
    with state.lock(repository):
        rows = state.store.rows("SELECT * FROM pulls WHERE repository = ? AND state = 'open'", repository.id)
        refs = repository.git.refs("refs/heads/", "refs/pull/") if rows else {}
        known = {name: sha for name, (sha, _) in refs.items()}
        changes = [(row["number"], _refresh_one(state, repository, row, known, by)) for row in rows]
        state.publish(repository, RefsMoved(by))
        for number, action in changes:
            if action:
                state.publish(repository, PullChanged(number, action, by))
    parent = parent_of(state, repository)
    if parent is not None:
        refresh(state, parent, by)


def _refresh_one(
    state: ForgeState, repository: Repository, row: Row, refs: dict[str, str], by: str | None
) -> str | None:
    """Let one pull follow its branches; the action of a webhook that tells of it, None if nothing changed."""
    git = repository.git
    origin = head_repository(state, repository, row["id"])
    head = tip_of(repository, origin, row["head_ref"], refs)
    base = refs.get(branch_ref(row["base_ref"]))
    ref = pull_ref(row["number"])
    known = refs.get(ref)
    if origin is None or head is None or base is None:
        state.store.update("pulls", row["id"], state="closed", closed_at=now(), updated_at=now())
        return "closed"
    moved = None if head == known else "synchronize"
    if moved:
        copy_commits(repository, origin, row["head_ref"])
        git.update_refs([(ref, head, known or ZERO)])
        state.store.update("pulls", row["id"], updated_at=now())
    if moved or base != row["base_sha"]:
        put_trial_merge(git, row["number"], base, head)
    if base == row["base_sha"]:
        return moved
    if git.is_ancestor(head, base) and not git.is_ancestor(head, row["base_sha"]):
        _mark_merged(state, row["id"], base, by)
        return "closed"
    state.store.update("pulls", row["id"], base_sha=base)
    return moved


def _mark_merged(state: ForgeState, pull: int, sha: str, by: str | None) -> None:
    moment = now()
    state.store.update(
        "pulls",
        pull,
        state="closed",
        closed_at=moment,
        merged_at=moment,
        updated_at=moment,
        merged_by=by,
        merge_sha=sha,
    )


def all_pulls(state: ForgeState, repository: Repository) -> list[Pull]:
    """Every pull, newest first."""
    refresh(state, repository)
    refs = repository.git.refs("refs/pull/")
    names = [field.name for field in fields(Pull) if field.name not in ("head_sha", "origin", "merge_sha")]
    rows = state.store.rows("SELECT * FROM pulls WHERE repository = ? ORDER BY number DESC", repository.id)
    # A pull whose head is gone (its bare repository was replaced by hand) cannot be shown; git is the source.
    return [
        Pull(
            **{name: row[name] for name in names},
            head_sha=refs[pull_ref(row["number"])][0],
            merge_sha=row["merge_sha"] or trial_merge(row, refs),
            origin=head_repository(state, repository, row["id"]),
        )
        for row in rows
        if pull_ref(row["number"]) in refs
    ]


def one_pull(state: ForgeState, repository: Repository, number: int) -> Pull:
    """The pull of this number. Raises `ApiError` 404."""
    for pull in all_pulls(state, repository):
        if pull.number == number:
            return pull
    raise ApiError(404, "Not Found")


def pull_commits(repository: Repository, pull: Pull) -> list[str]:
    """Shas of the pull's own commits, oldest first."""
    return history(repository.git, pull.head_sha, without=pull.base_sha)[::-1]


def pull_base(repository: Repository, pull: Pull) -> str:
    """The commit that the pull's changes are shown against: the merge base."""
    return repository.git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha


def mergeable(repository: Repository, pull: Pull) -> bool | None:
    """Whether git can merge it now; None once it is closed."""
    if pull.state != "open":
        return None
    return merge_trees(repository.git, pull.base_sha, pull.head_sha) is not None


def open_pull(state: ForgeState, repository: Repository, who: Token, request: NewPull) -> Pull:
    """Open a pull from a branch of the repository, or of a fork of it. Raises `ApiError` 422."""
    owner, _, head = request.head.rpartition(":")
    base = request.base
    git = repository.git
    origin = offered_by(state, repository, who, owner)
    with state.lock(repository):
        tips = {}
        for field, branch, where in (("head", head, origin), ("base", base, repository)):
            tip = where.git.resolve(branch_ref(branch)) if where and valid_branch(branch) else None
            if tip is None:
                raise invalid("PullRequest", field)
            tips[field] = tip
        assert origin is not None  # noqa: S101 - it has the head
        copy_commits(repository, origin, head)
        if git.is_ancestor(tips["head"], tips["base"]):
            raise invalid("PullRequest", "head", f"No commits between {base} and {head}")
        for other in all_pulls(state, repository):
            same = (other.state, other.origin, other.head_ref, other.base_ref) == ("open", origin, head, base)
            if same:
                raise invalid("PullRequest", "head", f"A pull request already exists for {other.label}.")
        number = take_number(state, repository)
        git.update_refs([(pull_ref(number), tips["head"], ZERO)])
        created = state.store.insert(
            "pulls", repository=repository.id, number=number, title=request.title, body=request.body,
            draft=int(request.draft), head_ref=head, base_ref=base, base_sha=tips["base"],
            author=who.login,
            created_at=now(), updated_at=now(),
        )  # fmt: skip
        if origin.id != repository.id:
            state.store.insert("heads_in_forks", pull=created, repository=origin.id)
        put_trial_merge(git, number, tips["base"], tips["head"])
        state.publish(repository, PullChanged(number, "opened", who.login))
    return one_pull(state, repository, number)


def take_number(state: ForgeState, repository: Repository) -> int:
    """The next number; a number is never given twice."""
    with state.store.transaction():
        row = state.store.row("SELECT next_number FROM repositories WHERE id = ?", repository.id)
        number = int(row["next_number"]) if row else 1
        state.store.update("repositories", repository.id, next_number=number + 1)
    return number


def merge(
    state: ForgeState,
    repository: Repository,
    number: int,
    who: Token,
    *,
    method: MergeMethod = "merge",
    sha: str | None,
    title: str | None = None,
    text: str | None = None,
) -> str:
    """Merge; the base's new tip. Raises `ApiError` 405 (cannot merge), 409 (a branch moved)."""
    git = repository.git
    with state.lock(repository):
        pull = one_pull(state, repository, number)
        if pull.state != "open":
            raise ApiError(405, "Pull Request is not mergeable: it is closed or merged already")
        if pull.draft:
            raise ApiError(405, "Pull Request is still a draft")
        if sha is not None and sha != pull.head_sha:
            raise ApiError(409, "Head branch was modified. Review and try the merge again.")
        words = Words(number, pull.label, pull.title, title, text)
        author = state.accounts.by_login.get(pull.author, who)
        merged = write_merge(git, method, pull.base_sha, pull.head_sha, words, who=who, author=author)
        if merged is None:
            raise ApiError(405, _CANNOT[method])
        here = pull.origin is not None and pull.origin.id == repository.id
        head_ref = branch_ref(pull.head_ref) if here else pull_ref(number)
        try:
            put_merge(git, merged, (branch_ref(pull.base_ref), pull.base_sha), (head_ref, pull.head_sha))
        except RefMoved as error:
            side = "Head" if git.resolve(head_ref) != pull.head_sha else "Base"
            raise ApiError(409, f"{side} branch was modified. Review and try the merge again.") from error
        _mark_merged(state, pull.id, merged, who.login)
        state.publish(repository, PullChanged(number, "closed", who.login))
        refresh(state, repository, who.login)
    return merged
