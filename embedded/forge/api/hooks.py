"""Webhooks of a repository, and what became of their deliveries."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, Json, invalid
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text
from sluicegate.embedded.forge.serializers import api
from sluicegate.embedded.forge.store import Row, now
from sluicegate.embedded.forge.webhook_delivery import body_of, headers_of
from sluicegate.embedded.forge.webhooks import EVENTS, hooks_of, ping, remember_refs

LIMIT = 20
"""Hooks of one repository."""
_SECRET = "*" * 8


class Config(RequestBody):
    """Where and how a hook delivers; `insecure_ssl` may only be 0."""

    url: Annotated[Required, Field(max_length=2048)] | None = None
    content_type: Literal["json", "form"] | None = None
    secret: Annotated[Text, Field(max_length=1024)] | None = None
    insecure_ssl: Any = "0"


class HookChange(RequestBody):
    """What of a hook changes; a config is taken whole."""

    config: Config | None = None
    events: list[Required] | None = None
    active: bool = True


class NewHook(HookChange):
    """A hook to create; GitHub's `name` has one value only."""

    name: Literal["web"] = "web"


def _json(call: Call, row: Row) -> Json:
    url = api(call, call.repository, f"/hooks/{row['id']}")
    last = call.state.store.row(
        "SELECT status, status_code FROM deliveries WHERE hook = ? AND attempts > 0 ORDER BY id DESC LIMIT 1",
        row["id"],
    )
    config = {"url": row["url"], "content_type": row["content_type"], "insecure_ssl": "0"}
    response = (
        {"code": last["status_code"] or None, "status": _word(last), "message": last["status"]}
        if last
        else {"code": None, "status": "unused", "message": None}
    )
    return {
        "type": "Repository", "id": row["id"], "name": "web", "active": bool(row["active"]),
        "events": json.loads(row["events"]), "url": url, "test_url": f"{url}/test",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries", "created_at": row["created_at"],
        "updated_at": row["updated_at"], "last_response": response,
        "config": config | ({"secret": _SECRET} if row["secret"] else {}),
    }  # fmt: skip


def _word(delivery: Row) -> str:
    return "active" if 200 <= delivery["status_code"] < 300 else "misconfigured"


def _one(call: Call) -> Row:
    number = call.number("hook")
    for row in hooks_of(call.state, call.repository):
        if row["id"] == number:
            return row
    raise ApiError(404, "Not Found")


