"""Running a workflow again, or at all: nothing runs here; the run is queued for whoever plays the runner."""

from __future__ import annotations

from sluicegate.embedded.forge.api_error import ApiError
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.runs import origin_of, run_happened
from sluicegate.embedded.forge.store import Row, now


def rerun(call: Call) -> Reply:
    """POST .../actions/runs/{id}/rerun: 201; 403 for a run that has not ended."""
    with call.state.store.transaction():
        row = _row(call)
        if row["status"] != "completed":
            raise ApiError(403, "This workflow is already running")
    return _queue(call, row, row["attempt"] + 1)


def approve(call: Call) -> Reply:
    """POST .../actions/runs/{id}/approve: lets a first contributor's run from a fork begin."""
    row = _row(call)
    if (
        row["conclusion"] != "action_required"
        or origin_of(call.state, call.repository, row["id"]) == call.repository
    ):
        raise ApiError(403, "This run is not from a fork pull request, or it waits for no approval")
    return _queue(call, row, row["attempt"])


def _row(call: Call) -> Row:
    row = call.state.store.row(
        "SELECT * FROM workflow_runs WHERE repository = ? AND id = ?", call.repository.id, call.number("id")
    )
    if row is None:
        raise ApiError(404, "Not Found")
    return row


def _queue(call: Call, row: Row, attempt: int) -> Reply:
    call.state.store.update(
        "workflow_runs", row["id"], status="queued", conclusion=None, attempt=attempt, updated_at=now()
    )
    row = call.state.store.row("SELECT * FROM workflow_runs WHERE id = ?", row["id"]) or {}
    call.state.publish(call.repository, run_happened(row, "requested", call.user.login))
    return Reply({}, 201)


_ONE = "/repos/{owner}/{repo}/actions/runs/{id:int}"
ENDPOINTS = (
    Endpoint("POST", f"{_ONE}/rerun", rerun, "write"),
    Endpoint("POST", f"{_ONE}/approve", approve, "write"),
)
