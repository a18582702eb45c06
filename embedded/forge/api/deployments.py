"""Deployments of a commit to an environment, and their statuses."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, Json
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.events import Happened
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text
from sluicegate.embedded.forge.serializers import UrlContext, api, node_id, user
from sluicegate.embedded.forge.statuses import failing_contexts
from sluicegate.embedded.forge.store import Row, now

DESCRIPTION_LIMIT = 140
FILTERS = ("sha", "ref", "task", "environment")
_ACTIVE = ("success", "pending", "queued", "in_progress")


class NewDeployment(RequestBody):
    """A deployment to announce; `required_contexts` None: every status of the commit must be a success."""

    ref: Required
    task: Annotated[Required, Field(max_length=128)] = "deploy"
    auto_merge: bool = True
    required_contexts: list[Text] | None = None
    payload: dict[str, Any] | Text = ""
    environment: Annotated[Required, Field(max_length=255)] = "production"
    description: Annotated[Text, Field(max_length=DESCRIPTION_LIMIT)] | None = None
    transient_environment: bool = False
    production_environment: bool | None = None


class NewDeploymentStatus(RequestBody):
    """How a deployment goes."""

    state: Literal["error", "failure", "inactive", "in_progress", "queued", "pending", "success"]
    target_url: Text = ""
    log_url: Text = ""
    description: Annotated[Text, Field(max_length=DESCRIPTION_LIMIT)] = ""
    environment: Required | None = None
    environment_url: Text = ""
    auto_inactive: bool = True


def deployment_json(call: UrlContext, row: Row) -> Json:
    """`deployment`."""
    url = api(call, call.repository, f"/deployments/{row['id']}")
    return {
        "id": row["id"], "node_id": node_id("Deployment", row["id"]), "url": url, "sha": row["sha"],
        "ref": row["ref"], "task": row["task"], "payload": json.loads(row["payload"]),
        "environment": row["environment"], "original_environment": row["original_environment"],
        "description": row["description"], "creator": user(call, row["author"]),
        "created_at": row["created_at"], "updated_at": row["updated_at"], "statuses_url": f"{url}/statuses",
        "repository_url": api(call, call.repository), "transient_environment": bool(row["transient"]),
        "production_environment": bool(row["production"]), "performed_via_github_app": None,
    }  # fmt: skip


def status_json(call: UrlContext, row: Row) -> Json:
    """`deployment-status`."""
    deployment = api(call, call.repository, f"/deployments/{row['deployment']}")
    return {
        "id": row["id"], "node_id": node_id("DeploymentStatus", row["id"]), "state": row["state"],
        "url": f"{deployment}/statuses/{row['id']}", "creator": user(call, row["author"]),
        "description": row["description"], "environment": row["environment"],
        "environment_url": row["environment_url"], "log_url": row["log_url"], "target_url": row["log_url"],
        "created_at": row["created_at"], "updated_at": row["created_at"], "deployment_url": deployment,
        "repository_url": api(call, call.repository), "performed_via_github_app": None,
    }  # fmt: skip


def _row(call: Call) -> Row:
    row = call.state.store.row(
        "SELECT * FROM deployments WHERE repository = ? AND id = ?", call.repository.id, call.number("id")
    )
    if row is None:
        raise ApiError(404, "Not Found")
    return row


def _statuses(call: Call, deployment: int) -> list[Row]:
    """Newest first."""
    return call.state.store.rows(
        "SELECT * FROM deployment_statuses WHERE deployment = ? ORDER BY id DESC", deployment
    )


def listing(call: Call) -> Reply:
    """GET .../deployments?sha=&ref=&task=&environment=, newest first."""
    rows = call.state.store.rows(
        "SELECT * FROM deployments WHERE repository = ? ORDER BY id DESC", call.repository.id
    )
    for name in FILTERS:
        wanted = call.query(name)
        rows = [row for row in rows if wanted in ("", "none", row[name])]
    return call.page(rows, lambda some: [deployment_json(call, row) for row in some])


def get(call: Call) -> Reply:
    """GET .../deployments/{id}."""
    return Reply(deployment_json(call, _row(call)))


def create(call: Call) -> Reply:
    """POST .../deployments: 409 where a required status of the commit is no success.

    Nothing is merged for a deployment here: `auto_merge` of a branch that is behind answers 409.
    """
    request = call.read(NewDeployment)
    git = call.repository.git
    sha = git.resolve(request.ref)
    if sha is None:
        raise ApiError(422, f"No ref found for: {request.ref}")
    default = git.resolve(f"refs/heads/{git.default_branch()}")
    branch = git.resolve(f"refs/heads/{request.ref}") if request.auto_merge else None
    if branch and default and not git.is_ancestor(default, branch):
        raise ApiError(409, f"Conflict merging {git.default_branch()} into {request.ref}")
    if failing_contexts(call.state, call.repository, sha, request.required_contexts):
        raise ApiError(409, f"Conflict: Commit status checks failed for {request.ref}.")
    production = request.production_environment
    moment = now()
    created = call.state.store.insert(
        "deployments", repository=call.repository.id, sha=sha, ref=request.ref, task=request.task,
        payload=json.dumps(request.payload), environment=request.environment,
        original_environment=request.environment, description=request.description,
        transient=int(request.transient_environment),
        production=int(request.environment == "production" if production is None else production),
        author=call.user.login, created_at=moment, updated_at=moment,
    )  # fmt: skip
    row = call.state.store.row("SELECT * FROM deployments WHERE id = ?", created) or {}
    _publish(call, "deployment", lambda context: {"deployment": deployment_json(context, row)})
    shown = deployment_json(call, row)
    return Reply(shown, 201, {"Location": shown["url"]})


def delete(call: Call) -> Reply:
    """DELETE .../deployments/{id}: an inactive one, or the environment's only one."""
    row = _row(call)
    others = call.state.store.rows(
        "SELECT id FROM deployments WHERE repository = ? AND environment = ? AND id != ?",
        call.repository.id, row["environment"], row["id"],
    )  # fmt: skip
    statuses = _statuses(call, row["id"])
    if others and statuses and statuses[0]["state"] in _ACTIVE:
        raise ApiError(
            422,
            "We cannot delete an active deployment unless it is the only deployment in a given environment.",
        )
    call.state.store.write("DELETE FROM deployments WHERE id = ?", row["id"])
    return Reply(None, 204)