def _checked_url(config: Config) -> str:
    """The address that a hook may have. Raises `ApiError` 422."""
    if config.url is None:
        raise invalid("Hook", "url", code="missing_field")
    try:
        parts = urlsplit(config.url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not config.url.isascii() or not config.url.isprintable() or " " in config.url:
        raise invalid("Hook", "url", "url must be an http or https address with a host")
    if parts.username is not None or parts.fragment:
        raise invalid("Hook", "url", "url must have no user and no fragment: sign by a secret instead")
    if str(config.insecure_ssl) != "0":
        raise invalid("Hook", "insecure_ssl", "certificates are always checked: leave it at 0, or use http")
    return config.url


def _config_columns(config: Config) -> Json:
    """The columns that a whole `config` sets. Raises `ApiError` 422."""
    url = _checked_url(config)
    return {"url": url, "secret": config.secret or "", "content_type": config.content_type or "form"}


def _events(names: list[str] | None) -> str:
    """The column of the events that a hook takes. Raises `ApiError` 422."""
    chosen = names or ["push"]
    for name in chosen:
        if name not in (*EVENTS, "*"):
            raise invalid(
                "Hook", "events", f"{name} is sent by no event here: give one of {', '.join(EVENTS)}"
            )
    return json.dumps(sorted(set(chosen)))


def listing(call: Call) -> Reply:
    """GET .../hooks."""
    return call.page(hooks_of(call.state, call.repository), lambda some: [_json(call, row) for row in some])


def get(call: Call) -> Reply:
    """GET .../hooks/{hook}."""
    return Reply(_json(call, _one(call)))


def create(call: Call) -> Reply:
    """POST .../hooks: config.url, content_type (form, json), secret; events; active. A ping follows."""
    hook = call.read(NewHook)
    fields = _config_columns(hook.config or Config())
    fields |= {"events": _events(hook.events), "active": int(hook.active)}
    with call.state.lock(call.repository):
        others = hooks_of(call.state, call.repository)
        if len(others) >= LIMIT:
            raise invalid("Hook", "base", f"at most {LIMIT} hooks a repository: delete one")
        if any((row["url"], row["events"]) == (fields["url"], fields["events"]) for row in others):
            raise invalid("Hook", "base", "Hook already exists on this repository")
        if not others:
            remember_refs(call.state, call.repository)
        created = call.state.store.insert(
            "hooks", repository=call.repository.id, created_at=now(), updated_at=now(), **fields
        )
    row = {
        "id": created,
        "repository": call.repository.id,
        "created_at": now(),
        "updated_at": now(),
        **fields,
    }
    shown = _json(call, row)
    ping(call.state, call.repository, row, shown, call.user.login)
    return Reply(shown, 201, {"Location": shown["url"]})


def edit(call: Call) -> Reply:
    """PATCH .../hooks/{hook}: config (whole), events, active."""
    row = _one(call)
    change = call.read(HookChange)
    changes = _config_columns(change.config) if change.config is not None else {}
    if change.has("events"):
        changes["events"] = _events(change.events)
    if change.has("active"):
        changes["active"] = int(change.active)
    call.state.store.update("hooks", row["id"], **changes, updated_at=now())
    return Reply(_json(call, _one(call)))


def delete(call: Call) -> Reply:
    """DELETE .../hooks/{hook}, with its deliveries."""
    call.state.store.write("DELETE FROM hooks WHERE id = ?", _one(call)["id"])
    return Reply(None, 204)


def pings(call: Call) -> Reply:
    """POST .../hooks/{hook}/pings."""
    row = _one(call)
    ping(call.state, call.repository, row, _json(call, row), call.user.login)
    return Reply(None, 204)


def _delivery(call: Call, row: Row) -> Json:
    return {
        "id": row["id"], "guid": row["guid"], "delivered_at": row["delivered_at"],
        "redelivery": bool(row["redelivery"]), "duration": row["duration"], "status": row["status"],
        "status_code": row["status_code"], "event": row["event"], "action": row["action"],
        "installation_id": None, "repository_id": call.repository.id, "throttled_at": None,
    }  # fmt: skip


def deliveries(call: Call) -> Reply:
    """GET .../hooks/{hook}/deliveries, newest first; `status` is pending, OK, or what went wrong."""
    rows = call.state.store.rows("SELECT * FROM deliveries WHERE hook = ? ORDER BY id DESC", _one(call)["id"])
    return call.page(rows, lambda some: [_delivery(call, row) for row in some])


def _named(call: Call, hook: Row) -> Row:
    row = call.state.store.row(
        "SELECT * FROM deliveries WHERE hook = ? AND id = ?", hook["id"], call.number("delivery")
    )
    if row is None:
        raise ApiError(404, "Not Found")
    return row


def delivery(call: Call) -> Reply:
    """GET .../hooks/{hook}/deliveries/{delivery}: with what was sent and the beginning of the answer."""
    hook = _one(call)
    row = _named(call, hook)
    headers = headers_of(hook, row, body_of(hook, row))
    more = {
        "url": hook["url"], "request": {"headers": headers, "payload": json.loads(row["payload"])},
        "response": {"headers": {}, "payload": row["answer"]},
    }  # fmt: skip
    return Reply(_delivery(call, row) | more)


def attempt(call: Call) -> Reply:
    """POST .../hooks/{hook}/deliveries/{delivery}/attempts: deliver it again."""
    hook = _one(call)
    row = _named(call, hook)
    call.state.deliveries.send(hook["id"], row["event"], row["action"], row["payload"], again=row["guid"])
    return Reply({}, 202)


_HOOKS = "/repos/{owner}/{repo}/hooks"
_ONE = f"{_HOOKS}/{{hook:int}}"
ENDPOINTS = (
    Endpoint("GET", _HOOKS, listing, "admin"),
    Endpoint("POST", _HOOKS, create, "admin"),
    Endpoint("GET", _ONE, get, "admin"),
    Endpoint("PATCH", _ONE, edit, "admin"),
    Endpoint("DELETE", _ONE, delete, "admin"),
    Endpoint("POST", f"{_ONE}/pings", pings, "admin"),
    Endpoint("GET", f"{_ONE}/deliveries", deliveries, "admin"),
    Endpoint("GET", f"{_ONE}/deliveries/{{delivery:int}}", delivery, "admin"),
    Endpoint("POST", f"{_ONE}/deliveries/{{delivery:int}}/attempts", attempt, "admin"),
)
