"""Labels of a repository, and those that a pull carries."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from sluicegate.embedded.forge.api_error import ApiError, invalid
from sluicegate.embedded.forge.endpoint import Call, Endpoint, Reply
from sluicegate.embedded.forge.events import PullChanged
from sluicegate.embedded.forge.pull_serializers import label_json, labels_of
from sluicegate.embedded.forge.pulls import one_pull
from sluicegate.embedded.forge.request_body import RequestBody, Required, Text
from sluicegate.embedded.forge.store import Row

_COLOR = re.compile(r"[0-9a-fA-F]{6}")


class NewLabel(RequestBody):
    """A label to create; `color` is six hex digits."""

    name: Required = Field(max_length=50)
    color: Text | None = None
    description: Annotated[Text, Field(max_length=100)] | None = None


class LabelChange(RequestBody):
    """What of a label changes."""

    new_name: Annotated[Text, Field(max_length=50)] | None = None
    color: Text | None = None
    description: Annotated[Text, Field(max_length=100)] | None = None


class LabelNames(RequestBody):
    """The labels to put on a pull, by name."""

    labels: list[Required] | None = None


def _find(call: Call, name: str) -> Row | None:
    return call.state.store.row(
        "SELECT * FROM labels WHERE repository = ? AND name = ?", call.repository.id, name
    )


def _named(call: Call) -> Row:
    row = _find(call, call.text("name"))
    if row is None:
        raise ApiError(404, "Label does not exist")
    return row


def _checked_color(color: str | None) -> str | None:
    if color is None:
        return None
    if not _COLOR.fullmatch(color):
        raise invalid("Label", "color")
    return color.lower()


def listing(call: Call) -> Reply:
    """GET .../labels."""
    rows = call.state.store.rows(
        "SELECT * FROM labels WHERE repository = ? ORDER BY name", call.repository.id
    )
    return call.page(rows, lambda some: [label_json(call, row) for row in some])


def get(call: Call) -> Reply:
    """GET .../labels/{name}."""
    return Reply(label_json(call, _named(call)))


def create(call: Call) -> Reply:
    """POST .../labels."""
    label = call.read(NewLabel)
    color = _checked_color(label.color)
    with call.state.store.transaction():
        if _find(call, label.name):
            raise invalid("Label", "name", code="already_exists")
        created = call.state.store.insert(
            "labels",
            repository=call.repository.id,
            name=label.name,
            color=color or "ededed",
            description=label.description,
        )
    return Reply(
        label_json(call, call.state.store.row("SELECT * FROM labels WHERE id = ?", created) or {}), 201
    )


def edit(call: Call) -> Reply:
    """PATCH .../labels/{name}: new_name, color, description."""
    row = _named(call)
    change = call.read(LabelChange)
    name = change.new_name or row["name"]
    color = _checked_color(change.color) or row["color"]
    description = change.description if change.has("description") else row["description"]
    other = _find(call, name)
    if other and other["id"] != row["id"]:
        raise invalid("Label", "name", code="already_exists")
    call.state.store.update("labels", row["id"], name=name, color=color, description=description)
    return Reply(label_json(call, row | {"name": name, "color": color, "description": description}))


def delete(call: Call) -> Reply:
    """DELETE .../labels/{name}."""
    call.state.store.write("DELETE FROM labels WHERE id = ?", _named(call)["id"])
    return Reply(None, 204)


def _number(call: Call) -> int:
    return one_pull(call.state, call.repository, call.number("number")).number


def of_pull(call: Call) -> Reply:
    """GET .../issues/{number}/labels."""
    return call.page(labels_of(call, _number(call)), list)


def add(call: Call) -> Reply:
    """POST .../issues/{number}/labels: a label that the repository lacks is created."""
    number = _number(call)
    _attach(call, number, call.read(LabelNames).labels or [])
    return Reply(labels_of(call, number))


def replace(call: Call) -> Reply:
    """PUT .../issues/{number}/labels."""
    number = _number(call)
    names = call.read(LabelNames).labels or []
    _detach_all(call, number)
    _attach(call, number, names)
    return Reply(labels_of(call, number))


def clear(call: Call) -> Reply:
    """DELETE .../issues/{number}/labels."""
    _detach_all(call, _number(call))
    return Reply(None, 204)


def remove(call: Call) -> Reply:
    """DELETE .../issues/{number}/labels/{name}; 404 if the pull does not carry it."""
    number = _number(call)
    label = _named(call)["id"]
    if not call.state.store.write("DELETE FROM labelled WHERE label = ? AND number = ?", label, number):
        raise ApiError(404, "Label does not exist")
    _publish(call, number, "unlabeled", [label])
    return Reply(labels_of(call, number))


def _attach(call: Call, number: int, names: list[str]) -> None:
    if any(len(name) > 50 for name in names):
        raise invalid("Label", "name", "name is too long (maximum is 50 characters)")
    new = []
    for name in names:
        with call.state.store.transaction():
            known = _find(call, name)
            label = known["id"] if known else call.state.store.insert(
                "labels", repository=call.repository.id, name=name, color="ededed"
            )  # fmt: skip
            if call.state.store.write(
                "INSERT INTO labelled VALUES (?, ?) ON CONFLICT DO NOTHING", label, number
            ):
                new.append(label)
    _publish(call, number, "labeled", new)


def _detach_all(call: Call, number: int) -> None:
    removed = [label["id"] for label in labels_of(call, number)]
    for label in removed:
        call.state.store.write("DELETE FROM labelled WHERE number = ? AND label = ?", number, label)
    _publish(call, number, "unlabeled", removed)


def _publish(call: Call, number: int, action: str, labels: list[int]) -> None:
    for label in labels:
        call.state.publish(call.repository, PullChanged(number, action, call.user.login, label))


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
