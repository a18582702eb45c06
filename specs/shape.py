"""From plain data to typed data: every error becomes a problem with its line, path and remedy.

A `Shape` wraps a dataclass and holds both its validator and its JSON Schema, so that what is accepted and
the schema for editors come from the same types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError, WithJsonSchema

from sluicegate.specs.suggestions import suggest
from sluicegate.specs.yamlio import Document, Location, Problem, render_flow

T = TypeVar("T")

STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
"""How a file's outermost dataclass is read, and all within it: nothing converted, no key unknown."""
_DOCUMENTED = ConfigDict(**STRICT, use_attribute_docstrings=True)
"""The docstrings of the fields become the schema's descriptions, and so the remedies."""
_OF_EACH_CLASS = ("__dict__", "__weakref__")
"""Descriptors that Python makes for each class anew."""

INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"


def _instant(value: object) -> datetime:
    if isinstance(value, str) and re.fullmatch(INSTANT, value):
        moment = datetime.fromisoformat(value)
        with suppress(OverflowError):
            moment.astimezone(UTC)
            return moment
    raise ValueError("should be a moment with its time zone")


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": INSTANT}),
]
"""A moment as RFC 3339 writes it; one without a time zone is refused."""


class Shape(Generic[T]):
    """A dataclass as the form of a document, or of a part of one."""

    def __init__(self, form: type[T]) -> None:
        self._form = form

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self._form)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """Its JSON Schema (draft 2020-12), without $schema and $id."""
        schema = TypeAdapter(_documented(self._form)).json_schema()
        _require_tags(schema)
        return schema

    def read(self, document: Document, data: Any, at: Location = ()) -> tuple[T | None, list[Problem]]:
        """The typed data, or None and what is wrong with `data`, which is at a path of the document."""
        try:
            # JSON's strict mode takes lists for tuples, mappings for dataclasses, and converts nothing else.
            return self._adapter.validate_json(json.dumps(data)), []
        except ValidationError as error:
            faults = [_FormError(self.schema, data, dict(each)) for each in error.errors(include_url=False)]
            return None, _merged(each.problem(document, at) for each in faults if not each.follows)


def _documented(form: type[T]) -> type[T]:
    """The form for a schema alone: reading the docstrings parses every source, half of what a form costs.

    Who reads a sound document needs none of it.
    """
    own = {name: value for name, value in vars(form).items() if name not in _OF_EACH_CLASS}
    copy = type(form.__name__, form.__bases__, {**own, "__pydantic_config__": _DOCUMENTED})
    return cast("type[T]", copy)


class _FormError:
    """One of pydantic's errors, walked through the data and the schema at once."""

    def __init__(self, schema: dict[str, Any], data: Any, error: Mapping[str, Any]) -> None:
        self.error = error
        self.kind: str = error["type"]
        self.context: dict[str, Any] = error.get("ctx", {})
        self.location: Location = ()
        self.missing: str | None = None
        node: dict[str, Any] = schema
        for part in error["loc"]:
            below = _below(schema, node, part)
            if (isinstance(data, dict) and part in data) or (
                isinstance(data, list) and isinstance(part, int)
            ):
                data = data[part]
                self.location = (*self.location, part)
            elif self.kind == "missing":
                self.missing = str(part)
            node = below if below is not None else node
        self.data = data
        self.schema = schema
        self.node = node

    @property
    def follows(self) -> bool:
        """Whether it only repeats others: a list is called too short when its items were refused."""
        return self.kind == "too_short" and len(self.error["input"]) >= int(self.context["min_length"])

    def problem(self, document: Document, at: Location) -> Problem:
        """In our words, with its position."""
        location = (*at, *self.location)
        if self.missing is not None:
            remedy = f"add it{self.description(': ')}"
            return document.problem(location, f"{self.missing} is missing", remedy, key=True)
        if self.kind == "unexpected_keyword_argument":
            known = sorted(_properties(self.schema, self.node))  # of the mapping: walking stopped there
            remedy = _suggest(str(location[-1]), known, "remove it")
            return document.problem(location, "no such key", remedy, key=True)
        if self.kind == "union_tag_not_found":
            tag = self.context["discriminator"].strip("'")
            return document.problem(location, f"{tag} is missing", f"add it, one of {', '.join(self.tags)}")
        if self.kind == "union_tag_invalid":
            tag = self.context["discriminator"].strip("'")
            name = self.context["tag"]
            remedy = _suggest(name, self.tags, "choose another")
            return document.problem((*location, tag), f"no {tag} is called {name!r}", remedy)
        return document.problem(location, self.message, self.remedy)

    @property
    def tags(self) -> list[str]:
        """The names that a tagged union knows."""
        return sorted(re.findall(r"'([^']*)'", self.context.get("expected_tags", ""))) or sorted(
            self.node.get("discriminator", {}).get("mapping", {})
        )

    @property
    def message(self) -> str:
        """What should be, and what is."""
        here = "" if isinstance(self.data, list | dict) else render_flow(self.data)[:60]
        if self.kind == "string_pattern_mismatch":
            return f"{here} has the wrong form"
        reason = str(self.context["error"]) if self.kind == "value_error" else self.error["msg"]
        reason = re.sub(r"^\w+ should", "should", reason)
        return f"{reason}, not {here}" if here else reason

    @property
    def remedy(self) -> str:
        """How to fix it: by the schema's own description where it has one."""
        if self.kind == "string_type" and not isinstance(self.data, list | dict | None):
            return "put it in quotes"
        if self.kind in ("literal_error", "enum") and isinstance(self.data, str):
            return _suggest(self.data, re.findall(r"'([^']*)'", self.context["expected"]), "choose another")
        if self.kind == "string_pattern_mismatch" and not self.description(""):
            return f"write what fits {self.context['pattern']}"
        description = self.description("")
        return f"write {description}" if description else "change it to that"

    def description(self, before: str) -> str:
        """The first line of what the schema says about the value, after `before`; else empty."""
        lines = str(self.node.get("description", "")).strip().splitlines()
        if not lines:
            return ""
        lowered = re.sub(r"^[A-Z](?=[a-z ])", lambda match: match[0].lower(), lines[0])
        return before + lowered.rstrip(".")


