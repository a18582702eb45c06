"""Comments of a pull: list, read, write, edit, delete; at most 65,536 characters."""

from __future__ import annotations

from pydantic import Field

from sluicegate.embedded.forge.api.issues import issue_json
from sluicegate.embedded.forge.api_error import ApiError, Json
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.events import Happened
from sluicegate.embedded.forge.pulls import one_pull
from sluicegate.embedded.forge.request_body import RequestBody, Required
from sluicegate.embedded.forge.serializers import UrlContext, api, html, node_id, user
from sluicegate.embedded.forge.store import Row, now

LIMIT = 65_536
REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


class CommentBody(RequestBody):
    """The text of a comment."""

    body: Required = Field(max_length=LIMIT)


def comment_json(call: UrlContext, row: Row) -> Json:
    """`issue-comment`."""
    repository = call.repository
    return {
        "id": row["id"], "node_id": node_id("IssueComment", row["id"]), "body": row["body"],
        "url": api(call, repository, f"/issues/comments/{row['id']}"),
        "html_url": html(call, repository, f"/pull/{row['number']}#issuecomment-{row['id']}"),
        "issue_url": api(call, repository, f"/issues/{row['number']}"), "user": user(call, row["author"]),
        "author_association": "MEMBER", "created_at": row["created_at"], "updated_at": row["updated_at"],
        "performed_via_github_app": None, "reactions": _reactions(call, row["id"]),
    }  # fmt: skip


def _reactions(call: UrlContext, comment: int) -> Json:
    """`reaction-rollup`."""
    counts = dict.fromkeys(REACTIONS, 0)
    for row in call.state.store.rows("SELECT content FROM reactions WHERE comment = ?", comment):
        counts[row["content"]] += 1
    url = api(call, call.repository, f"/issues/comments/{comment}/reactions")
    return {"url": url, "total_count": sum(counts.values()), **counts}


def comment_row(call: Call) -> Row:
    """The comment `id` of the path. Raises `ApiError` 404."""
    row = call.state.store.row(
        "SELECT * FROM comments WHERE repository = ? AND id = ?", call.repository.id, call.number("id")
    )
    if row is None:
        raise ApiError(404, "Not Found")
    return row


def _own(call: Call) -> Row:
    row = comment_row(call)
    if row["author"] != call.user.login and call.user.permission == "read":
        raise ApiError(403, "Must be the comment's author or have write permission")
    return row


def listing(call: Call) -> Reply:
    """GET .../issues/{number}/comments?since=, oldest first."""
    number = one_pull(call.state, call.repository, call.number("number")).number
    rows = call.state.store.rows(
        "SELECT * FROM comments WHERE repository = ? AND number = ? AND updated_at >= ? ORDER BY id",
        call.repository.id, number, call.query("since"),
    )  # fmt: skip
    return call.page(rows, lambda some: [comment_json(call, row) for row in some])


def every(call: Call) -> Reply:
    """GET .../issues/comments?since=&direction=asc|desc, over all pulls."""
    rows = call.state.store.rows(
        "SELECT * FROM comments WHERE repository = ? AND updated_at >= ? ORDER BY id",
        call.repository.id, call.query("since"),
    )  # fmt: skip
    return call.page(
        rows[::-1] if call.query("direction") == "desc" else rows,
        lambda some: [comment_json(call, row) for row in some],
    )


def create(call: Call) -> Reply:
    """POST .../issues/{number}/comments."""
    number = one_pull(call.state, call.repository, call.number("number")).number
    body = call.read(CommentBody).body
    moment = now()
    created = call.state.store.insert(
        "comments", repository=call.repository.id, number=number, author=call.user.login, body=body,
        created_at=moment, updated_at=moment,
    )  # fmt: skip
    call.state.store.write(
        "UPDATE pulls SET updated_at = ? WHERE repository = ? AND number = ?",
        moment,
        call.repository.id,
        number,
    )
    row = call.state.store.row("SELECT * FROM comments WHERE id = ?", created) or {}
    _publish(call, row, "created")
    shown = comment_json(call, row)
    return Reply(shown, 201, {"Location": shown["url"]})


def get(call: Call) -> Reply:
    """GET .../issues/comments/{id}."""
    return Reply(comment_json(call, comment_row(call)))


def edit(call: Call) -> Reply:
    """PATCH .../issues/comments/{id}."""
    row = _own(call)
    body = call.read(CommentBody).body
    call.state.store.update("comments", row["id"], body=body, updated_at=now())
    edited = comment_row(call)
    _publish(call, edited, "edited", {"changes": {"body": {"from": row["body"]}}})
    return Reply(comment_json(call, edited))


def delete(call: Call) -> Reply:
    """DELETE .../issues/comments/{id}."""
    row = _own(call)
    call.state.store.write("DELETE FROM comments WHERE id = ?", row["id"])
    _publish(call, row, "deleted")
    return Reply(None, 204)


def _publish(call: Call, row: Row, action: str, more: Json | None = None) -> None:
    """GitHub's `webhook-issue-comment-*`."""
    pull = one_pull(call.state, call.repository, row["number"])

    def payload(context: UrlContext) -> Json:
        return {"issue": issue_json(context, pull), "comment": comment_json(context, row), **(more or {})}

    call.state.publish(call.repository, Happened("issue_comment", action, call.user.login, payload))


_OF_PULL = "/repos/{owner}/{repo}/issues/{number:int}/comments"
_ONE = "/repos/{owner}/{repo}/issues/comments/{id:int}"
ENDPOINTS = (
    Endpoint("GET", _OF_PULL, listing),
    Endpoint("POST", _OF_PULL, create, "read"),
    Endpoint("GET", "/repos/{owner}/{repo}/issues/comments", every),
    Endpoint("GET", _ONE, get),
    Endpoint("PATCH", _ONE, edit, "read"),
    Endpoint("DELETE", _ONE, delete, "read"),
)
