"""What is wrong with an input, where, and how to fix it: the error common to all parts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from sluicegate.specs.errors import SluiceError

Location = tuple[str | int, ...]
"""A path in a document: keys of mappings and indices of sequences."""


def dotted(location: Location) -> str:
    """A path in words: `spec.quality[0].margin`."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[A-Za-z0-9_-]+", part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part)}]"
    return text


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: what, how to fix it, and where (1-based; the path in the document)."""

    message: str
    remedy: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    where: str = ""

    @property
    def located(self) -> str:
        """`file:line:column: where: message`, less what is not known."""
        position = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        return ": ".join(part for part in (position, self.where, self.message) if part)

    def __str__(self) -> str:
        """`file:line:column: where: message; remedy`, less what is not known."""
        return f"{self.located}; {self.remedy}"


class InputError(SluiceError):
    """Bad input, in one or more problems; the text of the error has one line for each."""

    def __init__(self, *problems: Problem) -> None:
        first = problems[0] if problems else Problem("", "")
        super().__init__(first.message, first.remedy)
        self.args = problems
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    @classmethod
    def of(
        cls,
        message: str,
        remedy: str,
        path: str | None = None,
        line: int | None = None,
        column: int | None = None,
        *,
        where: str = "",
    ) -> InputError:
        """The error with this one problem."""
        return cls(Problem(message, remedy, path, line, column, where))
