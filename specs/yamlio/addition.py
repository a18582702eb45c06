"""Adding a key to a mapping of a YAML text, and leaving every other byte as it was."""

from __future__ import annotations

import copy
import re
from typing import Any

from sluicegate.specs.yamlio.characters import decode
from sluicegate.specs.yamlio.document import Document, parse
from sluicegate.specs.yamlio.nodes import Node
from sluicegate.specs.yamlio.problems import InputError, Location
from sluicegate.specs.yamlio.splice import render_flow


def add_key(text: bytes, parent: Location, key: str, value: Any) -> bytes:
    """The text with `key: value` as the last of the mapping at `parent`, on a line of its own in a block.

    Raises InputError where the text has problems, or holds no such mapping that a key can be added to.
    """
    document = parse(text, "").checked()
    decoded = decode(text)
    node = document.root
    for part in parent:
        child = node.child(part) if node is not None else None
        node = child[1] if child is not None else None
    if node is None or not isinstance(node.value, dict) or key in node.value:
        raise _refused(document, parent, key)
    entry = f"{key}: {render_flow(value)}"
    result = _in_flow(decoded, node, entry) if node.style == "flow" else _in_block(decoded, node, entry)
    new = text[: len(text) - len(decoded.encode())] + result.encode()
    read = parse(new, "")
    if read.problems or render_flow(read.value) != render_flow(_expected(document, parent, key, value)):
        raise _refused(document, parent, key)
    return new


def _in_flow(text: str, node: Node, entry: str) -> str:
    before = text[: node.end - 1].rstrip()
    comma = ", " if node.value else ""
    return f"{before}{comma}{entry}{text[node.end - 1 :]}"


def _in_block(text: str, node: Node, entry: str) -> str:
    """Below the last value of the mapping, and the comment beside it."""
    last = max((value for _, value in node.value.values()), key=lambda value: value.start)
    while last.style == "block" and last.value:
        children = last.value if isinstance(last.value, list) else [value for _, value in last.value.values()]
        last = max(children, key=lambda value: value.start)
    newline = "\r\n" if "\r\n" in text else "\n"
    end = re.compile(r"[^\r\n]*(\r?\n)?").match(text, last.end)
    at = end.end() if end is not None else len(text)
    before = text[:at] if text[:at].endswith("\n") else text[:at] + newline
    return f"{before}{' ' * (node.column - 1)}{entry}{newline}{text[at:]}"


def _expected(document: Document, parent: Location, key: str, value: Any) -> Any:
    whole = copy.deepcopy(document.value)
    mapping = whole
    for part in parent:
        mapping = mapping[part]
    mapping[key] = value
    return whole


def _refused(document: Document, parent: Location, key: str) -> InputError:
    return InputError(document.problem(parent, f"takes no further key {key!r} here", "add it by hand"))
