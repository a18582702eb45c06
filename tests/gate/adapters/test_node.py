from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData

OBJECT = Node(
    {"a": {"b": [{"c": "text"}, 7]}, "labels": {"x": "y"}, "at": "2026-11-21T13:15:07Z", "none": None},
    "Pod p",
)


def test_values_are_read_by_their_path():
    entries = OBJECT["a"]["b"].items()
    assert entries[0]["c"].text == "text" and entries[1].whole == 7
    assert entries[0]["c"].location == "Pod p: a.b[0].c" and OBJECT.location == "Pod p"
    assert OBJECT["labels"].texts == {"x": "y"}
    assert OBJECT["at"].moment == datetime(2026, 11, 21, 13, 15, 7, tzinfo=UTC)


def test_what_is_missing_is_none_at_every_depth():
    for missing in (OBJECT["none"], OBJECT["no"], OBJECT["no"]["such"]["path"]):
        assert (missing.text, missing.whole, missing.moment) == (None, None, None)
        assert missing.items() == [] and missing.texts == {}


@pytest.mark.parametrize(
    ("value", "read", "expected"),
    [
        ([], lambda node: node["key"], "'[]', not an object"),
        ("x" * 200, lambda node: node.items(), f"'{'x' * 80}', not a list"),
        (1, lambda node: node.text, "'1', not a string"),
        ("1", lambda node: node.whole, "'1', not a whole number"),
        (-1, lambda node: node.whole, "'-1', not a whole number"),
        (1.0, lambda node: node.whole, "'1.0', not a whole number"),
        (True, lambda node: node.whole, "'True', not a whole number"),
        ({"a": 1}, lambda node: node.texts, "not an object of strings"),
        ([], lambda node: node.texts, "'[]', not an object of strings"),
        ("yesterday", lambda node: node.moment, "'yesterday', not a moment"),
        ("2026-11-21T13:15:07", lambda node: node.moment, "not a moment with its offset"),
        (5, lambda node: node.moment, "'5', not a string"),
    ],
)
def test_what_is_not_as_expected_is_named_with_its_path(
    value: Any, read: Callable[[Node], object], expected: str
):
    with pytest.raises(NoData) as raised:
        read(Node(value, "Pod p", "spec.x"))
    assert raised.value.message.startswith("Pod p: spec.x is ") and expected in raised.value.message
    assert raised.value.remedy == "look at the object"
