"""Markdown from hostile text: nothing from a pull request becomes markup, a mention, a link or a command.

Written for GitHub's own renderer: GFM, and filters for mentions, references and mathematics, which see text
after entities and backslashes are undone; so those are broken by a zero-width space, as Dependabot does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sluicegate.ci.report.text_format import UNKNOWN, clean

ZERO_WIDTH = "\u200b"
_TRIGGERS = re.compile(r"@(?=\S)|#(?=\w)|://|www\.|\bGH-(?=\d)|\$", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]|~])")
_OPENING = re.compile(r"[/#+=:-]|\d+[.)]")
_MARKER = re.compile(r"^<!-- sluicegate:(?P<kind>[a-z-]+) (?P<state>\{[^<>\n]*\}) -->\s*$", re.MULTILINE)


def _defuse(text: str) -> str:
    """Break mentions, references, addresses and mathematics."""
    return _TRIGGERS.sub(_break, text)


def _break(trigger: re.Match[str]) -> str:
    if trigger[0] == "://":
        return f":{ZERO_WIDTH}//"
    if trigger[0].endswith("."):  # a link begins where `www` and a dot meet
        return f"{trigger[0][:-1]}{ZERO_WIDTH}."
    return trigger[0] + ZERO_WIDTH


def prose(text: object, limit: int = 600) -> str:
    """Text for a paragraph or a table's cell, on one line, shown as it was written."""
    safe = clean(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    safe = _SPECIAL.sub(r"\\\1", _defuse(safe))
    # A line that begins with `/` is a command to bots that read comments.
    return ZERO_WIDTH + safe if _OPENING.match(safe) else safe


def code(text: object, limit: int = 200) -> str:
    """A code span, fenced by more backticks than the text holds; fit for a table's cell as well."""
    safe = _defuse(clean(text, limit)).replace("|", "¦").replace("<", "‹")
    longest = max((len(run) for run in re.findall(r"`+", safe)), default=0)
    if not safe:
        return UNKNOWN
    fence = "`" * (longest + 1)
    gap = " " if longest else ""
    return f"{fence}{gap}{safe}{gap}{fence}"


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """The lines of a table; its cells must be `prose` or `code` already."""
    names = list(headings)
    return [
        "| " + " | ".join(names) + " |",
        "|" + " --- |" * len(names),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def marker(kind: str, state: Mapping[str, Any]) -> str:
    """The hidden last line by which our comment is found again, with a state that only we read."""
    text = json.dumps(state, sort_keys=True)
    for character in "<>@#&-":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"<!-- sluicegate:{kind} {text} -->"


def read_marker(body: str, kind: str) -> dict[str, Any] | None:
    """The state of a comment whose last marker of ours is of this kind; None for any other comment.

    Below it may stand what a person who edited the comment added.
    """
    marked = next(reversed([*_MARKER.finditer(body)]), None)
    if marked is None or marked["kind"] != kind:
        return None
    try:
        state = json.loads(marked["state"])
    except ValueError:
        return None
    return state if isinstance(state, dict) else None


def within(budget: int, lines: Iterable[str], used: int = 0) -> tuple[list[str], int]:
    """The first lines that fit into `budget` characters beside `used`, and how many do not."""
    every = list(lines)
    for position, line in enumerate(every):
        used += len(line) + 1
        if used > budget:
            return every[:position], len(every) - position
    return every, 0
