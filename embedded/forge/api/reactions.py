"""Reactions to comments: list, give (once a person), take back."""

from __future__ import annotations

from typing import Literal

from sluicegate.embedded.forge.api.comments import comment_row
from sluicegate.embedded.forge.api_error import ApiError, Json
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.request_body import RequestBody
from sluicegate.embedded.forge.serializers import node_id, user
from sluicegate.embedded.forge.store import Row, now


class NewReaction(RequestBody):
    """What to react with."""

    content: Literal["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]


def _json(call: Call, row: Row) -> Json:
    return {
        "id": row["id"], "node_id": node_id("Reaction", row["id"]), "user": user(call, row["author"]),
        "content": row["content"], "created_at": row["created_at"],
    }  # fmt: skip


def listing(call: Call) -> Reply:
    """GET .../issues/comments/{id}/reactions?content=."""
    content = call.query("content")
    rows = call.state.store.rows(
        "SELECT * FROM reactions WHERE comment = ? ORDER BY id", comment_row(call)["id"]
    )
    chosen = [row for row in rows if content in ("", row["content"])]
    return call.page(chosen, lambda some: [_json(call, row) for row in some])


def create(call: Call) -> Reply:
    """POST .../issues/comments/{id}/reactions: 201, or 200 where the person reacted so already."""
    comment = comment_row(call)["id"]
    content = call.read(NewReaction).content
    key = (comment, call.user.login, content)
    with call.state.store.transaction():
        new = call.state.store.write(
            "INSERT INTO reactions (comment, author, content, created_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            *key, now(),
        )  # fmt: skip
        row = call.state.store.row(
            "SELECT * FROM reactions WHERE comment = ? AND author = ? AND content = ?", *key
        )
    return Reply(_json(call, row or {}), 201 if new else 200)


def delete(call: Call) -> Reply:
    """DELETE .../issues/comments/{id}/reactions/{reaction}, one's own."""
    comment = comment_row(call)["id"]
    row = call.state.store.row(
        "SELECT * FROM reactions WHERE comment = ? AND id = ?", comment, call.number("reaction")
    )
    if row is None:
        raise ApiError(404, "Not Found")
    if row["author"] != call.user.login:
        raise ApiError(403, "Must be the reaction's author")
    call.state.store.write("DELETE FROM reactions WHERE id = ?", row["id"])
    return Reply(None, 204)


_OF_COMMENT = "/repos/{owner}/{repo}/issues/comments/{id:int}/reactions"
ENDPOINTS = (
    Endpoint("GET", _OF_COMMENT, listing),
    Endpoint("POST", _OF_COMMENT, create, "read"),
    Endpoint("DELETE", f"{_OF_COMMENT}/{{reaction:int}}", delete, "read"),
)
