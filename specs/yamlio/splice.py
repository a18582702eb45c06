"""Writing single values into a YAML text, and leaving every other byte as it was."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sluicegate.specs.yamlio.characters import decode
from sluicegate.specs.yamlio.document import Document, parse
from sluicegate.specs.yamlio.nodes import Node
from sluicegate.specs.yamlio.problems import InputError, Location

_ENCODER = json.JSONEncoder(ensure_ascii=False)
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_RESERVED = re.compile(r"(?i:true|false|null|yes|no|on|off)|[0-9a-f]{7,}")
"""Words that YAML may read as something else, and digests: digits alone would be a number."""


def render_flow(value: Any) -> str:
    """A value on one line, text in double quotes. Raises ValueError for what is not finite, plain data."""
    # Scalars first: they are most of it, and what `isinstance` asks of a Mapping takes longest.
    if isinstance(value, str):
        return _ENCODER.encode(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite cannot be written")
    if type(value) is int:
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, list | tuple):
        # Lists of counts are what a release.yaml has most of.
        each = str if set(map(type, value)) == {int} else render_flow
        return "[" + ", ".join(map(each, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {render_flow(item)}" for key, item in value.items()) + "}"
    raise ValueError(f"{type(value).__name__} is not plain data")


def _bare(text: str) -> bool:
    return bool(_BARE.fullmatch(text)) and not _RESERVED.fullmatch(text)


@lru_cache(maxsize=1024)
def _key(key: str) -> str:
    return key if _bare(key) else _ENCODER.encode(key)


def _in_place(text: str, node: Node, value: Any) -> str:
    """A value instead of another, quoted as that one was where it can be."""
    if isinstance(value, str) and node.style == "'" and "\n" not in value:
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, str) and node.style == "" and isinstance(node.value, str) and _bare(value):
        return value
    rendered = render_flow(value)
    right_behind = node.start == node.end and text[node.start - 1 : node.start] != " "
    return f" {rendered}" if right_behind else rendered


def _are_rows(value: Any) -> bool:
    """Whether it is a list of mappings: those are written one to a line."""
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _rows(value: Any, newline: str, column: int) -> str:
    return (newline + " " * (column - 1)).join(f"- {render_flow(row)}" for row in value)


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str


def _edit(text: str, document: Document, location: Location, value: Any) -> _Edit:
    """The edit that puts a value at a path."""
    key: Node | None = None
    node = document.root
    in_flow = False
    for depth, part in enumerate(location):
        in_flow = in_flow or (node is not None and node.style == "flow")
        child = node.child(part) if node is not None else None
        if child is None:
            raise InputError(
                document.problem(location[:depth], f"has no {part!r} to replace", "add it by hand")
            )
        key, node = child
    if node is None or not location:
        raise ValueError("a whole document is not spliced")
    newline = "\r\n" if "\r\n" in text else "\n"
    block = node.style == "block"
    rows = key is not None and not in_flow and _are_rows(value)
    if block and rows and isinstance(node.value, list):
        return _Edit(node.start, node.end, _rows(value, newline, node.column))
    if key is None or not (block or rows):
        return _Edit(node.start, node.end, _in_place(text, node, value))
    if rows:
        return _reshape(text, key, node, newline + _rows(value, newline, key.column))
    return _reshape(text, key, node, render_flow(value))


def _reshape(text: str, key: Node, node: Node, rendered: str) -> _Edit:
    """Between a value beside its key and a block below it; what comments the key stays beside it."""
    colon = re.compile(r"[ \t]*:").match(text, key.end)
    if colon is None:
        raise ValueError("the key has no colon beside it")
    beside = re.sub(r"(\r?\n)?[ \t]*\Z", "", text[colon.end() : node.start])
    if not rendered.startswith(("\r", "\n")):
        return _Edit(colon.end(), node.end, f" {rendered}{beside}")
    comment = re.compile(r"[ \t]*(#[^\r\n]*)?").match(text, node.end) if node.style != "block" else None
    after = comment[0] if comment is not None else ""
    return _Edit(colon.end(), node.end + len(after), beside + after + rendered)


def _put(data: Any, location: Location, value: Any) -> None:
    for part in location[:-1]:
        data = data[part]
    data[location[-1]] = value


def splice(text: bytes, changes: Mapping[Location, Any]) -> bytes:
    """The text with the values at these paths replaced, and every other byte as it was.

    A scalar keeps its quotes where it can; a list of mappings becomes one line `- {...}` each; any other
    collection is written on one line. Raises InputError when the text has problems or a path is not there,
    ValueError when two paths overlap, or when the result, read again, would not say exactly what was meant:
    nonsense is never returned.
    """
    document = parse(text, "").checked()
    decoded = decode(text)
    edits = sorted(
        (_edit(decoded, document, at, value) for at, value in changes.items()), key=lambda e: e.start
    )
    result = ""
    position = 0
    for edit in edits:
        if edit.start < position:
            raise ValueError("two of the changes overlap")
        result += decoded[position : edit.start] + edit.text
        position = edit.end
    result += decoded[position:]
    new = text[: len(text) - len(decoded.encode())] + result.encode()
    expected = copy.deepcopy(document.value)
    for at, value in changes.items():
        _put(expected, at, value)
    read = parse(new, "")
    if read.problems or render_flow(read.value) != render_flow(expected):
        raise ValueError("the text cannot take these changes without changing its meaning")
    return new
