"""Check runs: create, update, list; their limits are GitHub's."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, Json, invalid
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.events import Happened
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text, Whole
from sluicegate.embedded.forge.serializers import UrlContext, api, html, node_id, user
from sluicegate.embedded.forge.store import Row, newest, now

TEXT_LIMIT = 65_535
TITLE_LIMIT = 255
ANNOTATIONS = 50
RAW_DETAILS_LIMIT = 64 * 1024
Status = Literal["queued", "in_progress", "completed", "waiting", "requested", "pending"]
Conclusion = Literal["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"]
Title = Annotated[Text, Field(max_length=TITLE_LIMIT)]


class Annotation(RequestBody):
    """A message at some lines of a file; it is kept and shown as it came."""

    path: Required
    start_line: Whole
    end_line: Whole
    start_column: Whole | None = None
    end_column: Whole | None = None
    annotation_level: Literal["notice", "warning", "failure"]
    message: Required = Field(max_length=RAW_DETAILS_LIMIT)
    title: Title | None = None
    raw_details: Annotated[Text, Field(max_length=RAW_DETAILS_LIMIT)] | None = None


class Output(RequestBody):
    """What a check run says."""

    title: Required = Field(max_length=TITLE_LIMIT)
    summary: Required = Field(max_length=TEXT_LIMIT)
    text: Annotated[Text, Field(max_length=TEXT_LIMIT)] | None = None
    annotations: list[Annotation] | None = None


class Action(RequestBody):
    """A button of a check run; taken and not shown."""

    label: Required = Field(max_length=20)
    description: Required = Field(max_length=40)
    identifier: Required = Field(max_length=20)


class CheckRunChange(RequestBody):
    """What of a check run changes; fields that are not sent stay."""

    name: Annotated[Required, Field(max_length=255)] | None = None
    status: Status | None = None
    conclusion: Conclusion | None = None
    details_url: Text | None = None
    external_id: Text | None = None
    started_at: Text | None = None
    completed_at: Text | None = None
    output: Output | None = None
    actions: list[Action] | None = None


class NewCheckRun(CheckRunChange):
    """A check run to create, of the commit `head_sha`."""

    name: Required = Field(max_length=255)
    head_sha: Required


def _json(call: UrlContext, row: Row) -> Json:
    url = api(call, call.repository, f"/check-runs/{row['id']}")
    count = call.state.store.row("SELECT count(*) AS n FROM annotations WHERE check_run = ?", row["id"]) or {
        "n": 0
    }
    output = {key: row[key] for key in ("title", "summary", "text")}
    return {
        "id": row["id"], "node_id": node_id("CheckRun", row["id"]), "head_sha": row["head_sha"],
        "name": row["name"],
        "url": url, "html_url": html(call, call.repository, f"/commit/{row['head_sha']}#check-{row['id']}"),
        "details_url": row["details_url"], "external_id": row["external_id"] or "", "status": row["status"],
        "conclusion": row["conclusion"], "started_at": row["started_at"], "completed_at": row["completed_at"],
        "check_suite": {"id": row["id"]}, "app": _app(call, row["author"]), "pull_requests": [],
        "output": output | {"annotations_count": count["n"], "annotations_url": f"{url}/annotations"},
    }  # fmt: skip


def _app(call: UrlContext, login: str) -> Json | None:
    """`integration`: the App behind an account `NAME[bot]`, by the account's number; None for a person."""
    account = call.state.accounts.by_login.get(login)
    slug = login.removesuffix("[bot]")
    if account is None or slug == login:
        return None
    return {
        "id": account.id, "node_id": node_id("Integration", account.id), "slug": slug, "name": slug,
        "owner": user(call, call.repository.owner), "description": None, "events": [], "permissions": {},
        "external_url": html(call, call.repository), "html_url": f"{call.base}/apps/{slug}",
        "created_at": call.repository.created_at, "updated_at": call.repository.created_at,
    }  # fmt: skip


def _columns(change: CheckRunChange, current: Row | None) -> dict[str, Any]:
    """The columns that the request sets. Raises `ApiError` 422."""
    columns: dict[str, Any] = {
        name: getattr(change, name)
        for name in ("details_url", "external_id", "started_at")
        if change.has(name)
    }
    if change.name is not None:
        columns["name"] = change.name
    concluded = change.conclusion or (current and current["conclusion"])
    if change.status == "completed" and not concluded:
        raise invalid("CheckRun", "conclusion", code="missing_field")
    if change.conclusion or change.status == "completed":
        columns |= {"status": "completed", "completed_at": change.completed_at or now()}
        if change.conclusion:
            columns["conclusion"] = change.conclusion
    elif change.status:
        columns |= {"status": change.status, "conclusion": None, "completed_at": None}
    if change.output is not None:
        columns |= {"title": change.output.title, "summary": change.output.summary}
        if change.output.has("text"):
            columns["text"] = change.output.text
    if change.actions is not None and len(change.actions) > 3:
        raise invalid("CheckRun", "actions", "at most 3 actions")
    return columns


