"""Running a workflow again: nothing runs here, so the run is queued anew, for whoever plays the runner."""

from __future__ import annotations

from sluicegate.embedded.forge.api_error import ApiError
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.runs import run_happened
from sluicegate.embedded.forge.store import now


def rerun(call: Call) -> Reply:
    """POST .../actions/runs/{id}/rerun: 201; 403 for a run that has not ended."""
    with call.state.store.transaction():
        row = call.state.store.row(
            "SELECT * FROM workflow_runs WHERE repository = ? AND id = ?",
            call.repository.id,
            call.number("id"),
        )
        if row is None:
            raise ApiError(404, "Not Found")
        if row["status"] != "completed":
            raise ApiError(403, "This workflow is already running")
        call.state.store.update(
            "workflow_runs",
            row["id"],
            status="queued",
            conclusion=None,
            attempt=row["attempt"] + 1,
            updated_at=now(),
        )
    row = call.state.store.row("SELECT * FROM workflow_runs WHERE id = ?", row["id"]) or {}
    call.state.publish(call.repository, run_happened(row, "requested", call.user.login))
    return Reply({}, 201)


ENDPOINTS = (Endpoint("POST", "/repos/{owner}/{repo}/actions/runs/{id:int}/rerun", rerun, "write"),)
