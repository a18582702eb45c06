"""Adding a key to a mapping, or an item to a list, of a YAML text; every other byte stays as it was."""

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
    node = _node(document, parent)
    refused = InputError(document.problem(parent, f"takes no further key {key!r} here", "add it by hand"))
    if node is None or not isinstance(node.value, dict) or key in node.value:
        raise refused
    whole = copy.deepcopy(document.value)
    _at(whole, parent)[key] = value
    return _added(document, node, f"{key}: {render_flow(value)}", whole, refused)


def add_item(text: bytes, parent: Location, value: Any) -> bytes:
    """The text with `value` as the last item of the list at `parent`, on a line of its own in a block.

    Raises InputError where the text has problems, or holds no such list that an item can be added to.
    """
    document = parse(text, "").checked()
    node = _node(document, parent)
    refused = InputError(document.problem(parent, "takes no further item here", "add it by hand"))
    if node is None or not isinstance(node.value, list):
        raise refused
    whole = copy.deepcopy(document.value)
    _at(whole, parent).append(value)
    dash = "" if node.style == "flow" else "- "
    return _added(document, node, f"{dash}{render_flow(value)}", whole, refused)


def _node(document: Document, location: Location) -> Node | None:
    node = document.root
    for part in location:
        child = node.child(part) if node is not None else None
        node = child[1] if child is not None else None
    return node


def _at(whole: Any, location: Location) -> Any:
    for part in location:
        whole = whole[part]
    return whole


def _added(document: Document, node: Node, entry: str, whole: Any, refused: InputError) -> bytes:
    """The text with the entry; raises `refused` unless it then says the whole."""
    text = document.text
    decoded = decode(text)
    result = _in_flow(decoded, node, entry) if node.style == "flow" else _in_block(decoded, node, entry)
    new = text[: len(text) - len(decoded.encode())] + result.encode()
    read = parse(new, "")
    if read.problems or render_flow(read.value) != render_flow(whole):
        raise refused
    return new


def _in_flow(text: str, node: Node, entry: str) -> str:
    before = text[: node.end - 1].rstrip()
    comma = ", " if node.value else ""
    return f"{before}{comma}{entry}{text[node.end - 1 :]}"


def _in_block(text: str, node: Node, entry: str) -> str:
    """Below the last value of the mapping or list, and the comment beside it."""
    last = node
    while last.style == "block" and last.value:
        last = max(_children(last), key=lambda child: child.start)
    newline = "\r\n" if "\r\n" in text else "\n"
    end = re.compile(r"[^\r\n]*(\r?\n)?").match(text, last.end)
    at = end.end() if end is not None else len(text)
    before = text[:at] if text[:at].endswith("\n") else text[:at] + newline
    return f"{before}{' ' * (node.column - 1)}{entry}{newline}{text[at:]}"


def _children(node: Node) -> list[Node]:
    return node.value if isinstance(node.value, list) else [value for _, value in node.value.values()]
