"""GitHub Actions, as its API shows it: runs of workflows, their artifacts, the download of one.

Nothing runs workflows here. What a runner would report is recorded by the requests below `/-/runs`, which
GitHub's API does not have: a run, how it ended, and the artifacts it uploaded.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
import time
import zipfile
from typing import Annotated, Literal

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, invalid
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.forks import forks_of
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text, Whole
from sluicegate.embedded.forge.runs import artifact_json, run_happened, run_json
from sluicegate.embedded.forge.state import Repository
from sluicegate.embedded.forge.store import Row, now
from sluicegate.embedded.forge.wire import API

SECONDS = 60
"""How long the address of a download lives (GitHub: one minute)."""
_KEY = secrets.token_bytes(32)
_ARTIFACTS = (
    "SELECT artifacts.id, run, artifacts.name, digest, length(content) AS size, artifacts.created_at, "
    "head_branch, head_sha FROM artifacts JOIN workflow_runs ON run = workflow_runs.id "
    "WHERE repository = ? "
)
Status = Literal["requested", "queued", "waiting", "pending", "in_progress", "completed"]
Conclusion = Literal[
    "success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "startup_failure"
]


class RunChange(RequestBody):
    """How a run goes."""

    status: Status = "completed"
    conclusion: Conclusion | None = None


class NewRun(RunChange):
    """A run to record: of the workflow in the file `path`, for the commit `head_sha`."""

    path: Annotated[Required, Field(max_length=255)]
    name: Annotated[Required, Field(max_length=255)]
    event: Required = "pull_request"
    head_sha: Required
    head_branch: Text | None = None
    head_repository: Text | None = None
    """OWNER/NAME of the fork that the commit is in; without it the repository's own."""
    title: Text = ""
    attempt: Whole = 1


def _runs(call: Call) -> list[Row]:
    return call.state.store.rows(
        "SELECT * FROM workflow_runs WHERE repository = ? ORDER BY id DESC", call.repository.id
    )


def _run(call: Call) -> Row:
    for row in _runs(call):
        if row["id"] == call.number("id"):
            return row
    raise ApiError(404, "Not Found")


def list_runs(call: Call) -> Reply:
    """GET .../actions/runs?branch=&event=&status=&head_sha=, newest first; a status may be a conclusion."""
    status = call.query("status")
    columns = {"branch": "head_branch", "event": "event", "head_sha": "head_sha", "actor": "author"}
    rows = [
        row
        for row in _runs(call)
        if status in ("", row["status"], row["conclusion"])
        and all(call.query(name) in ("", row[column]) for name, column in columns.items())
    ]
    return call.page(
        rows, lambda some: {"total_count": len(rows), "workflow_runs": [run_json(call, row) for row in some]}
    )


def get_run(call: Call) -> Reply:
    """GET .../actions/runs/{id}."""
    return Reply(run_json(call, _run(call)))


def _page_of_artifacts(call: Call, rows: list[Row]) -> Reply:
    name = call.query("name")
    named = [row for row in rows if name in ("", row["name"])]
    return call.page(
        named,
        lambda some: {
            "total_count": len(named),
            "artifacts": [artifact_json(call, row) for row in some],
        },
    )


def artifacts_of_run(call: Call) -> Reply:
    """GET .../actions/runs/{id}/artifacts?name=."""
    run = _run(call)["id"]
    found = call.state.store.rows(_ARTIFACTS + "AND run = ? ORDER BY artifacts.id", call.repository.id, run)
    return _page_of_artifacts(call, found)


def list_artifacts(call: Call) -> Reply:
    """GET .../actions/artifacts?name=, newest first."""
    found = call.state.store.rows(_ARTIFACTS + "ORDER BY artifacts.id DESC", call.repository.id)
    return _page_of_artifacts(call, found)


def _artifact(call: Call) -> Row:
    row = call.state.store.row(_ARTIFACTS + "AND artifacts.id = ?", call.repository.id, call.number("id"))
    if row is None:
        raise ApiError(404, "Not Found")
    return row


def get_artifact(call: Call) -> Reply:
    """GET .../actions/artifacts/{id}."""
    return Reply(artifact_json(call, _artifact(call)))


def delete_artifact(call: Call) -> Reply:
    """DELETE .../actions/artifacts/{id}."""
    call.state.store.write("DELETE FROM artifacts WHERE id = ?", _artifact(call)["id"])
    return Reply(None, 204)


def download(call: Call) -> Reply:
    """GET .../actions/artifacts/{id}/zip: 302 to an address that needs no token and lives a minute."""
    number = _artifact(call)["id"]
    until = int(time.time()) + SECONDS
    path = f"{API}/repos/{call.repository.full_name}/-/artifacts/{number}"
    return Reply(None, 302, {"Location": f"{call.base}{path}?until={until}&signature={_sign(path, until)}"})


def _sign(path: str, until: int) -> str:
    return hmac.new(_KEY, f"{path}?{until}".encode(), hashlib.sha256).hexdigest()


