"""What a plain scalar means: the core schema of YAML 1.2 (10.3), less what is ambiguous or not finite."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_AMBIGUOUS = re.compile(
    r"(?i:yes|no|on|off)"
    r"|[-+]?(0[0-9_]+|0[xob][0-9a-fA-F_]+|[0-9][0-9_]*_[0-9_.]*|[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?)"
)
"""What YAML 1.1 (Helm, many tools) and YAML 1.2 read as different values: a file must mean one thing."""

SHORT = 32
"""Characters of a scalar whose value is remembered: the same words are in every file."""


class ScalarRefused(Exception):
    """A scalar that is refused, and what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def value_of(text: str) -> Any:
    """None, a bool, an int, a float, or the text itself. Raises ScalarRefused."""
    return _of_short(text) if len(text) <= SHORT else _of(text)


def _of(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _AMBIGUOUS.fullmatch(text):
        message = f"{text} means different things to YAML 1.1 and 1.2"
        raise ScalarRefused(message, "quote it, or use true, false or decimal")
    if _NOT_FINITE.fullmatch(text):
        raise ScalarRefused(f"{text} is not a finite number", "write a finite number")
    if _INT.fullmatch(text):
        # Python refuses to convert thousands of digits, so their number is checked first.
        if len(text) >= 21 or abs(int(text)) >= 2**63:
            raise ScalarRefused("is too large for a whole number", "quote it if it is text")
        return int(text)
    if _FLOAT.fullmatch(text):
        if not math.isfinite(float(text)):
            raise ScalarRefused(f"{text[:20]} is not a finite number", "write a finite number")
        return float(text)
    return text


_of_short = lru_cache(maxsize=4096)(_of)
