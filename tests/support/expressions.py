"""GitHub's expressions (`${{ ... }}`), as far as our workflows use them; anything else is an error.

Semantics: docs.github.com/actions/reference/evaluate-expressions-in-workflows-and-actions. What is not there
is null, comparisons of text ignore case, `&&` and `||` give one of their operands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|&&|\|\||[!=]=|[!(),]|[A-Za-z_][A-Za-z0-9_.-]*|\d+)")
_WHOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def text(value: Any) -> str:
    """A value as GitHub writes it into a text."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def fill(template: Any, contexts: Mapping[str, Any]) -> str:
    """A text with each of its expressions replaced by its value."""
    return _WHOLE.sub(lambda found: text(value_of(found[1], contexts)), text(template))


def value_of(expression: str, contexts: Mapping[str, Any]) -> Any:
    """The value of one expression, with or without `${{ }}`. Raises ValueError for what is not known here."""
    whole = _WHOLE.fullmatch(expression.strip())
    parser = _Parser(whole[1] if whole else expression, contexts)
    value = parser.either()
    if parser.tokens:
        raise ValueError(f"{expression!r}: {parser.tokens[0]!r} is not understood")
    return value


class _Parser:
    def __init__(self, expression: str, contexts: Mapping[str, Any]) -> None:
        self.contexts = contexts
        self.tokens = _TOKEN.findall(expression)
        if "".join(self.tokens) != re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", expression):
            raise ValueError(f"{expression!r} has something that is not understood")

    def take(self) -> str:
        if not self.tokens:
            raise ValueError("an expression ends too early")
        return self.tokens.pop(0)

    def next_is(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            self.tokens.pop(0)
            return True
        return False

    def either(self) -> Any:
        value = self.both()
        while self.next_is("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self.next_is("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> Any:
        value = self.single()
        for operator in ("==", "!="):
            if self.next_is(operator):
                same = text(value).lower() == text(self.single()).lower()
                return same == (operator == "==")
        return value

    def single(self) -> Any:
        token = self.take()
        if token == "!":
            return not self.single()
        if token == "(":
            value = self.either()
            assert self.take() == ")"
            return value
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.isdecimal():
            return int(token)
        return self.call(token) if self.next_is("(") else self.named(token)

    def call(self, function: str) -> Any:
        arguments = []
        while not self.next_is(")"):
            arguments.append(self.either())
            self.next_is(",")
        if function == "contains":
            return text(arguments[1]).lower() in text(arguments[0]).lower()
        if function == "format":
            return re.sub(r"\{(\d+)\}", lambda found: text(arguments[int(found[1]) + 1]), arguments[0])
        if function in ("always", "cancelled", "success", "failure"):
            return self.contexts["status"][function]
        raise ValueError(f"the function {function} is not known here")

    def named(self, path: str) -> Any:
        first, *rest = path.split(".")
        if first in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[first]
        if first not in self.contexts:
            raise ValueError(f"there is no context {first!r}")
        value = self.contexts[first]
        for part in rest:
            value = value.get(part) if isinstance(value, Mapping) else None
        return value
