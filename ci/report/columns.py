"""Rows of text in columns, as wide as a terminal; thousands of them in a moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest
from textwrap import wrap

GAP = 2
LEAST = 12
"""Characters that a wrapped column has at least."""


def in_columns(rows: Sequence[Sequence[str]], width: int, wrapped: Collection[int]) -> list[list[str]]:
    """Each row's lines. Columns are as wide as their longest text; those `wrapped` share what is left."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    taken = sum(size + GAP for at, size in enumerate(widths) if at not in wrapped)
    left = width - taken - GAP * (len(wrapped) - 1)
    for rank, at in enumerate(sorted(wrapped, key=lambda at: widths[at])):
        widths[at] = min(widths[at], max(LEAST, left // (len(wrapped) - rank)))
        left -= widths[at]
    return [_lines(row, widths) for row in rows]


def _lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    cells = [
        [cell] if len(cell) <= size else wrap(cell, size, break_on_hyphens=False)
        for cell, size in zip(row, widths, strict=True)
    ]
    return [
        "".join(part.ljust(size + GAP) for part, size in zip(parts, widths, strict=True)).rstrip()
        for parts in zip_longest(*cells, fillvalue="")
    ]
