"""Pulls: create, list, read, edit, files, commits, merge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, Json, invalid
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.events import PullChanged
from sluicegate.embedded.forge.merge_methods import MergeMethod
from sluicegate.embedded.forge.pull_serializers import pull_json, pull_summary_json
from sluicegate.embedded.forge.pulls import (
    BODY_LIMIT,
    TITLE_LIMIT,
    NewPull,
    Pull,
    all_pulls,
    merge,
    one_pull,
    open_pull,
    pull_base,
    pull_commits,
)
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text
from sluicegate.embedded.forge.rules import hold_merge
from sluicegate.embedded.forge.serializers import commits_json, file_json, repository_json
from sluicegate.embedded.forge.store import now
from sluicegate.embedded.forge.trial_merges import put_trial_merge
from sluicegate.gate.adapters.git.diff import difference
from sluicegate.gate.adapters.git.names import valid_branch

COMMITS = 250
FILES = 3_000


class IssueChange(RequestBody):
    """What of a pull changes through its issue's endpoint."""

    title: Annotated[Required, Field(max_length=TITLE_LIMIT)] | None = None
    body: Annotated[Text, Field(max_length=BODY_LIMIT)] | None = None
    state: Literal["open", "closed"] | None = None


class PullChange(IssueChange):
    """What of a pull changes."""

    base: Text | None = None


class PullMerge(RequestBody):
    """How to merge: by which method, the head that is expected, and the words of a merge or a squash."""

    merge_method: MergeMethod | None = None
    commit_title: Annotated[Text, Field(max_length=TITLE_LIMIT)] | None = None
    commit_message: Annotated[Text, Field(max_length=BODY_LIMIT)] | None = None
    sha: Text | None = None


def create(call: Call) -> Reply:
    """POST .../pulls: `head` is a branch, or `OWNER:BRANCH` of a fork."""
    pull = open_pull(call.state, call.repository, call.user, call.read(NewPull))
    created = pull_json(call, pull)
    return Reply(created, 201, {"Location": created["url"]})


_SORTS: dict[str, Callable[[Pull], tuple[str, int]]] = {
    "created": lambda pull: (pull.created_at, pull.number),
    "updated": lambda pull: (pull.updated_at, pull.number),
}


def listing(call: Call) -> Reply:
    """GET .../pulls?state=open|closed|all&head=&base=&sort=created|updated&direction=desc|asc."""
    state = call.query("state", "open")
    head = call.query("head")
    base = call.query("base")
    items = [
        pull
        for pull in all_pulls(call.state, call.repository)
        if state in ("all", pull.state)
        and head in ("", pull.head_ref, pull.label)
        and (not base or pull.base_ref == base)
    ]
    items.sort(
        key=_SORTS.get(call.query("sort"), _SORTS["created"]),
        reverse=call.query("direction", "desc") != "asc",
    )

    def render(some: Sequence[Pull]) -> list[Json]:
        repository = repository_json(call, call.repository) if some else {}
        return [pull_summary_json(call, pull, repository) for pull in some]

    return call.page(items, render)


def _pull(call: Call) -> Pull:
    return one_pull(call.state, call.repository, call.number("number"))


def get(call: Call) -> Reply:
    """GET .../pulls/{number}."""
    return Reply(pull_json(call, _pull(call)))


def edit(call: Call) -> Reply:
    """PATCH .../pulls/{number}: title, body, base, state."""
    with call.state.lock(call.repository):
        pull = _pull(call)
        request = call.read(PullChange)
        change_pull(call, pull, request)
        base = request.base
        git = call.repository.git
        if base is not None and base != pull.base_ref:
            tip = git.resolve(f"refs/heads/{base}") if valid_branch(base) else None
            if tip is None or pull.state != "open":
                raise invalid("PullRequest", "base")
            call.state.store.update("pulls", pull.id, base_ref=base, base_sha=tip)
            put_trial_merge(git, pull.number, tip, pull.head_sha)
    return Reply(pull_json(call, _pull(call)))


def change_pull(call: Call, pull: Pull, request: IssueChange) -> None:
    """What PATCH of a pull and of its issue share: title, body, state. Raises `ApiError` 403, 422."""
    state = request.state
    changes: Json = {}
    if call.user.login != pull.author and call.user.permission == "read":
        raise ApiError(403, "Must be the author or have write permission")
    if request.title is not None:
        changes["title"] = request.title
    if request.has("body"):
        changes["body"] = request.body
    if state is not None and state != pull.state:
        git = call.repository.git
        head = pull.origin.git.resolve(f"refs/heads/{pull.head_ref}") if pull.origin else None
        ends = [head, git.resolve(f"refs/heads/{pull.base_ref}")]
        if state == "open" and (pull.merged_at or None in ends):
            raise invalid(
                "PullRequest", "state", "state cannot be changed: it was merged, or its branch is gone"
            )
        changes |= {"state": state, "closed_at": now() if state == "closed" else None}
    if changes:
        call.state.store.update("pulls", pull.id, **changes, updated_at=now())
        action = "edited"
        if "state" in changes:
            action = "closed" if changes["state"] == "closed" else "reopened"
        call.state.publish(call.repository, PullChanged(pull.number, action, call.user.login))


def files(call: Call) -> Reply:
    """GET .../pulls/{number}/files: at most 3,000."""
    pull = _pull(call)
    repository = call.repository
    items = difference(repository.git, pull_base(repository, pull), pull.head_sha)[:FILES]
    return call.page(items, lambda some: [file_json(call, repository, pull.head_sha, file) for file in some])


def commits(call: Call) -> Reply:
    """GET .../pulls/{number}/commits: at most 250, oldest first."""
    shas = pull_commits(call.repository, _pull(call))[:COMMITS]
    return call.page(shas, lambda some: commits_json(call, call.repository, some))


def merged(call: Call) -> Reply:
    """GET .../pulls/{number}/merge: 204 if it was merged, else 404."""
    if _pull(call).merged_at is None:
        raise ApiError(404, "Not Found")
    return Reply(None, 204)


def put_merge(call: Call) -> Reply:
    """PUT .../pulls/{number}/merge: 405 if it cannot merge, 409 if the head is not `sha`."""
    request = call.read(PullMerge)
    pull = _pull(call)
    with call.state.lock(call.repository):
        if pull.state == "open":
            hold_merge(call.state, call.repository, pull, call.user)
        sha = merge(
            call.state, call.repository, pull.number, call.user, method=request.merge_method or "merge",
            sha=request.sha, title=request.commit_title, text=request.commit_message,
        )  # fmt: skip
    return Reply({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


_ONE = "/repos/{owner}/{repo}/pulls/{number:int}"
ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}/pulls", listing),
    Endpoint("POST", "/repos/{owner}/{repo}/pulls", create, "read"),
    Endpoint("GET", _ONE, get),
    Endpoint("PATCH", _ONE, edit, "read"),
    Endpoint("GET", f"{_ONE}/files", files),
    Endpoint("GET", f"{_ONE}/commits", commits),
    Endpoint("GET", f"{_ONE}/merge", merged),
    Endpoint("PUT", f"{_ONE}/merge", put_merge, "write"),
)
