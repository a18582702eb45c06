from __future__ import annotations

from sluicegate.ci.key_reference import key_reference

COLOUR = {
    "type": "object",
    "description": "What it looks like.",
    "properties": {
        "hue": {"type": "number", "minimum": 0, "exclusiveMaximum": 360},
        "name": {"anyOf": [{"enum": ["red", "blue"]}, {"type": "null"}], "default": None},
    },
    "required": ["hue"],
}
RULES = {
    "type": "array",
    "items": {
        "discriminator": {"propertyName": "kind", "mapping": {"big": "#/$defs/Big", "odd": "#/$defs/Odd"}},
        "oneOf": [{"$ref": "#/$defs/Big"}, {"$ref": "#/$defs/Odd"}],
    },
}
BIG = {
    "properties": {
        "kind": {"const": "big"},
        "limit": {"type": "integer"},
        "size": {"type": "integer", "default": 3},
    },
    "required": ["kind", "limit"],
}
ODD = {
    "description": "Of an odd one.\n\nAt length.",
    "properties": {
        "kind": {"const": "odd"},
        "limit": {"type": "integer"},
        "paint": {"$ref": "#/$defs/Paint"},
    },
    "required": ["kind", "limit"],
}
PAINT = {"properties": {"thick": {"type": "boolean", "default": False}}}
SCHEMA = {
    "$defs": {"Colour": COLOUR, "Big": BIG, "Odd": ODD, "Paint": PAINT},
    "properties": {
        "front": {"$ref": "#/$defs/Colour", "description": "Seen | first."},
        "back": {"$ref": "#/$defs/Colour"},
        "rules": RULES,
    },
    "required": ["front"],
}
TEXT = key_reference({"thing.yaml": SCHEMA})


def test_a_value_has_its_words_its_default_and_its_description() -> None:
    assert "| `hue` | a number from 0 below 360 |  |  |" in TEXT
    assert "| `name` | `red`, `blue` | left out |  |" in TEXT
    assert "| `front` | keys, below |  | Seen \\| first. |" in TEXT


def test_a_type_that_is_at_two_places_is_described_once() -> None:
    assert "### `front`\n\nWhat it looks like.\n" in TEXT
    assert "### `back`" not in TEXT


def test_what_all_entries_of_a_list_have_is_said_once_and_each_ones_own_below() -> None:
    assert "Each names its `kind`. Keys of all of them:\n" in TEXT
    assert TEXT.count("`limit`") == 1
    assert "| `big` | | | |  |\n| | `size` | a whole number | `3` |  |" in TEXT
    assert "| `odd` | | | | Of an odd one. |\n| | `paint` | keys, below | left out |  |" in TEXT


def test_the_keys_within_an_entry_of_a_list_are_described() -> None:
    assert "### `rules[].paint`" in TEXT
    assert "| `thick` | true or false | `false` |  |" in TEXT
