"""YAML text to plain nodes that know their position; what no configuration needs is refused here.

Built on ruamel.yaml's events, not on its composer: events come one at a time, so that depth and number of
nodes are bounded before anything grows, and nothing recurses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.scanner import Scanner

from sluicegate.specs.yamlio.characters import FORBIDDEN, decode
from sluicegate.specs.yamlio.problems import InputError, Problem, dotted
from sluicegate.specs.yamlio.scalars import ScalarRefused, value_of

MAX_DEPTH = 32
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


class _Refused(Exception):
    """Reading cannot go on."""

    def __init__(self, message: str, remedy: str, line: int, column: int) -> None:
        super().__init__(message)
        self.problem = Problem(message, remedy, None, line, column)


def _too_deep(mark: Any) -> _Refused:
    return _Refused(f"is nested deeper than {MAX_DEPTH}", "flatten it", mark.line + 1, mark.column + 1)


class _BoundedScanner(Scanner):
    """The scanner looks 1,024 characters ahead for keys, at a cost quadratic in open brackets: few may be."""

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:
        if self.flow_level >= MAX_DEPTH:
            raise _too_deep(self.reader.get_mark())
        super().fetch_flow_collection_start(TokenClass, to_push)


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
        """Take the next event. Raises _Refused for what makes the rest unreadable."""
        if isinstance(event, DocumentStartEvent):
            self.document(event)
        elif isinstance(event, CollectionEndEvent):
            node = self.stack.pop().node
            node.end = event.end_mark.index if node.style == "flow" else _last_end(node)
            self.attach(node)
        elif isinstance(event, NodeEvent):
            self.node(event)

    def document(self, event: Any) -> None:
        """Only one document, and only YAML's defaults."""
        if self.root is not None:
            line = event.start_mark.line + 1
            column = event.start_mark.column + 1
            raise _Refused("a second document begins", "keep one document in a file", line, column)
        if event.version or event.tags:
            self.refuse(event, "a % directive is not allowed", "remove it")

    def node(self, event: Any) -> None:
        """Any value: refuse what it must not carry, then open or attach it."""
        start = event.start_mark
        self.nodes += 1
        if self.nodes > MAX_NODES:
            line = start.line + 1
            column = start.column + 1
            raise _Refused(f"has more than {MAX_NODES:,} values", "make it smaller", line, column)
        if event.anchor is not None:
            name = "an alias" if isinstance(event, AliasEvent) else "an anchor"
            self.refuse(event, f"{name} is not allowed", "write the value out")
        if getattr(event, "tag", None) is not None:
            self.refuse(event, "a tag is not allowed", "remove it; put text in quotes")
        node = Node(start.index, event.end_mark.index, start.line + 1, start.column + 1, "")
        if isinstance(event, CollectionStartEvent):
            if len(self.stack) >= MAX_DEPTH:
                raise _too_deep(start)
            node.style = "flow" if event.flow_style else "block"
            node.value = {} if isinstance(event, MappingStartEvent) else []
            self.stack.append(_Open(node))
            return
        if isinstance(event, ScalarEvent):
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

    def settle(self, node: Node, after: int, indicator: str) -> None:
        """Put a value that is not there right behind its indicator; ruamel sets it before the next token."""
        if match := re.compile(rf"(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t]*{indicator}").match(self.text, after):
            node.start = node.end = match.end()

    def attach(self, node: Node) -> None:
        """Put a finished node into the collection that is open, or make it the document."""
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if isinstance(parent.node.value, list):
            if node.start == node.end:
                siblings = parent.node.value
                self.settle(node, siblings[-1].end if siblings else parent.node.start, "-")
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
                self.settle(node, key.end, ":")
            if key.value in map(str, parent.node.value):
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
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _BoundedScanner
    try:
        builder = _Builder(decode(data))
    except InputError as error:
        return None, error.problems
    try:
        for event in yaml.parse(builder.text):
            builder.feed(event)
    except _Refused as error:
        return None, (*builder.problems, error.problem)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
        reason = " ".join(part for part in (error.context, error.problem) if part)
        problem = Problem(f"is not YAML: {reason}", "fix the syntax here or just before", None, *position)
        return None, (*builder.problems, problem)
    except Exception as error:
        # ruamel.yaml lets errors of its own through on hostile text; none of them is a reason to crash.
        return None, (*builder.problems, Problem(f"is not YAML: {type(error).__name__}", "fix the syntax"))
    if builder.root is None:
        return None, (Problem("is empty", "write the document", None, 1, 1),)
    return builder.root, tuple(builder.problems)
