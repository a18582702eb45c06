"""GitHub's OpenAPI description: the operation of a request, and the schemas of what is sent and answered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import orjson
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from contract.dialect import FORMATS, Read, Write, explain

Json = Any
MATERIAL = Path(__file__).parents[2] / "build" / "contract" / "openapi.json"
"""Where `make forge-contract` puts the description."""
_ROOT = "urn:github"
_MANY_PARTS = frozenset({"path", "ref", "basehead", "branch", "name", "environment"})
"""Parameters of paths whose values may have slashes of their own."""


_OLD = (
    (re.compile(r"(/repos/[^/]+/[^/]+)/statuses/(.+)"), r"\1/commits/\2/statuses"),
    (re.compile(r"(/repos/[^/]+/[^/]+)/git/refs/?$"), r"\1/git/matching-refs/"),
    (re.compile(r"(/repos/[^/]+/[^/]+)/git/refs/(.+)"), r"\1/git/ref/\2"),
)
"""Addresses that PyGithub reads and GitHub still answers, though only their successors are described."""


@dataclass(frozen=True)
class Operation:
    """One method of one path, as the description has it."""

    method: str
    path: str
    content: Mapping[str, Json]

    @property
    def pointer(self) -> str:
        """Where it is in the description (RFC 6901)."""
        return f"/paths/{_escaped(self.path)}/{self.method.lower()}"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Description:
    """The whole description; schemas are resolved when they are first needed, and kept."""

    def __init__(self, path: Path = MATERIAL) -> None:
        self._content = orjson.loads(path.read_bytes())
        root = Resource(contents=self._content, specification=DRAFT4)
        self._registry: Registry[Json] = Registry().with_resource(_ROOT, root)
        self._operations = list(self._read_operations())
        self._validator = lru_cache(maxsize=None)(self._make_validator)

    def _read_operations(self) -> Iterator[tuple[re.Pattern[str], Operation]]:
        for path, methods in self._content["paths"].items():
            for method, content in methods.items():
                yield _pattern(path), Operation(method.upper(), path, content)

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation of a request, the one with the most literal parts where several fit."""
        method = "GET" if method == "HEAD" else method
        if method == "GET":
            for old, new in _OLD:
                path = old.sub(new, path)
        fitting = [
            one for pattern, one in self._operations if one.method == method and pattern.fullmatch(path)
        ]
        return max(fitting, key=lambda one: (_literals(one.path), one.path.count("/")), default=None)

    def at(self, pointer: str) -> Json:
        """The part of the description at this pointer, references followed."""
        return self._registry.resolver(_ROOT).lookup(f"#{pointer}").contents

    def follow(self, part: Json) -> Json:
        """The part itself, or what it refers to."""
        return self.at(part["$ref"].removeprefix("#")) if "$ref" in part else part

    def errors(self, pointer: str, value: Json, *, written: bool) -> list[str]:
        """Where a value differs from the schema at this pointer; `written` for bodies of requests."""
        problems = self._validator(pointer, written).iter_errors(value)
        return sorted(explain(problem) for problem in problems)

    def unknown(self, pointer: str, value: Json) -> list[str]:
        """Properties that the schema, which takes any, does not name; of a list, those of its items."""
        if isinstance(value, list):
            found = [name for item in value[:3] for name in self.unknown(f"{pointer}/items", item)]
            return sorted(set(found))
        names = self._names(self._schema(pointer))
        return sorted(set(value) - names) if isinstance(value, dict) and names is not None else []

    def _schema(self, pointer: str) -> Json:
        """The schema at a pointer of which some parts may lie behind references."""
        part: Json = self._content
        for word in pointer.strip("/").split("/"):
            part = self.follow(part)
            part = part.get(word.replace("~1", "/").replace("~0", "~"), {}) if isinstance(part, dict) else {}
        return self.follow(part)

    def _names(self, schema: Json) -> set[str] | None:
        """Every property that a schema, or one of its alternatives, names; None where it takes any."""
        alternatives = [
            self.follow(one) for key in ("anyOf", "oneOf", "allOf") for one in schema.get(key, [])
        ]
        if schema.get("additionalProperties") or not (alternatives or "properties" in schema):
            return None
        names = set(schema.get("properties", {}))
        for alternative in alternatives:
            inner = self._names(alternative)
            if (
                inner is None
                and alternative.get("type", "object") == "object"
                and "required" not in alternative
            ):
                return None
            names |= inner or set()
        return names

    def _make_validator(self, pointer: str, written: bool) -> Any:
        kind = Write if written else Read
        return kind({"$ref": f"{_ROOT}#{pointer}"}, registry=self._registry, format_checker=FORMATS)

    @cached_property
    def size(self) -> int:
        """How many operations there are."""
        return len(self._operations)


def _pattern(path: str) -> re.Pattern[str]:
    parts = []
    for part in re.split(r"(\{[^}]+\})", path):
        name = part.strip("{}")
        if not part.startswith("{"):
            parts.append(re.escape(part))
        else:
            parts.append(".*" if name in _MANY_PARTS else "[^/]+")
    return re.compile("".join(parts))


def _literals(path: str) -> int:
    return sum(not part.startswith("{") for part in path.split("/"))


def _escaped(word: str) -> str:
    return word.replace("~", "~0").replace("/", "~1")
