"""Labels of a repository, and those that a pull carries."""

from __future__ import annotations

import re

from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.events import PullChanged
from sluicegate.embedded.forge.pulls import one_pull
from sluicegate.embedded.forge.request_body import ApiError, Json, invalid
from sluicegate.embedded.forge.serializers import UrlContext, api, node_id
from sluicegate.embedded.forge.store import Row

_COLOR = re.compile(r"[0-9a-fA-F]{6}")


def label_json(call: UrlContext, row: Row) -> Json:
    """`label`."""
    return {
        "id": row["id"], "node_id": node_id("Label", row["id"]), "name": row["name"], "color": row["color"],
        "description": row["description"], "default": False,
        "url": api(call, call.repository, f"/labels/{row['name']}"),
    }  # fmt: skip


def labels_of(call: UrlContext, number: int) -> list[Json]:
    """The labels that the pull of this number carries."""
    rows = call.hub.store.rows(
        "SELECT labels.* FROM labels JOIN labelled ON labelled.label = labels.id "
        "WHERE labels.repository = ? AND labelled.number = ? ORDER BY labels.name",
        call.repository.id, number,
    )  # fmt: skip
    return [label_json(call, row) for row in rows]


def _find(call: Call, name: str) -> Row | None:
    return call.hub.store.row(
        "SELECT * FROM labels WHERE repository = ? AND name = ?", call.repository.id, name
    )


def _named(call: Call) -> Row:
    row = _find(call, call.text("name"))
    if row is None:
        raise ApiError(404, "Label does not exist")
    return row


def _color(call: Call) -> str | None:
    color = call.body.text("color")
    if color is not None and not _COLOR.fullmatch(color):
        raise invalid("Label", "color")
    return color.lower() if color else None


def listing(call: Call) -> Reply:
    """GET .../labels."""
    rows = call.hub.store.rows("SELECT * FROM labels WHERE repository = ? ORDER BY name", call.repository.id)
    return call.page(rows, lambda some: [label_json(call, row) for row in some])


def get(call: Call) -> Reply:
    """GET .../labels/{name}."""
    return Reply(label_json(call, _named(call)))


def create(call: Call) -> Reply:
    """POST .../labels."""
    name, color, description = call.body.need("name", 50), _color(call), call.body.text("description", 100)
    with call.hub.store.transaction():
        if _find(call, name):
            raise invalid("Label", "name", code="already_exists")
        made = call.hub.store.insert(
            "labels",
            repository=call.repository.id,
            name=name,
            color=color or "ededed",
            description=description,
        )
    return Reply(label_json(call, call.hub.store.row("SELECT * FROM labels WHERE id = ?", made) or {}), 201)


def edit(call: Call) -> Reply:
    """PATCH .../labels/{name}: new_name, color, description."""
    row = _named(call)
    name, color = call.body.text("new_name", 50) or row["name"], _color(call) or row["color"]
    description = call.body.text("description", 100) if call.body.has("description") else row["description"]
    other = _find(call, name)
    if other and other["id"] != row["id"]:
        raise invalid("Label", "name", code="already_exists")
    call.hub.store.update("labels", row["id"], name=name, color=color, description=description)
    return Reply(label_json(call, row | {"name": name, "color": color, "description": description}))


def delete(call: Call) -> Reply:
    """DELETE .../labels/{name}."""
    call.hub.store.write("DELETE FROM labels WHERE id = ?", _named(call)["id"])
    return Reply(None, 204)


def _number(call: Call) -> int:
    return one_pull(call.hub, call.repository, call.number("number")).number


def of_pull(call: Call) -> Reply:
    """GET .../issues/{number}/labels."""
    return call.page(labels_of(call, _number(call)), list)


def add(call: Call) -> Reply:
    """POST .../issues/{number}/labels: a label that the repository lacks is made."""
    number = _number(call)
    _attach(call, number, call.body.texts("labels"))
    return Reply(labels_of(call, number))


def replace(call: Call) -> Reply:
    """PUT .../issues/{number}/labels."""
    number = _number(call)
    names = call.body.texts("labels")
    _detach_all(call, number)
    _attach(call, number, names)
    return Reply(labels_of(call, number))


def clear(call: Call) -> Reply:
    """DELETE .../issues/{number}/labels."""
    _detach_all(call, _number(call))
    return Reply(None, 204)


def remove(call: Call) -> Reply:
    """DELETE .../issues/{number}/labels/{name}; 404 if the pull does not carry it."""
    number, label = _number(call), _named(call)["id"]
    if not call.hub.store.write("DELETE FROM labelled WHERE label = ? AND number = ?", label, number):
        raise ApiError(404, "Label does not exist")
    _tell(call, number, "unlabeled", [label])
    return Reply(labels_of(call, number))


def _attach(call: Call, number: int, names: list[str]) -> None:
    if any(len(name) > 50 for name in names):
        raise invalid("Label", "name", "name is too long (maximum is 50 characters)")
    new = []
    for name in names:
        with call.hub.store.transaction():
            known = _find(call, name)
            label = known["id"] if known else call.hub.store.insert(
                "labels", repository=call.repository.id, name=name, color="ededed"
            )  # fmt: skip
            if call.hub.store.write(
                "INSERT INTO labelled VALUES (?, ?) ON CONFLICT DO NOTHING", label, number
            ):
                new.append(label)
    _tell(call, number, "labeled", new)


def _detach_all(call: Call, number: int) -> None:
    gone = [label["id"] for label in labels_of(call, number)]
    for label in gone:
        call.hub.store.write("DELETE FROM labelled WHERE number = ? AND label = ?", number, label)
    _tell(call, number, "unlabeled", gone)


def _tell(call: Call, number: int, action: str, labels: list[int]) -> None:
    for label in labels:
        call.hub.tell(call.repository, PullChanged(number, action, call.user.login, label))


_OF_PULL = "/repos/{owner}/{repo}/issues/{number:int}/labels"
ENDPOINTS = (
    Endpoint("GET", "/repos/{owner}/{repo}/labels", listing),
    Endpoint("POST", "/repos/{owner}/{repo}/labels", create, "write"),
    Endpoint("GET", "/repos/{owner}/{repo}/labels/{name:path}", get),
    Endpoint("PATCH", "/repos/{owner}/{repo}/labels/{name:path}", edit, "write"),
    Endpoint("DELETE", "/repos/{owner}/{repo}/labels/{name:path}", delete, "write"),
    Endpoint("GET", _OF_PULL, of_pull),
    Endpoint("POST", _OF_PULL, add, "write"),
    Endpoint("PUT", _OF_PULL, replace, "write"),
    Endpoint("DELETE", _OF_PULL, clear, "write"),
    Endpoint("DELETE", _OF_PULL + "/{name:path}", remove, "write"),
)
