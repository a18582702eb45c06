"""Findings on their way out of the child: a line of JSON each, from a process that may be taken over."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, fields
from typing import Any

from sluicegate.validators.runner.finding import Finding, Verdict

MAX_LINE = 1 << 16
"""Bytes of one answer."""
MAX_TEXT = 2_000
"""Characters of one text of a finding; the rest is cut, and the cut shown."""
MAX_ARROWS = 200
"""Of a picture."""
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but line feeds, what reorders text on a screen (CVE-2021-42574), lone surrogates."""
_FIELDS = frozenset(field.name for field in fields(Finding)) - {"model", "diff"}


class AnswerError(Exception):
    """A line that is not a finding of the check that runs; the message says what is wrong."""


def write_answer(finding: Finding) -> bytes:
    """A finding as a line; numbers that are not finite become text, which JSON can hold."""
    data = {name: _plain(value) for name, value in asdict(finding).items() if name in _FIELDS}
    return json.dumps(data, allow_nan=False).encode() + b"\n"


def done(check: str) -> bytes:
    """The line that ends a check."""
    return json.dumps({"done": check}).encode() + b"\n"


def read_answer(line: bytes, check: str) -> Finding | None:
    """The finding in a line; None for the line that ends the check. Raises AnswerError."""
    if len(line) > MAX_LINE:
        raise AnswerError(f"a line of more than {MAX_LINE} bytes")
    try:
        data = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise AnswerError(f"{line[:60]!r} is not JSON") from None
    if not isinstance(data, dict):
        raise AnswerError("a line that is not an object")
    if data == {"done": check}:
        return None
    if set(data) != _FIELDS or data["check"] != check:
        raise AnswerError(f"an answer that is not one of {check}")
    try:
        return Finding(
            check=check,
            verdict=Verdict(data["verdict"]),
            message=safe_text(data["message"]),
            path=_optional(data["path"]),
            line=_whole(data["line"]),
            column=_whole(data["column"]),
            observed=_figure(data["observed"]),
            interval=_pair(data["interval"]),
            threshold=_figure(data["threshold"]),
            production=_figure(data["production"]),
            remedy=_optional(data["remedy"]),
            part=_optional(data["part"]),
            production_interval=_pair(data["production_interval"]),
            tool=_optional(data["tool"]),
            graph=_arrows(data["graph"]),
        )
    except (TypeError, ValueError) as problem:
        raise AnswerError(f"a finding with a wrong field: {str(problem)[:100]!r}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, tuple | list) and all(isinstance(item, str | tuple) for item in value):
        return [_plain(item) for item in value]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value] if all(math.isfinite(item) for item in value) else None
    if value is None or isinstance(value, int):
        return value
    number = float(value)
    return number if math.isfinite(number) else str(number)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def safe_text(value: Any) -> str:
    """The text with what moves a cursor escaped, and cut to MAX_TEXT. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError("text was expected")
    safe = _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    return safe if len(safe) <= MAX_TEXT else safe[:MAX_TEXT] + f"... ({len(safe) - MAX_TEXT} more)"


def _optional(value: Any) -> str | None:
    return None if value is None else safe_text(value)


def _whole(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31):
        return value
    raise TypeError("a line or column was expected")


def _figure(value: Any) -> float | str | None:
    if value is None or isinstance(value, str):
        return _optional(value)
    return _number(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("a finite number was expected")
    return float(value)


def _arrows(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or len(value) > MAX_ARROWS:
        raise TypeError("a list of arrows was expected")
    for arrow in value:
        if not isinstance(arrow, list) or len(arrow) != 2:
            raise TypeError("two boxes were expected")
    return tuple((safe_text(a), safe_text(b)) for a, b in value)


def _pair(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise TypeError("two numbers were expected")
    return _number(value[0]), _number(value[1])