def _annotations(change: CheckRunChange) -> list[Annotation]:
    """The annotations that the request appends. Raises `ApiError` 422."""
    annotations = (change.output.annotations if change.output else None) or []
    if len(annotations) > ANNOTATIONS:
        raise invalid(
            "CheckRun", "annotations", f"at most {ANNOTATIONS} annotations a request; send the rest after"
        )
    return annotations


def _annotate(call: Call, run: int, annotations: list[Annotation]) -> None:
    for one in annotations:
        call.state.store.insert("annotations", check_run=run, content=one.model_dump_json())


def create(call: Call) -> Reply:
    """POST .../check-runs for the commit `head_sha`."""
    run = call.read(NewCheckRun)
    if call.repository.git.kind(run.head_sha) != "commit":
        raise ApiError(422, f"No commit found for SHA: {run.head_sha}")
    columns = {"status": "queued", "started_at": now()} | _columns(run, None)
    annotations = _annotations(run)
    with call.state.store.transaction():
        created = call.state.store.insert(
            "check_runs", repository=call.repository.id, head_sha=run.head_sha, author=call.user.login,
            **columns,
        )  # fmt: skip
        _annotate(call, created, annotations)
    row = call.state.store.row("SELECT * FROM check_runs WHERE id = ?", created) or {}
    _publish(call, row, "created")
    if row["status"] == "completed":
        _publish(call, row, "completed")
    return Reply(_json(call, row), 201)


def _publish(call: Call, row: Row, action: str) -> None:
    """GitHub's `webhook-check-run-*`."""
    happened = Happened(
        "check_run", action, call.user.login, lambda context: {"check_run": _json(context, row)}
    )
    call.state.publish(call.repository, happened)


def _row(call: Call) -> Row:
    row = call.state.store.row(
        "SELECT * FROM check_runs WHERE repository = ? AND id = ?", call.repository.id, call.number("id")
    )
    if row is None:
        raise ApiError(404, "Not Found")
    return row


def get(call: Call) -> Reply:
    """GET .../check-runs/{id}."""
    return Reply(_json(call, _row(call)))


def update(call: Call) -> Reply:
    """PATCH .../check-runs/{id}; annotations are appended."""
    change = call.read(CheckRunChange)
    annotations = _annotations(change)
    with call.state.store.transaction():
        row = _row(call)
        columns = _columns(change, row)
        if columns:
            call.state.store.update("check_runs", row["id"], **columns)
        _annotate(call, row["id"], annotations)
    changed = _row(call)
    if changed["status"] == "completed" and row["status"] != "completed":
        _publish(call, changed, "completed")
    return Reply(_json(call, changed))


def list_annotations(call: Call) -> Reply:
    """GET .../check-runs/{id}/annotations."""
    row = _row(call)
    rows = call.state.store.rows("SELECT content FROM annotations WHERE check_run = ? ORDER BY id", row["id"])
    notes = [json.loads(one["content"]) for one in rows]
    for note in notes:
        note["blob_href"] = html(call, call.repository, f"/raw/{row['head_sha']}/{note['path']}")
    return call.page(notes, list)


def of_commit(call: Call) -> Reply:
    """GET .../commits/{ref}/check-runs?check_name=&app_id=&status=&filter=latest|all, newest first."""
    sha = call.repository.git.resolve(call.text("ref"))
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.text('ref')}")
    rows = call.state.store.rows(
        "SELECT * FROM check_runs WHERE repository = ? AND head_sha = ? ORDER BY id DESC",
        call.repository.id,
        sha,
    )
    if call.query("filter") != "all":
        rows = newest(rows, "name", "author")
    name = call.query("check_name")
    status = call.query("status")
    rows = [row for row in rows if name in ("", row["name"]) and status in ("", row["status"])]
    app = call.query("app_id")
    if app:
        rows = [row for row in rows if str((_app(call, row["author"]) or {}).get("id")) == app]
    return call.page(
        rows, lambda some: {"total_count": len(rows), "check_runs": [_json(call, row) for row in some]}
    )


ENDPOINTS = (
    Endpoint("POST", "/repos/{owner}/{repo}/check-runs", create, "write"),
    Endpoint("GET", "/repos/{owner}/{repo}/check-runs/{id:int}", get),
    Endpoint("PATCH", "/repos/{owner}/{repo}/check-runs/{id:int}", update, "write"),
    Endpoint("GET", "/repos/{owner}/{repo}/check-runs/{id:int}/annotations", list_annotations),
    Endpoint("GET", "/repos/{owner}/{repo}/commits/{ref:path}/check-runs", of_commit),
)
