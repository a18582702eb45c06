"""YAML text to plain nodes that know their position; what no configuration needs is refused here.

Built on a parser's events, not on its composer: events come one at a time, so that depth and number of nodes
are bounded before anything grows, and nothing recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sluicegate.specs.yamlio.characters import FORBIDDEN, decode
from sluicegate.specs.yamlio.events import MAX_DEPTH, Unreadable, quick, thorough, too_deep
from sluicegate.specs.yamlio.problems import InputError, Problem, dotted
from sluicegate.specs.yamlio.scalars import ScalarRefused, value_of

MAX_NODES = 20_000


@dataclass
class Node:
    """A value in a text. `start` and `end` are character offsets of the value itself, less comments after it.

    `value` is a scalar, a list of nodes, or a dict of key to (key node, value node). `style` is "block" or
    "flow" of a collection; of a scalar its quote, `|` or `>`, or "" when it is plain.
    """

    start: int
    end: int
    line: int
    column: int
    style: str
    value: Any = None

    def child(self, part: str | int) -> tuple[Node | None, Node] | None:
        """The (key, value) of a mapping, or (None, item) of a sequence; None where there is no such child."""
        if isinstance(self.value, dict):
            return self.value.get(str(part)) if isinstance(part, str) else None
        if isinstance(self.value, list) and isinstance(part, int) and 0 <= part < len(self.value):
            return None, self.value[part]
        return None

    def plain(self) -> Any:
        """The plain data: None, bool, int, float, str, list, dict; a new copy on each call."""
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        if isinstance(self.value, dict):
            return {key: node.plain() for key, (_, node) in self.value.items()}
        return self.value


@dataclass
class _Open:
    """A collection whose end has not come yet; `key` waits for its value."""

    node: Node
    key: Node | None = None

    def here(self) -> list[str | int]:
        """The path of the next value, from this collection."""
        if isinstance(self.node.value, list):
            return [len(self.node.value)]
        return [] if self.key is None else [str(self.key.value)]


@dataclass
class _Builder:
    """Puts events together into nodes, and notes what is refused."""

    text: str
    root: Node | None = None
    problems: list[Problem] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    nodes: int = 0

    def refuse(self, at: Any, message: str, remedy: str) -> None:
        """Note a problem at an event or a node, under the path that is open now."""
        if isinstance(at, Node):
            line = at.line
            column = at.column
        else:
            line = at.start_mark.line + 1
            column = at.start_mark.column + 1
        where = dotted(tuple(part for collection in self.stack for part in collection.here()))
        self.problems.append(Problem(message, remedy, None, line, column, where))

    def feed(self, event: Any) -> None:
        """Take the next event, of either parser. Raises Unreadable."""
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self.node(event, kind)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            node = self.stack.pop().node
            node.end = event.end_mark.index if node.style == "flow" else _last_end(node)
            self.attach(node)
        elif kind in ("MappingStartEvent", "SequenceStartEvent", "AliasEvent"):
            self.node(event, kind)
        elif kind == "DocumentStartEvent":
            self.document(event)

    def document(self, event: Any) -> None:
        """Only one document, and only YAML's defaults."""
        if self.root is not None:
            line = event.start_mark.line + 1
            column = event.start_mark.column + 1
            raise Unreadable("a second document begins", "keep one document in a file", line, column)
        if event.version or event.tags:
            self.refuse(event, "a % directive is not allowed", "remove it")

    def node(self, event: Any, kind: str) -> None:
        """Any value: refuse what it must not carry, then open or attach it."""
        start = event.start_mark
        self.nodes += 1
        if self.nodes > MAX_NODES:
            line = start.line + 1
            column = start.column + 1
            raise Unreadable(f"has more than {MAX_NODES:,} values", "make it smaller", line, column)
        if event.anchor is not None:
            name = "an alias" if kind == "AliasEvent" else "an anchor"
            self.refuse(event, f"{name} is not allowed", "write the value out")
        if getattr(event, "tag", None) is not None:
            self.refuse(event, "a tag is not allowed", "remove it; put text in quotes")
        node = Node(start.index, event.end_mark.index, start.line + 1, start.column + 1, "")
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            if len(self.stack) >= MAX_DEPTH:
                raise too_deep(start)
            node.style = "flow" if event.flow_style else "block"
            node.value = {} if kind == "MappingStartEvent" else []
            self.stack.append(_Open(node))
            return
        if kind == "ScalarEvent":
            node.style = event.style or ""
            node.value = self.scalar(event, node)
            if node.style in ("|", ">"):
                node.end = node.start + len(self.text[node.start : node.end].rstrip())
        self.attach(node)

    def scalar(self, event: Any, node: Node) -> Any:
        """The value of a scalar: what is quoted or a block is text."""
        text: str = event.value
        if node.style:
            if FORBIDDEN.search(text):
                self.refuse(event, "holds a control character", "remove the escape")
            return text
        try:
            return value_of(text)
        except ScalarRefused as refused:
            self.refuse(event, refused.message, refused.remedy)
            return text

    def settle(self, node: Node, before: Node, after: int, indicator: str) -> None:
        """Put a value that is not there right behind its indicator, which follows `before`.

        Both parsers set it elsewhere, before the next token or behind the last one.
        """
        match = re.compile(rf"(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t]*{indicator}").match(self.text, after)
        if match is None:
            return
        node.start = node.end = match.end()
        lines = self.text.count("\n", before.start, node.start)
        node.line = before.line + lines
        node.column = before.column + node.start - before.start
        if lines:
            node.column = node.start - self.text.rfind("\n", before.start, node.start)

    def attach(self, node: Node) -> None:
        """Put a finished node into the collection that is open, or make it the document."""
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if isinstance(parent.node.value, list):
            if node.start == node.end:
                siblings = parent.node.value
                before = siblings[-1] if siblings else parent.node
                self.settle(node, before, before.end if siblings else before.start, "-")
            parent.node.value.append(node)
        elif parent.key is None:
            if node.value == "<<" and not node.style:
                self.refuse(node, "a merge key is not allowed", "write the keys out")
            elif not isinstance(node.value, str):
                self.refuse(node, "a key must be text", "put the key in quotes")
            parent.key = node
        else:
            key = parent.key
            if node.start == node.end:
                self.settle(node, key, key.end, ":")
            if isinstance(key.value, str) and key.value in parent.node.value:
                first = parent.node.value[key.value][0].line
                self.refuse(key, f"the key is given twice (first in line {first})", "keep one of them")
            parent.node.value.setdefault(str(key.value), (key, node))
            parent.key = None


def _last_end(node: Node) -> int:
    """Where a block collection really ends: at its last leaf; ruamel's mark is past the comments after it."""
    if isinstance(node.value, list) and node.value:
        return int(node.value[-1].end)
    if isinstance(node.value, dict) and node.value:
        return max(int(value.end) for _, value in node.value.values())
    return node.start


@lru_cache(maxsize=256)
def compose(data: bytes) -> tuple[Node | None, tuple[Problem, ...]]:
    """The document's node, None when it could not be read to its end, and its problems. Cached by content.

    The nodes are shared between callers: nobody changes them.
    """
    try:
        text = decode(data)
    except InputError as error:
        return None, error.problems
    events = quick(text)
    if events is not None:
        root, problems = _built(text, events)
        if not problems:
            return root, ()
    return _built(text, thorough(text))


def _built(text: str, events: Iterable[Any]) -> tuple[Node | None, tuple[Problem, ...]]:
    builder = _Builder(text)
    try:
        for event in events:
            builder.feed(event)
    except Unreadable as error:
        return None, (*builder.problems, error.problem)
    if builder.root is None:
        return None, (Problem("is empty", "write the document", None, 1, 1),)
    return builder.root, tuple(builder.problems)
