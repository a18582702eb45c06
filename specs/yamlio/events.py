"""YAML text to events: from libyaml, and from ruamel.yaml wherever the two could differ.

ruamel.yaml reads YAML 1.2 in pure Python, about 3 µs a character; libyaml, which PyYAML brings, reads YAML
1.1 in a thirtieth of that. Of what configurations need they make the same events. `quick` leaves the few
other constructs to `thorough`, and so does its caller whatever is refused: the words and positions of a
problem are always ruamel.yaml's. Tests hold the two equal on hostile text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sluicegate.specs.yamlio.problems import Problem

MAX_DEPTH = 32
_READ_DIFFERENTLY = re.compile(r"\t|(?:\A|[\s\[\]{},:?\-\"'])[?|>]|^(?:---|\.\.\.|%)", re.MULTILINE)
"""Tabs, explicit keys, block scalars, and the marks and directives of documents."""


class Unreadable(Exception):
    """Reading cannot go on, for this `problem`."""

    def __init__(self, message: str, remedy: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(message, remedy, None, line, column)


def too_deep(mark: Any) -> Unreadable:
    """The refusal of a collection that begins at this mark, deeper than MAX_DEPTH."""
    return Unreadable(f"is nested deeper than {MAX_DEPTH}", "flatten it", mark.line + 1, mark.column + 1)


def quick(text: str) -> Iterator[Any] | None:
    """libyaml's events; None where ruamel.yaml could make others, or PyYAML has no libyaml here.

    Iterating raises Unreadable for what libyaml refuses.
    """
    if _READ_DIFFERENTLY.search(text):
        return None
    try:
        from yaml import CSafeLoader, YAMLError, parse
    except ImportError:
        return None

    def events() -> Iterator[Any]:
        try:
            yield from parse(text, Loader=CSafeLoader)
        except YAMLError as error:
            raise Unreadable("is not YAML", "fix the syntax") from error

    return events()


def thorough(text: str) -> Iterator[Any]:
    """ruamel.yaml's events. Iterating raises Unreadable."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _bounded_scanner()
    try:
        yield from yaml.parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
        reason = " ".join(part for part in (error.context, error.problem) if part)
        message = f"is not YAML: {reason}"
        raise Unreadable(message, "fix the syntax here or just before", *position) from error
    except Unreadable:
        raise
    except Exception as error:
        # ruamel.yaml lets errors of its own through on hostile text; none of them is a reason to crash.
        raise Unreadable(f"is not YAML: {type(error).__name__}", "fix the syntax") from error


@lru_cache(maxsize=1)
def _bounded_scanner() -> type[Any]:
    from ruamel.yaml.scanner import Scanner

    class BoundedScanner(Scanner):
        """It looks 1,024 characters ahead for keys, at a cost quadratic in open brackets: few may be."""

        def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:
            if self.flow_level >= MAX_DEPTH:
                raise too_deep(self.reader.get_mark())
            super().fetch_flow_collection_start(TokenClass, to_push)

    return BoundedScanner
