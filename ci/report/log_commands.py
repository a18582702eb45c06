"""Commands that a CI system takes from its log, broken wherever a report quotes what others wrote.

GitHub Actions runs `::command::` at the beginning of a line, spaces before it or not, and `##[command]`
anywhere (actions/runner, ActionCommand.cs); Azure Pipelines runs `##vso[...]`, TeamCity `##teamcity[...]`.
Each rendering breaks them in its own way, so that whoever parses JSON or XML gets the very text.
"""

from __future__ import annotations

import re

_BRACKET = re.compile(r"##(?=[\w.-]*\[)")
_COLONS = re.compile(r"^((?:[^\S\n]|\x1b\[[\d;]*m)*):(?=:)", re.MULTILINE)
_BREAK = "\u200b"


def without_brackets(text: str) -> str:
    """Text in which no `##[command]` runs, for a line that begins with a command of ours."""
    return _BRACKET.sub(f"##{_BREAK}", text)


def in_text(text: str) -> str:
    """Lines of text, none of which is a command: a zero-width space breaks it."""
    return _COLONS.sub(rf"\1:{_BREAK}", without_brackets(text))


def in_json(text: str) -> str:
    """JSON of the same values; its lines begin with brackets and quotes alone, so `::` runs nowhere."""
    return _BRACKET.sub(r"#\\u0023", text)


def in_markup(text: str) -> str:
    """XML or HTML of the same text."""
    return _COLONS.sub(r"\1&#58;", _BRACKET.sub("#&#35;", text))