def content(call: Call) -> Reply:
    """GET of such an address: the zip file. 403 for one that was made up or is over."""
    until = call.query("until")
    path = call.request.url.path
    if not until.isdecimal() or len(until) > 12 or int(until) < time.time():
        raise ApiError(403, "The address is over: ask for another")
    if not hmac.compare_digest(_sign(path, int(until)), call.query("signature")):
        raise ApiError(403, "The signature is not the forge's")
    row = call.state.store.row("SELECT content FROM artifacts WHERE id = ?", _artifact(call)["id"])
    return Reply(raw=row["content"] if row else b"", media="application/zip")


def record(call: Call) -> Reply:
    """POST .../-/runs: a run; webhooks hear `requested`, and of one that is over `completed` too."""
    request = call.read(NewRun)
    if call.repository.git.kind(request.head_sha) != "commit":
        raise ApiError(422, f"No commit found for SHA: {request.head_sha}")
    fields = request.model_dump(exclude={"title", "head_repository"})
    origin = _origin(call, request.head_repository)
    with call.state.store.transaction():
        earlier = sum(row["path"] == request.path for row in _runs(call))
        created = call.state.store.insert(
            "workflow_runs", repository=call.repository.id, title=request.title or request.name,
            author=call.user.login, run_number=earlier + 1, created_at=now(), updated_at=now(), **fields,
        )  # fmt: skip
        if origin.id != call.repository.id:
            call.state.store.insert("runs_of_forks", run=created, repository=origin.id)
    row = call.state.store.row("SELECT * FROM workflow_runs WHERE id = ?", created) or {}
    call.state.publish(call.repository, run_happened(row, "requested", call.user.login))
    _publish_end(call, row)
    return Reply(run_json(call, row), 201)


def _origin(call: Call, name: str | None) -> Repository:
    """The repository that a run's commit is in. Raises `ApiError` 422 for neither this one nor a fork."""
    known = (call.repository, *forks_of(call.state, call.repository))
    for one in known:
        if name in (None, one.full_name):
            return one
    raise invalid("WorkflowRun", "head_repository")


def change(call: Call) -> Reply:
    """PATCH .../-/runs/{id}: its status and conclusion; webhooks hear `completed`."""
    request = call.read(RunChange)
    number = _run(call)["id"]
    call.state.store.update(
        "workflow_runs", number, status=request.status, conclusion=request.conclusion, updated_at=now()
    )
    row = _run(call)
    _publish_end(call, row)
    return Reply(run_json(call, row))


def _publish_end(call: Call, row: Row) -> None:
    if row["status"] == "completed":
        call.state.publish(call.repository, run_happened(row, "completed", call.user.login))


def upload(call: Call) -> Reply:
    """PUT .../-/runs/{id}/artifacts/{name}: a zip file. 409 where the run has one of that name."""
    run = _run(call)
    name = call.text("name")
    if not zipfile.is_zipfile(io.BytesIO(call.content)):
        raise ApiError(422, "An artifact is a zip file")
    with call.state.store.transaction():
        taken = call.state.store.row("SELECT id FROM artifacts WHERE run = ? AND name = ?", run["id"], name)
        if taken:
            raise ApiError(409, f"Failed to CreateArtifact: an artifact {name!r} exists in this run already")
        created = call.state.store.insert(
            "artifacts", run=run["id"], name=name, content=call.content, created_at=now(),
            digest=f"sha256:{hashlib.sha256(call.content).hexdigest()}",
        )  # fmt: skip
    found = call.state.store.row(_ARTIFACTS + "AND artifacts.id = ?", call.repository.id, created)
    return Reply(artifact_json(call, found or {}), 201)


_REPO = "/repos/{owner}/{repo}"
_RUNS = f"{_REPO}/actions/runs"
_ALL = f"{_REPO}/actions/artifacts"
_ONE = f"{_ALL}/{{id:int}}"
_RUNNER = f"{_REPO}/-/runs"
ENDPOINTS = (
    Endpoint("GET", _RUNS, list_runs),
    Endpoint("GET", f"{_RUNS}/{{id:int}}", get_run),
    Endpoint("GET", f"{_RUNS}/{{id:int}}/artifacts", artifacts_of_run),
    Endpoint("GET", _ALL, list_artifacts),
    Endpoint("GET", _ONE, get_artifact),
    Endpoint("DELETE", _ONE, delete_artifact, "write"),
    Endpoint("GET", f"{_ONE}/zip", download, "read"),
    Endpoint("GET", f"{_REPO}/-/artifacts/{{id:int}}", content),
    Endpoint("POST", _RUNNER, record, "write"),
    Endpoint("PATCH", f"{_RUNNER}/{{id:int}}", change, "write"),
    Endpoint("PUT", f"{_RUNNER}/{{id:int}}/artifacts/{{name}}", upload, "write", binary=True),
)