def _suggest(name: str, known: Iterable[str], otherwise: str) -> str:
    """The known name that was probably meant, or what else to do and all of them."""
    known = list(known)
    return suggest(name, known, f"{otherwise}; known here: {', '.join(known)}")


def _resolve(schema: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    """A schema node, with what its reference says, its own words first."""
    if "$ref" not in node:
        return dict(node)
    return {
        **schema["$defs"][node["$ref"].rsplit("/", 1)[1]],
        **{k: v for k, v in node.items() if k != "$ref"},
    }


def _options(schema: Mapping[str, Any], node: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The node itself, or the options that it leaves."""
    node = _resolve(schema, node)
    options = node.get("anyOf") or node.get("oneOf")
    return [_resolve(schema, option) for option in options] if options else [dict(node)]


def _properties(schema: Mapping[str, Any], node: Mapping[str, Any]) -> set[str]:
    return {name for option in _options(schema, node) for name in option.get("properties", {})}


def _below(schema: Mapping[str, Any], node: Mapping[str, Any], part: str | int) -> dict[str, Any] | None:
    """The schema of a key, an item, or of a union's option with that tag; None where it says nothing."""
    node = _resolve(schema, node)
    if tagged := node.get("discriminator", {}).get("mapping", {}).get(part):
        return _resolve(schema, {"$ref": tagged})
    for option in _options(schema, node):
        below = option.get("items") if isinstance(part, int) else option.get("properties", {}).get(part)
        if below is not None:
            return _resolve(schema, below)
    return None


def _require_tags(node: Any) -> None:
    """A union's tag has a default in its dataclass, but must be in the file: say so in the schema."""
    definitions = node.get("$defs", {})
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, dict) and "discriminator" in node:
            for reference in node["discriminator"]["mapping"].values():
                definition = definitions[reference.rsplit("/", 1)[1]]
                tag = node["discriminator"]["propertyName"]
                definition["required"] = sorted({tag, *definition.get("required", [])})
        if isinstance(node, dict):
            pending += node.values()
        elif isinstance(node, list):
            pending += node


def _merged(problems: Iterable[Problem]) -> list[Problem]:
    """One problem for each position: a union complains once for each of its options."""
    positions: dict[tuple[Any, ...], list[Problem]] = {}
    for problem in problems:
        repeated = problem.where if problem.message.startswith("should") else problem.message
        positions.setdefault((problem.line, problem.column, repeated), []).append(problem)
    merged = []
    for same in positions.values():
        *others, last = (problem.message for problem in same)
        message = " or ".join([*(other.rsplit(", not ", 1)[0] for other in others), last])
        merged.append(replace(same[0], message=message))
    return merged
