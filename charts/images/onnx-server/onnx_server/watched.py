"""Which input columns are counted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Watched:
    """One column: where it is in a request, and by what it is counted, edges or values."""

    column: str
    input: str
    index: int
    """In the flat input: that of the first row."""
    edges: tuple[float, ...] = ()
    """Rising and finite, of numbers."""
    values: tuple[str | int, ...] = ()
    """Of categories."""
