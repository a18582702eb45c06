"""Rulesets of a repository: kept, listed, and held against merges and pushes by `embedded.forge.rules`."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, Json, invalid
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text
from sluicegate.embedded.forge.rules import RULE_TYPES, applying, passes_by
from sluicegate.embedded.forge.serializers import api, html, node_id
from sluicegate.embedded.forge.store import Row, now

_COLUMNS = ("bypass_actors", "conditions", "rules")


class BypassActor(RequestBody):
    """Whom the rules do not bind."""

    actor_id: int | None = None
    actor_type: Literal["Integration", "OrganizationAdmin", "RepositoryRole", "Team", "DeployKey", "User"]
    bypass_mode: Literal["always", "pull_request", "exempt"] = "always"


class RefNames(RequestBody):
    """Patterns of refs, `~DEFAULT_BRANCH` and `~ALL` among them."""

    include: list[Text] = Field(default=[])
    exclude: list[Text] = Field(default=[])


class Conditions(RequestBody):
    """The refs that a ruleset is for."""

    ref_name: RefNames = RefNames()


class Rule(RequestBody):
    """One rule, its parameters as they came."""

    type: Required
    parameters: dict[str, Any] | None = None


class RulesetChange(RequestBody):
    """What of a ruleset changes; lists are taken whole."""

    name: Annotated[Required, Field(max_length=255)] | None = None
    target: Literal["branch", "tag", "push"] | None = None
    enforcement: Literal["disabled", "active", "evaluate"] | None = None
    bypass_actors: list[BypassActor] | None = None
    conditions: Conditions | None = None
    rules: list[Rule] | None = None


class NewRuleset(RulesetChange):
    """A ruleset to create."""

    name: Required = Field(max_length=255)
    enforcement: Literal["disabled", "active", "evaluate"]


def _summary(call: Call, row: Row) -> Json:
    url = api(call, call.repository, f"/rulesets/{row['id']}")
    page = html(call, call.repository, f"/rules/{row['id']}")
    return {
        "id": row["id"], "node_id": node_id("RepositoryRuleset", row["id"]), "name": row["name"],
        "target": row["target"], "source_type": "Repository", "source": call.repository.full_name,
        "enforcement": row["enforcement"], "created_at": row["created_at"], "updated_at": row["updated_at"],
        "_links": {"self": {"href": url}, "html": {"href": page}},
    }  # fmt: skip


def _json(call: Call, row: Row) -> Json:
    """`repository-ruleset`; who may pass by is told to administrators alone."""
    shown = _summary(call, row) | {name: json.loads(row[name]) for name in _COLUMNS}
    if call.account is None or call.account.permission != "admin":
        del shown["bypass_actors"]
    return shown | {"current_user_can_bypass": "always" if passes_by(row, call.account) else "never"}


def _row(call: Call) -> Row:
    row = call.state.store.row(
        "SELECT * FROM rulesets WHERE repository = ? AND id = ?", call.repository.id, call.number("id")
    )
    if row is None:
        raise ApiError(404, "Not Found")
    return row


def _columns(change: RulesetChange) -> dict[str, Any]:
    """The columns that the request sets. Raises `ApiError` 422."""
    for rule in change.rules or []:
        if rule.type not in RULE_TYPES:
            raise ApiError(422, f"Invalid request.\n\nInvalid property /rules/0: {rule.type} is no rule")
    set_ = {
        name: getattr(change, name)
        for name in ("name", "target", "enforcement")
        if getattr(change, name) is not None
    }
    given = change.model_dump(include=set(_COLUMNS), exclude_none=True)
    return set_ | {name: json.dumps(value) for name, value in given.items()}


def _name_is_free(call: Call, name: str | None, row: int = 0) -> None:
    taken = call.state.store.row(
        "SELECT id FROM rulesets WHERE repository = ? AND name = ? AND id != ?",
        call.repository.id, name, row,
    )  # fmt: skip
    if taken:
        raise invalid("Ruleset", "name", "Name must be unique")


def listing(call: Call) -> Reply:
    """GET .../rulesets: without rules, as GitHub lists them."""
    rows = call.state.store.rows(
        "SELECT * FROM rulesets WHERE repository = ? ORDER BY id", call.repository.id
    )
    return call.page(rows, lambda some: [_summary(call, row) for row in some])


def get(call: Call) -> Reply:
    """GET .../rulesets/{id}."""
    return Reply(_json(call, _row(call)))


def create(call: Call) -> Reply:
    """POST .../rulesets."""
    request = call.read(NewRuleset)
    columns = {"target": "branch", "bypass_actors": "[]", "conditions": "{}", "rules": "[]"}
    columns |= _columns(request)
    with call.state.store.transaction():
        _name_is_free(call, request.name)
        created = call.state.store.insert(
            "rulesets", repository=call.repository.id, created_at=now(), updated_at=now(), **columns
        )
    row = call.state.store.row("SELECT * FROM rulesets WHERE id = ?", created) or {}
    return Reply(_json(call, row), 201)


def update(call: Call) -> Reply:
    """PUT .../rulesets/{id}: what is sent replaces what was there."""
    row = _row(call)
    change = call.read(RulesetChange)
    with call.state.store.transaction():
        _name_is_free(call, change.name, row["id"])
        call.state.store.update("rulesets", row["id"], updated_at=now(), **_columns(change))
    return Reply(_json(call, _row(call)))


def delete(call: Call) -> Reply:
    """DELETE .../rulesets/{id}."""
    call.state.store.write("DELETE FROM rulesets WHERE id = ?", _row(call)["id"])
    return Reply(None, 204)


def of_branch(call: Call) -> Reply:
    """GET .../rules/branches/{branch}: the active rules that the branch is under."""
    shown = [
        rule
        | {
            "ruleset_source_type": "Repository",
            "ruleset_source": call.repository.full_name,
            "ruleset_id": row["id"],
        }
        for row in applying(call.state, call.repository, f"refs/heads/{call.text('branch')}")
        for rule in json.loads(row["rules"])
    ]
    return call.page(shown, list)


_ALL = "/repos/{owner}/{repo}/rulesets"
_ONE = f"{_ALL}/{{id:int}}"
ENDPOINTS = (
    Endpoint("GET", _ALL, listing),
    Endpoint("POST", _ALL, create, "admin"),
    Endpoint("GET", _ONE, get),
    Endpoint("PUT", _ONE, update, "admin"),
    Endpoint("DELETE", _ONE, delete, "admin"),
    Endpoint("GET", "/repos/{owner}/{repo}/rules/branches/{branch:path}", of_branch),
)
