"""Checked access to untyped JSON; errors carry the JSON path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sluicegate.gate.adapters.samples import NoData


@dataclass(frozen=True)
class Node:
    """A JSON value, the object that it belongs to, and its path in it: `status.parents[0]`."""

    value: Any
    what: str
    path: str = ""

    @property
    def location(self) -> str:
        """The object, and the path of this value in it."""
        return f"{self.what}: {self.path}" if self.path else self.what

    def __getitem__(self, key: str) -> Node:
        """The value of a key; None where it is missing, and below what is missing. Raises NoData."""
        if self.value is not None and not isinstance(self.value, dict):
            raise self.unexpected("an object")
        value = None if self.value is None else self.value.get(key)
        return Node(value, self.what, f"{self.path}.{key}" if self.path else key)

    def items(self) -> list[Node]:
        """The entries of a list; none where it is missing. Raises NoData."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            raise self.unexpected("a list")
        return [Node(entry, self.what, f"{self.path}[{number}]") for number, entry in enumerate(self.value)]

    @property
    def text(self) -> str | None:
        """A string, or None. Raises NoData."""
        if self.value is not None and not isinstance(self.value, str):
            raise self.unexpected("a string")
        return self.value

    @property
    def whole(self) -> int | None:
        """A whole number from 0, or None. Raises NoData."""
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise self.unexpected("a whole number")
        return self.value

    @property
    def texts(self) -> dict[str, str]:
        """An object of strings; empty where it is missing. Raises NoData."""
        texts = {} if self.value is None else self.value
        if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
            raise self.unexpected("an object of strings")
        return texts

    @property
    def moment(self) -> datetime | None:
        """An RFC 3339 moment, or None. Raises NoData."""
        if self.text is None:
            return None
        try:
            moment = datetime.fromisoformat(self.text)
        except ValueError:
            raise self.unexpected("a moment") from None
        if moment.tzinfo is None:
            raise self.unexpected("a moment with its offset")
        return moment

    def unexpected(self, expected: str) -> NoData:
        """The error for a value that is not what was expected."""
        return NoData(f"{self.location} is {str(self.value)[:80]!r}, not {expected}", "look at the object")
