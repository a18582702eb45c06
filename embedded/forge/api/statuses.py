"""Commit statuses, and the combined status of a ref."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, Json, invalid
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.events import Happened
from sluicegate.embedded.forge.request_body import RequestBody, Text
from sluicegate.embedded.forge.serializers import (
    UrlContext,
    api,
    commits_json,
    node_id,
    repository_json,
    user,
)
from sluicegate.embedded.forge.store import Row, newest, now

DESCRIPTION_LIMIT = 140
A_CONTEXT = 1_000


class NewStatus(RequestBody):
    """A status to set on a commit."""

    state: Literal["error", "failure", "pending", "success"]
    context: Annotated[Text, Field(max_length=255)] | None = None
    description: Annotated[Text, Field(max_length=DESCRIPTION_LIMIT)] | None = None
    target_url: Text | None = None


def _json(call: Call, row: Row) -> Json:
    return {
        "id": row["id"], "node_id": node_id("Status", row["id"]), "context": row["context"],
        "state": row["state"],
        "url": api(call, call.repository, f"/statuses/{row['sha']}"),
        "avatar_url": f"{call.base}/-/avatar.svg",
        "description": row["description"], "target_url": row["target_url"],
        "creator": user(call, row["author"]),
        "created_at": row["created_at"], "updated_at": row["created_at"],
    }  # fmt: skip


def _rows(call: Call, sha: str) -> list[Row]:
    return call.state.store.rows(
        "SELECT * FROM statuses WHERE repository = ? AND sha = ? ORDER BY id DESC", call.repository.id, sha
    )


def create(call: Call) -> Reply:
    """POST .../statuses/{sha}: state, context, description (140 characters), target_url."""
    sha = call.text("sha")
    if call.repository.git.kind(sha) != "commit":
        raise ApiError(422, f"No commit found for SHA: {sha}")
    status = call.read(NewStatus)
    target = status.target_url
    if target and not target.startswith(("http://", "https://")):
        raise invalid("Status", "target_url", "target_url must use http(s) scheme")
    context = status.context or "default"
    if sum(row["context"] == context for row in _rows(call, sha)) >= A_CONTEXT:
        raise invalid("Status", "context", "This SHA and context has reached the maximum number of statuses.")
    created = call.state.store.insert(
        "statuses", repository=call.repository.id, sha=sha, context=context, state=status.state,
        target_url=target, description=status.description, author=call.user.login,
        created_at=now(),
    )  # fmt: skip
    row = call.state.store.row("SELECT * FROM statuses WHERE id = ?", created) or {}
    call.state.publish(call.repository, Happened("status", None, call.user.login, _told(row)))
    return Reply(_json(call, row), 201)


def _told(row: Row) -> Callable[[UrlContext], Json]:
    """GitHub's `webhook-status`."""

    def payload(context: UrlContext) -> Json:
        repository = context.repository
        (commit,) = commits_json(context, repository, [row["sha"]])
        tips = repository.git.refs("refs/heads/")
        branches = [
            {"name": name.removeprefix("refs/heads/"), "commit": {"sha": sha, "url": commit["url"]}}
            for name, (sha, _) in tips.items()
            if sha == row["sha"]
        ]
        names = ("id", "sha", "context", "state", "description", "target_url", "created_at")
        shown = {name: row[name] for name in names}
        return shown | {
            "name": repository.full_name, "updated_at": row["created_at"], "commit": commit,
            "avatar_url": f"{context.base}/-/avatar.svg",
            "branches": [branch | {"protected": False} for branch in branches[:10]],
        }  # fmt: skip

    return payload


def _sha(call: Call) -> str:
    sha = call.repository.git.resolve(call.text("ref"))
    if sha is None:
        raise ApiError(404, "Not Found")
    return sha


def listing(call: Call) -> Reply:
    """GET .../commits/{ref}/statuses, newest first."""
    return call.page(_rows(call, _sha(call)), lambda some: [_json(call, row) for row in some])


def combined(call: Call) -> Reply:
    """GET .../commits/{ref}/status: failure if any, else pending if any or if there is none, else success."""
    sha = _sha(call)
    rows = newest(_rows(call, sha), "context")
    states = {row["state"] for row in rows}
    if states & {"error", "failure"}:
        state = "failure"
    elif "pending" in states or not states:
        state = "pending"
    else:
        state = "success"
    repository = repository_json(call, call.repository)
    url = api(call, call.repository, f"/commits/{sha}")
    return call.page(
        rows,
        lambda some: {
            "state": state, "sha": sha, "total_count": len(rows),
            "statuses": [_json(call, row) for row in some],
            "repository": repository, "commit_url": url, "url": f"{url}/status",
        },
    )  # fmt: skip


ENDPOINTS = (
    Endpoint("POST", "/repos/{owner}/{repo}/statuses/{sha}", create, "write"),
    Endpoint("GET", "/repos/{owner}/{repo}/statuses/{ref:path}", listing),
    Endpoint("GET", "/repos/{owner}/{repo}/commits/{ref:path}/statuses", listing),
    Endpoint("GET", "/repos/{owner}/{repo}/commits/{ref:path}/status", combined),
)
