"""Values of an answer whose shape nobody promises: each step down checks, and a failure names the place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sluicegate.gate.adapters.samples import NoData


@dataclass(frozen=True)
class Node:
    """A JSON value, of what object it is, and where it stands in it: `status.parents[0]`."""

    value: Any
    what: str
    path: str = ""

    @property
    def place(self) -> str:
        """The object and the place in it."""
        return f"{self.what}: {self.path}" if self.path else self.what

    def __getitem__(self, key: str) -> Node:
        """What stands under a key; None where it is missing, and below what is missing. Raises NoData."""
        if self.value is not None and not isinstance(self.value, dict):
            raise self.odd("an object")
        inside = None if self.value is None else self.value.get(key)
        return Node(inside, self.what, f"{self.path}.{key}" if self.path else key)

    def items(self) -> list[Node]:
        """The entries of a list; none where it is missing. Raises NoData."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            raise self.odd("a list")
        return [Node(entry, self.what, f"{self.path}[{number}]") for number, entry in enumerate(self.value)]

    @property
    def text(self) -> str | None:
        """A string, or None. Raises NoData."""
        if self.value is not None and not isinstance(self.value, str):
            raise self.odd("a text")
        return self.value

    @property
    def whole(self) -> int | None:
        """A whole number from 0, or None. Raises NoData."""
        number = isinstance(self.value, int) and not isinstance(self.value, bool) and self.value >= 0
        if self.value is not None and not number:
            raise self.odd("a whole number")
        return self.value if number else None

    @property
    def texts(self) -> dict[str, str]:
        """An object of strings; empty where it is missing. Raises NoData."""
        found = {} if self.value is None else self.value
        if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
            raise self.odd("an object of texts")
        return found

    @property
    def moment(self) -> datetime | None:
        """An RFC 3339 moment, or None. Raises NoData."""
        if self.text is None:
            return None
        try:
            found = datetime.fromisoformat(self.text)
        except ValueError:
            raise self.odd("a moment") from None
        if found.tzinfo is None:
            raise self.odd("a moment with its offset")
        return found

    def odd(self, wanted: str) -> NoData:
        """The error for a value that is not what was wanted."""
        return NoData(f"{self.place} is {str(self.value)[:80]!r}, not {wanted}; look at the object")
