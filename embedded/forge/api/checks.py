"""Check runs: create, update, list; their limits are GitHub's."""

from __future__ import annotations

import json
from typing import Any

from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.request_body import ApiError, Body, Json, invalid
from sluicegate.embedded.forge.serializers import api, html, node_id
from sluicegate.embedded.forge.store import Row, now

TEXT_LIMIT = 65_535
TITLE_LIMIT = 255
ANNOTATIONS = 50
STATES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required")
_LEVELS = ("notice", "warning", "failure")


def _json(call: Call, row: Row) -> Json:
    url = api(call, call.repository, f"/check-runs/{row['id']}")
    count = call.hub.store.row("SELECT count(*) AS n FROM annotations WHERE check_run = ?", row["id"]) or {
        "n": 0
    }
    output = {key: row[key] for key in ("title", "summary", "text")}
    return {
        "id": row["id"], "node_id": node_id("CheckRun", row["id"]), "head_sha": row["head_sha"],
        "name": row["name"],
        "url": url, "html_url": html(call, call.repository, f"/commit/{row['head_sha']}#check-{row['id']}"),
        "details_url": row["details_url"], "external_id": row["external_id"] or "", "status": row["status"],
        "conclusion": row["conclusion"], "started_at": row["started_at"], "completed_at": row["completed_at"],
        "check_suite": {"id": row["id"]}, "app": None, "pull_requests": [],
        "output": output | {"annotations_count": count["n"], "annotations_url": f"{url}/annotations"},
    }  # fmt: skip


def _annotation(item: Body) -> Json:
    level = item.choice("annotation_level", _LEVELS)
    if level is None:
        raise invalid("CheckRun", "annotation_level", code="missing_field")
    columns = {name: item.whole(name) if item.has(name) else None for name in ("start_column", "end_column")}
    return {
        "path": item.need("path"), "start_line": item.whole("start_line"), "end_line": item.whole("end_line"),
        **columns, "annotation_level": level, "message": item.need("message", 64 * 1024),
        "title": item.text("title", TITLE_LIMIT), "raw_details": item.text("raw_details", 64 * 1024),
    }  # fmt: skip


def _fields(body: Body, current: Row | None) -> tuple[dict[str, Any], list[Json]]:
    """The columns that the body sets, and the annotations that it appends. Raises `ApiError` 422."""
    fields: dict[str, Any] = {
        name: body.text(name) for name in ("details_url", "external_id", "started_at") if body.has(name)
    }
    if body.has("name"):
        fields["name"] = body.need("name", 255)
    status, conclusion = body.choice("status", STATES), body.choice("conclusion", CONCLUSIONS)
    if status == "completed" and conclusion is None and not (current and current["conclusion"]):
        raise invalid("CheckRun", "conclusion", code="missing_field")
    if conclusion or status == "completed":
        done = {"status": "completed", "completed_at": body.text("completed_at") or now()}
        fields |= done | ({"conclusion": conclusion} if conclusion else {})
    elif status:
        fields |= {"status": status, "conclusion": None, "completed_at": None}
    output, notes = body.part("output"), []
    if output:
        fields |= {"title": output.need("title", TITLE_LIMIT), "summary": output.need("summary", TEXT_LIMIT)}
        fields |= {"text": output.text("text", TEXT_LIMIT)} if output.has("text") else {}
        notes = [_annotation(item) for item in output.parts("annotations")]
    if len(notes) > ANNOTATIONS:
        raise invalid(
            "CheckRun", "annotations", f"at most {ANNOTATIONS} annotations a request; send the rest after"
        )
    _check_actions(body.parts("actions"))
    return fields, notes


def _check_actions(actions: list[Body]) -> None:
    if len(actions) > 3:
        raise invalid("CheckRun", "actions", "at most 3 actions")
    for action in actions:
        for name, limit in (("label", 20), ("description", 40), ("identifier", 20)):
            action.need(name, limit)


def _annotate(call: Call, run: int, notes: list[Json]) -> None:
    for note in notes:
        call.hub.store.insert("annotations", check_run=run, content=json.dumps(note))


def create(call: Call) -> Reply:
    """POST .../check-runs for the commit `head_sha`."""
    name, sha = call.body.need("name", 255), call.body.need("head_sha")
    if call.repository.git.kind(sha) != "commit":
        raise ApiError(422, f"No commit found for SHA: {sha}")
    fields, notes = _fields(call.body, None)
    fields = {"status": "queued", "started_at": now()} | fields | {"name": name}
    with call.hub.store.transaction():
        made = call.hub.store.insert(
            "check_runs", repository=call.repository.id, head_sha=sha, author=call.user.login, **fields
        )
        _annotate(call, made, notes)
    return Reply(_json(call, call.hub.store.row("SELECT * FROM check_runs WHERE id = ?", made) or {}), 201)


def _row(call: Call) -> Row:
    row = call.hub.store.row(
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
    with call.hub.store.transaction():
        row = _row(call)
        fields, notes = _fields(call.body, row)
        if fields:
            call.hub.store.update("check_runs", row["id"], **fields)
        _annotate(call, row["id"], notes)
    return Reply(_json(call, _row(call)))


def list_annotations(call: Call) -> Reply:
    """GET .../check-runs/{id}/annotations."""
    row = _row(call)
    rows = call.hub.store.rows("SELECT content FROM annotations WHERE check_run = ? ORDER BY id", row["id"])
    notes = [json.loads(one["content"]) for one in rows]
    for note in notes:
        note["blob_href"] = html(call, call.repository, f"/raw/{row['head_sha']}/{note['path']}")
    return call.page(notes, list)


def latest_runs(rows: list[Row]) -> list[Row]:
    """Of each name and author only the newest run; rows come newest first."""
    newest: dict[tuple[str, str], Row] = {}
    for row in rows:
        newest.setdefault((row["name"], row["author"]), row)
    return list(newest.values())


def of_commit(call: Call) -> Reply:
    """GET .../commits/{ref}/check-runs?check_name=&status=&filter=latest|all, newest first."""
    sha = call.repository.git.resolve(call.text("ref"))
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.text('ref')}")
    rows = call.hub.store.rows(
        "SELECT * FROM check_runs WHERE repository = ? AND head_sha = ? ORDER BY id DESC",
        call.repository.id,
        sha,
    )
    rows = rows if call.query("filter") == "all" else latest_runs(rows)
    name, status = call.query("check_name"), call.query("status")
    rows = [row for row in rows if name in ("", row["name"]) and status in ("", row["status"])]
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