def list_statuses(call: Call) -> Reply:
    """GET .../deployments/{id}/statuses, newest first."""
    rows = _statuses(call, _row(call)["id"])
    return call.page(rows, lambda some: [status_json(call, row) for row in some])


def get_status(call: Call) -> Reply:
    """GET .../deployments/{id}/statuses/{status}."""
    for row in _statuses(call, _row(call)["id"]):
        if row["id"] == call.number("status"):
            return Reply(status_json(call, row))
    raise ApiError(404, "Not Found")


def create_status(call: Call) -> Reply:
    """POST .../deployments/{id}/statuses; a success makes earlier ones of the environment inactive."""
    deployment = _row(call)
    request = call.read(NewDeploymentStatus)
    environment = request.environment or deployment["environment"]
    with call.state.store.transaction():
        created = _insert_status(call, deployment["id"], request, environment)
        if request.state == "success" and request.auto_inactive:
            _end_earlier(call, deployment, environment)
        if environment != deployment["environment"]:
            call.state.store.update("deployments", deployment["id"], environment=environment)
        call.state.store.update("deployments", deployment["id"], updated_at=now())
    row = call.state.store.row("SELECT * FROM deployment_statuses WHERE id = ?", created) or {}
    current = _row(call)
    _publish(
        call,
        "deployment_status",
        lambda context: {
            "deployment": deployment_json(context, current),
            "deployment_status": status_json(context, row),
        },
    )
    shown = status_json(call, row)
    return Reply(shown, 201, {"Location": shown["url"]})


def _insert_status(call: Call, deployment: int, request: NewDeploymentStatus, environment: str) -> int:
    return call.state.store.insert(
        "deployment_statuses", deployment=deployment, state=request.state, description=request.description,
        environment=environment, environment_url=request.environment_url,
        log_url=request.log_url or request.target_url, author=call.user.login, created_at=now(),
    )  # fmt: skip


def _end_earlier(call: Call, deployment: Row, environment: str) -> None:
    """Of the environment's earlier deployments, neither transient nor of production, successes end."""
    earlier = call.state.store.rows(
        "SELECT id FROM deployments WHERE repository = ? AND environment = ? AND id < ? "
        "AND NOT transient AND NOT production",
        call.repository.id, environment, deployment["id"],
    )  # fmt: skip
    for row in earlier:
        statuses = _statuses(call, row["id"])
        if statuses and statuses[0]["state"] == "success":
            _insert_status(call, row["id"], NewDeploymentStatus(state="inactive"), environment)


def _publish(call: Call, name: str, payload: Any) -> None:
    call.state.publish(call.repository, Happened(name, "created", call.user.login, payload))


_ALL = "/repos/{owner}/{repo}/deployments"
_ONE = f"{_ALL}/{{id:int}}"
ENDPOINTS = (
    Endpoint("GET", _ALL, listing),
    Endpoint("POST", _ALL, create, "write"),
    Endpoint("GET", _ONE, get),
    Endpoint("DELETE", _ONE, delete, "write"),
    Endpoint("GET", f"{_ONE}/statuses", list_statuses),
    Endpoint("POST", f"{_ONE}/statuses", create_status, "write"),
    Endpoint("GET", f"{_ONE}/statuses/{{status:int}}", get_status),
)
