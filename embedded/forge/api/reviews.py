"""Reviews of a pull: list, write, submit, dismiss. Comments at lines of the diff are not kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, Json
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.events import Happened
from sluicegate.embedded.forge.pull_serializers import pull_summary_json
from sluicegate.embedded.forge.pulls import BODY_LIMIT, Pull, one_pull
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text
from sluicegate.embedded.forge.serializers import UrlContext, api, html, node_id, repository_json, user
from sluicegate.embedded.forge.store import Row, now

PENDING = "PENDING"
_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
ReviewEvent = Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"]


class NewReview(RequestBody):
    """A review; without `event` it is pending, and only its author sees it."""

    commit_id: Text | None = None
    body: Annotated[Text, Field(max_length=BODY_LIMIT)] | None = None
    event: ReviewEvent | None = None


class ReviewSubmission(RequestBody):
    """How a pending review is submitted."""

    body: Annotated[Text, Field(max_length=BODY_LIMIT)] | None = None
    event: ReviewEvent


class Dismissal(RequestBody):
    """Why a review no longer counts."""

    message: Required
    event: Literal["DISMISS"] | None = None


def review_json(call: UrlContext, row: Row) -> Json:
    """`pull-request-review`."""
    repository = call.repository
    page = html(call, repository, f"/pull/{row['number']}#pullrequestreview-{row['id']}")
    pull = api(call, repository, f"/pulls/{row['number']}")
    shown = {
        "id": row["id"], "node_id": node_id("PullRequestReview", row["id"]),
        "user": user(call, row["author"]),
        "body": row["body"], "state": row["state"], "html_url": page, "pull_request_url": pull,
        "author_association": "MEMBER", "commit_id": row["commit_id"],
        "_links": {"html": {"href": page}, "pull_request": {"href": pull}},
    }  # fmt: skip
    return shown | ({"submitted_at": row["submitted_at"]} if row["submitted_at"] else {})


def _pull(call: Call) -> Pull:
    return one_pull(call.state, call.repository, call.number("number"))


def _rows(call: Call, number: int) -> list[Row]:
    """The pull's reviews, oldest first; a pending one only for its author."""
    rows = call.state.store.rows(
        "SELECT * FROM reviews WHERE repository = ? AND number = ? ORDER BY id", call.repository.id, number
    )
    reader = call.account.login if call.account else None
    return [row for row in rows if row["state"] != PENDING or row["author"] == reader]


def _row(call: Call) -> Row:
    for row in _rows(call, _pull(call).number):
        if row["id"] == call.number("review"):
            return row
    raise ApiError(404, "Not Found")


def listing(call: Call) -> Reply:
    """GET .../pulls/{number}/reviews, oldest first."""
    rows = _rows(call, _pull(call).number)
    return call.page(rows, lambda some: [review_json(call, row) for row in some])


def get(call: Call) -> Reply:
    """GET .../pulls/{number}/reviews/{review}."""
    return Reply(review_json(call, _row(call)))


def _checked_state(call: Call, pull: Pull, event: ReviewEvent | None, body: str | None) -> str:
    """The state that the review gets. Raises `ApiError` 422."""
    if event is None:
        return PENDING
    if pull.author == call.user.login and event != "COMMENT":
        act = "approve" if event == "APPROVE" else "request changes on"
        raise ApiError(422, "Unprocessable Entity", [f"Can not {act} your own pull request"])
    if event != "APPROVE" and not (body or "").strip():
        raise ApiError(422, "Unprocessable Entity", ["Body is required for this event"])
    return _STATES[event]


def create(call: Call) -> Reply:
    """POST .../pulls/{number}/reviews: at most one pending review an account; of the head by default."""
    pull = _pull(call)
    request = call.read(NewReview)
    state = _checked_state(call, pull, request.event, request.body)
    commit = request.commit_id or pull.head_sha
    if call.repository.git.kind(commit) != "commit":
        raise ApiError(422, "Unprocessable Entity", ["The commit_id is not part of the pull request"])
    with call.state.store.transaction():
        if any(
            row["state"] == PENDING for row in _rows(call, pull.number) if row["author"] == call.user.login
        ):
            raise ApiError(
                422, "Unprocessable Entity", ["User can only have one pending review per pull request"]
            )
        created = call.state.store.insert(
            "reviews", repository=call.repository.id, number=pull.number, author=call.user.login,
            body=request.body or "", state=state, commit_id=commit,
            submitted_at=None if state == PENDING else now(),
        )  # fmt: skip
    return Reply(_published(call, pull, created, "submitted"))


def submit(call: Call) -> Reply:
    """POST .../pulls/{number}/reviews/{review}/events: a pending review of one's own."""
    row = _row(call)
    request = call.read(ReviewSubmission)
    if row["state"] != PENDING:
        raise ApiError(422, "Unprocessable Entity", ["Could not submit review: it was submitted already"])
    pull = _pull(call)
    body = row["body"] if request.body is None else request.body
    state = _checked_state(call, pull, request.event, body)
    call.state.store.update("reviews", row["id"], state=state, body=body, submitted_at=now())
    return Reply(_published(call, pull, row["id"], "submitted"))


def dismiss(call: Call) -> Reply:
    """PUT .../pulls/{number}/reviews/{review}/dismissals: an approval, or changes that were asked for."""
    row = _row(call)
    call.read(Dismissal)
    if row["state"] not in ("APPROVED", "CHANGES_REQUESTED"):
        raise ApiError(422, "Unprocessable Entity", ["Can not dismiss a review of that state"])
    call.state.store.update("reviews", row["id"], state="DISMISSED")
    return Reply(_published(call, _pull(call), row["id"], "dismissed"))


def _published(call: Call, pull: Pull, review: int, action: str) -> Json:
    """The review as it is now; unless it is pending, webhooks hear of it."""
    row = call.state.store.row("SELECT * FROM reviews WHERE id = ?", review) or {}

    def payload(context: UrlContext) -> Json:
        repo = repository_json(context, context.repository)
        shown = review_json(context, row)
        # The state is in lower case in webhooks alone (@octokit/webhooks-examples).
        shown["state"] = shown["state"].lower()
        return {"review": shown, "pull_request": pull_summary_json(context, pull, repo)}

    if row["state"] != PENDING:
        happened = Happened("pull_request_review", action, call.user.login, payload)
        call.state.publish(call.repository, happened)
    return review_json(call, row)


_OF_PULL = "/repos/{owner}/{repo}/pulls/{number:int}/reviews"
_ONE = f"{_OF_PULL}/{{review:int}}"
ENDPOINTS = (
    Endpoint("GET", _OF_PULL, listing),
    Endpoint("POST", _OF_PULL, create, "read"),
    Endpoint("GET", _ONE, get),
    Endpoint("POST", f"{_ONE}/events", submit, "read"),
    Endpoint("PUT", f"{_ONE}/dismissals", dismiss, "write"),
)
