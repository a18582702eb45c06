"""docs/keys.md: every key of model.yaml and environment.yaml, from the schemas that read them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

HEAD = """\
# The keys of model.yaml and environment.yaml

`sluice schema --markdown` writes this page from the types that read the files; editors take the same from
`models/model.schema.json` and `environments/environment.schema.json`. A key without a default is required.
"""
COLUMNS = "| key | value | default | |\n|---|---|---|---|"
PLAIN = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
"""JSON Schema's bounds, as the page words them, in its order."""

Schema = Mapping[str, Any]


def key_reference(schemas: Mapping[str, Schema]) -> str:
    """The whole page, of schemas by file name."""
    return (
        "\n".join([HEAD, *(line for name, schema in schemas.items() for line in _file(name, schema))]) + "\n"
    )


@dataclass(frozen=True)
class _Place:
    """A mapping of the file: where it is, and its type's schema."""

    path: str
    schema: Schema


def _file(name: str, schema: Schema) -> Iterator[str]:
    """Every mapping of a file, outermost first; one that is at several places is described at the first."""
    yield f"## {name}\n"
    waiting = [_Place("", schema)]
    seen: set[str] = set()
    while waiting:
        place = waiting.pop(0)
        yield from _mapping(place, schema)
        inner: list[_Place] = []
        for key, value in place.schema.get("properties", {}).items():
            path = f"{place.path}.{key}" if place.path else key
            if _is_choice(value):
                yield from _variants(f"{path}[]", _named(value, schema), value, schema)
                inner += [
                    found
                    for one in _named(value, schema).values()
                    for inside, part in one["properties"].items()
                    for found in _inner(f"{path}[].{inside}", part, schema, seen)
                ]
            inner += _inner(path, value, schema, seen)
        waiting = [*inner, *waiting]


def _mapping(place: _Place, schema: Schema) -> Iterator[str]:
    """A mapping's keys as a table under its path."""
    if place.path:
        yield f"### `{place.path}`\n"
        if description := _text(place.schema):
            yield f"{description}\n"
    yield COLUMNS
    for key, value in place.schema.get("properties", {}).items():
        yield _row(key, value, place.schema.get("required", ()), schema)
    yield ""


def _row(key: str, value: Schema, required: Collection[str], schema: Schema) -> str:
    return f"| `{key}` | {_value(value, schema)} | {_default(key, value, required)} | {_text(value)} |"


def _is_choice(value: Schema) -> bool:
    """Whether it is a list whose entries have other keys by one of them, as gates by their metric."""
    return "discriminator" in value.get("items", {})


def _named(value: Schema, schema: Schema) -> dict[str, Schema]:
    """The types of such a list's entries, by what tells them apart."""
    mapping = value["items"]["discriminator"]["mapping"]
    return {name: schema["$defs"][target.rpartition("/")[2]] for name, target in mapping.items()}


def _inner(path: str, value: Schema, schema: Schema, seen: set[str]) -> list[_Place]:
    """The mappings that a value may be and that were not met yet, with `[]` where it is a list of them."""
    found = []
    for part in _parts(value):
        listed = part.get("type") == "array"
        for one in _parts(part.get("items", {})) if listed and not _is_choice(part) else (part,):
            type_ = one.get("$ref", "").rpartition("/")[2]
            if type_ and type_ not in seen:
                seen.add(type_)
                found.append(_Place(f"{path}[]" if listed else path, schema["$defs"][type_]))
    return found


def _variants(path: str, named: Mapping[str, Schema], value: Schema, schema: Schema) -> Iterator[str]:
    """Such a list: what all entries have once, then each one's own."""
    chosen = value["items"]["discriminator"]["propertyName"]
    first = next(iter(named.values()))["properties"]
    shared = [
        key for key in first if key != chosen and all(key in one["properties"] for one in named.values())
    ]
    yield f"### `{path}`\n"
    if shared:
        yield f"Each names its `{chosen}`. Keys of all of them:\n\n{COLUMNS}"
        required = set.intersection(*(set(one.get("required", ())) for one in named.values()))
        yield from (_row(key, first[key], required, schema) for key in shared)
        yield ""
    yield f"| `{chosen}` | own key | value | default | |\n|---|---|---|---|---|"
    for name, one in named.items():
        yield f"| `{name}` | | | | {_first_paragraph(one)} |"
        for key, inside in one["properties"].items():
            if key not in (chosen, *shared):
                yield f"| {_row(key, inside, one.get('required', ()), schema)}"
    yield ""


def _parts(value: Schema) -> list[Schema]:
    """The alternatives of a value, without null."""
    parts = value.get("anyOf", value.get("oneOf", [value]))
    return [part for part in parts if part.get("type") != "null"]


def _value(value: Schema, schema: Schema) -> str:
    """What a value may be, in words."""
    return " or ".join(dict.fromkeys(_alternative(part, schema) for part in _parts(value)))


def _alternative(part: Schema, schema: Schema) -> str:
    if "anyOf" in part:
        text = _value(part, schema)
    elif "$ref" in part:
        text = "keys, below"
    elif "const" in part or "enum" in part:
        text = ", ".join(f"`{one}`" for one in part.get("enum", [part.get("const")]))
    elif part.get("type") == "array":
        text = f"a list: {'keys, below' if _is_choice(part) else _value(part.get('items', {}), schema)}"
    elif part.get("type") == "object":
        text = f"a mapping: {_value(part.get('additionalProperties') or {}, schema)}"
    else:
        bounds = [f"{word} {part[key]:,}" for key, word in BOUNDS.items() if key in part]
        text = " ".join([PLAIN.get(part.get("type", ""), "any value"), *bounds])
    return text


def _default(key: str, value: Schema, required: Collection[str]) -> str:
    if key in required or "default" not in value:
        return "" if key in required else "left out"
    default = value["default"]
    if default is None or isinstance(default, dict):
        return "left out"
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def _text(value: Schema) -> str:
    """Its description, in one line of a table."""
    return " ".join(value.get("description", "").split()).replace("|", "\\|")


def _first_paragraph(value: Schema) -> str:
    return " ".join(value.get("description", "").split("\n\n")[0].split()).replace("|", "\\|")
