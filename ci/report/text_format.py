"""How every rendering writes text, numbers and locations.

Messages, paths and names come from a pull request and are hostile; see `clean`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping

from sluicegate.validators.runner.finding import Finding

MARKS: Mapping[str, str] = {
    "pass": "✔",
    "skipped": "–",
    "waived": "○",
    "inconclusive": "?",
    "fail": "✘",
    "error": "!",
}
"""A mark for each verdict, so that colour is never the only one."""
UNKNOWN = "–"
"""A number that is not known."""
NOWHERE = "repository"
"""The heading of findings that belong to no model."""
LINE_ENDS = "\t\n\r\v\f\x85\u2028\u2029"

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's controls, formats (bidirectional, zero-width), surrogates, private, unassigned, separators."""


def clean(text: object, limit: int = 1000) -> str:
    """One line of visible characters, at most `limit` of them; a cut is shown by `…`.

    Removes terminal escape sequences, control, bidirectional and zero-width characters, and joins lines.
    """
    raw = str(text)
    visible = _ANSI.sub("", raw[: 8 * limit + 64])
    line = " ".join("".join(map(_shown, visible)).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _shown(character: str) -> str:
    if character in LINE_ENDS:
        return " "
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    return character


def number(value: float | str | None) -> str:
    """A number with four significant digits, a text cleaned, None as a dash."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return clean(value, 120)
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def observed(finding: Finding) -> str:
    """The observed value with its interval: `0.671 [0.665, 0.677]`."""
    return _with_interval(finding.observed, finding.interval)


def production(finding: Finding) -> str:
    """Production's value, likewise."""
    return _with_interval(finding.production, finding.production_interval)


def _with_interval(value: float | str | None, interval: tuple[float, float] | None) -> str:
    text = number(value)
    if interval is None:
        return text
    return f"{text} [{number(interval[0])}, {number(interval[1])}]"


def location(finding: Finding) -> str:
    """`path:line:column`, as far as they are known."""
    parts = (finding.path, finding.line, finding.column)
    return ":".join(clean(part, 255) for part in parts if part is not None)


def quantity(count: int, noun: str) -> str:
    """`1 blocker`, `3 blockers`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
