"""Webhooks of a repository, and what became of their deliveries."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.request_body import ApiError, Body, Json, invalid
from sluicegate.embedded.forge.serializers import api
from sluicegate.embedded.forge.store import Row, now
from sluicegate.embedded.forge.webhook_delivery import body_of, headers_of
from sluicegate.embedded.forge.webhooks import EVENTS, hooks_of, ping, remember_refs

LIMIT = 20
"""Hooks of one repository."""
_SECRET = "*" * 8


def _json(call: Call, row: Row) -> Json:
    url = api(call, call.repository, f"/hooks/{row['id']}")
    last = call.hub.store.row(
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
    for row in hooks_of(call.hub, call.repository):
        if row["id"] == number:
            return row
    raise ApiError(404, "Not Found")


def _address(config: Body) -> str:
    url = config.need("url", 2048)
    try:
        place = urlsplit(url)
        fits = place.scheme in ("http", "https") and place.hostname and place.port != 0
    except ValueError:
        fits = False
    if not fits or not url.isascii() or not url.isprintable() or " " in url:
        raise invalid("Hook", "url", "url must be an http or https address with a host")
    if place.username is not None or place.fragment:
        raise invalid("Hook", "url", "url must have no user and no fragment: sign by a secret instead")
    if str(config.data.get("insecure_ssl", "0")) != "0":
        raise invalid("Hook", "insecure_ssl", "certificates are always checked: leave it at 0, or use http")
    return url


def _events(call: Call) -> str:
    names = call.body.texts("events") or ["push"]
    for name in names:
        if name not in (*EVENTS, "*"):
            raise invalid("Hook", "events", f"{name} is sent by no event here: give {' or '.join(EVENTS)}")
    return json.dumps(sorted(set(names)))


def listing(call: Call) -> Reply:
    """GET .../hooks."""
    return call.page(hooks_of(call.hub, call.repository), lambda some: [_json(call, row) for row in some])


def get(call: Call) -> Reply:
    """GET .../hooks/{hook}."""
    return Reply(_json(call, _one(call)))


def create(call: Call) -> Reply:
    """POST .../hooks: config.url, content_type (form, json), secret; events; active. A ping follows."""
    config = call.body.part("config") or Body({})
    if call.body.choice("name", ("web",)) is None and call.body.has("name"):
        raise invalid("Hook", "name")
    fields: Json = {
        "url": _address(config), "secret": config.text("secret", 1024) or "",
        "content_type": config.choice("content_type", ("json", "form")) or "form", "events": _events(call),
        "active": int(call.body.flag("active") if call.body.has("active") else True),
    }  # fmt: skip
    with call.hub.lock(call.repository):
        others = hooks_of(call.hub, call.repository)
        if len(others) >= LIMIT:
            raise invalid("Hook", "base", f"at most {LIMIT} hooks a repository: delete one")
        if any((row["url"], row["events"]) == (fields["url"], fields["events"]) for row in others):
            raise invalid("Hook", "base", "Hook already exists on this repository")
        if not others:
            remember_refs(call.hub, call.repository)
        made = call.hub.store.insert(
            "hooks", repository=call.repository.id, created_at=now(), updated_at=now(), **fields
        )
    row = {"id": made, "repository": call.repository.id, "created_at": now(), "updated_at": now(), **fields}
    shown = _json(call, row)
    ping(call.hub, call.repository, row, shown, call.user.login)
    return Reply(shown, 201, {"Location": shown["url"]})


def edit(call: Call) -> Reply:
    """PATCH .../hooks/{hook}: config (whole), events, active."""
    row = _one(call)
    changes: Json = {}
    if (config := call.body.part("config")) is not None:
        changes = {"url": _address(config), "secret": config.text("secret", 1024) or ""}
        changes["content_type"] = config.choice("content_type", ("json", "form")) or "form"
    if call.body.has("events"):
        changes["events"] = _events(call)
    if call.body.has("active"):
        changes["active"] = int(call.body.flag("active"))
    call.hub.store.update("hooks", row["id"], **changes, updated_at=now())
    return Reply(_json(call, _one(call)))


def delete(call: Call) -> Reply:
    """DELETE .../hooks/{hook}, with its deliveries."""
    call.hub.store.write("DELETE FROM hooks WHERE id = ?", _one(call)["id"])
    return Reply(None, 204)


def pings(call: Call) -> Reply:
    """POST .../hooks/{hook}/pings."""
    row = _one(call)
    ping(call.hub, call.repository, row, _json(call, row), call.user.login)
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
    rows = call.hub.store.rows("SELECT * FROM deliveries WHERE hook = ? ORDER BY id DESC", _one(call)["id"])
    return call.page(rows, lambda some: [_delivery(call, row) for row in some])


def _named(call: Call, hook: Row) -> Row:
    row = call.hub.store.row(
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
    call.hub.courier.send(hook["id"], row["event"], row["action"], row["payload"], again=row["guid"])
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
