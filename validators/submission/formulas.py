"""Cells of a CSV file that a spreadsheet runs, and that reach out of it: programs, addresses, other files.

A spreadsheet computes what begins with a sign of a formula, whatever the cell was meant to be (OWASP, CSV
Injection; MITRE CWE-1236). Much of ordinary data begins so: `-5`, `+49 30`, `@somebody`. So only what leaves
the sheet is told: DDE, functions that fetch or start something, and references into other files.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

BLOCK = 1 << 20
SIGNS = "=+-@＝＋－＠"
"""What a formula begins with."""
_OUTWARD = re.compile(
    r"(?:HYPERLINK|WEBSERVICE|IMPORT(?:XML|DATA|HTML|FEED|RANGE)|SQL\.REQUEST|REGISTER\.ID)\s*\("
    r"|(?<=[=+\-@*/&^(,;<>＝＋－＠])(?:IMAGE|CALL|EXEC|REGISTER|DDE|RTD)\("
    r"|[\w.]\s*\|\s*(?:'[^'\n]*'|[^|\s'!]+)\s*![\w$'#]"
    r"|'[^'\n]*\][^'\n]*'!|\[[^\]\s]+\][\w.]+![A-Z$]"
    r"|[=＝]\s*[+\-(]*'(?:[a-z]+://|\\\\|[a-z]:\\|/)"
    r"|\A[=＝].*[\s=+\-*/&^(,;<>](?:IMAGE|CALL|EXEC|REGISTER|DDE|RTD)\s*\(",
    re.IGNORECASE | re.DOTALL,
)
"""Functions that fetch or start something; DDE's `program|topic!item`; a cell of another file.

What is a word of English as well must stand right behind an operator, except where the cell begins with `=`.
"""
_MAYBE = ("(", "!", "'")
"""One of which each of them has: numbers have none, and are read no further."""
_OTHER_SEPARATORS = re.compile(r"[;\t]")


def formula_fault(path: Path) -> str | None:
    """What a cell does when the file is opened in a spreadsheet, as a predicate; None where none does.

    The first line that such a cell begins in is named, from 1.
    """
    if not _may_reach_out(path):
        return None
    for line, cell in _cells(path):
        if cell.startswith(tuple(SIGNS)) and _OUTWARD.search(cell):
            return f"has a formula in line {line} that reaches out of a spreadsheet"
    return None


def _may_reach_out(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as stream:
        blocks = iter(lambda: stream.read(BLOCK), "")
        return any(sign in block for block in blocks for sign in _MAYBE)


def _cells(path: Path) -> Iterator[tuple[int, str]]:
    """Each cell without the blanks before it, and the line that it ends in; by other separators as well."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        rows = csv.reader(stream)
        while True:
            try:
                row = next(rows, None)
            except csv.Error:  # a cell without an end: the rows go on behind it
                continue
            if row is None:
                return
            for cell in row:
                for part in (cell, *_OTHER_SEPARATORS.split(cell)[1:]):
                    yield rows.line_num, part.lstrip(" \t\r\n\0\"'")
