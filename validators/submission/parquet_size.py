"""How large a parquet file becomes when it is read, by its footer and the headers of its pages.

A column of one long text that a million rows name by its number is a few kilobytes of file. Nothing is
decompressed here. Format: apache/parquet-format, README.md and parquet.thrift.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sluicegate.validators.submission.thrift import Reader, ThriftError, Wanted

MAGIC = b"PAR1"
TAIL = 8
"""Bytes behind the footer: its length, and the magic number."""
MAX_FOOTER = 4 << 20
MAX_HEADER = 1 << 16
"""Bytes of one page's header; its statistics hold the least and the largest value."""
MAX_PAGES = 100_000
MAX_GROUPS = 10_000
"""Row groups: each is opened by itself, however few rows it has."""
DICTIONARY_PAGE = 2
BY_NUMBER = (2, 8)
"""Encodings whose values are numbers of a dictionary's entries: PLAIN_DICTIONARY, RLE_DICTIONARY."""
WIDTHS = {0: 1, 1: 4, 2: 8, 3: 12, 4: 4, 5: 8}
"""Bytes of a value, by the physical type; those of BYTE_ARRAY differ."""
FIXED = 7
_COLUMN: Wanted = {3: {1: True, 5: True, 6: True, 7: True, 9: True, 11: True}}
_FOOTER: Wanted = {2: [{1: True, 2: True, 5: True}], 3: True, 4: [{1: [_COLUMN], 3: True}]}
_PAGE: Wanted = {1: True, 2: True, 3: True, 5: {1: True, 2: True}, 7: {1: True}, 8: {1: True, 4: True}}


@dataclass(frozen=True)
class TableSize:
    """What reading a table makes of it."""

    rows: int
    columns: int
    values: int
    decoded: int
    """Bytes of all values, each text as often as a row names it."""


def parquet_size(path: Path) -> TableSize:
    """By the footer and the pages' headers. Raises ThriftError for a file that does not fit together."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        footer = _footer(stream, size)
        widths = [_width(one) for one in footer.get(2, ()) if not one.get(5)]
        rows = footer.get(3, 0)
        groups = footer.get(4, ())
        if len(groups) > MAX_GROUPS:
            raise ThriftError(f"has {len(groups):,} row groups, of at most {MAX_GROUPS:,}")
        if sum(group.get(3, 0) for group in groups) != rows:
            raise ThriftError(f"says {rows:,} rows, and its row groups hold others")
        values = decoded = pages = 0
        for group in groups:
            columns = group.get(1, ())
            if len(columns) != len(widths):
                raise ThriftError("has a row group of other columns than its schema")
            for column, width in zip(columns, widths, strict=True):
                for page in _pages(stream, column.get(3, {}), size):
                    pages += 1
                    if pages > MAX_PAGES:
                        raise ThriftError(f"has more than {MAX_PAGES:,} pages")
                    values += page.values
                    decoded += max(page.decoded, page.values * width)
    return TableSize(rows, len(widths), values, decoded)


def _width(element: dict[int, Any]) -> int:
    kind = element.get(1, -1)
    return int(element.get(2, 0)) if kind == FIXED else WIDTHS.get(kind, 0)


def footer_text(path: Path) -> str:
    """What the footer holds beside numbers, as text: names, metadata, the least and largest values.

    Raises ThriftError for a file that does not end as one.
    """
    with path.open("rb") as stream:
        return _footer_bytes(stream, path.stat().st_size).decode("utf-8", "replace")


def _footer(stream: IO[bytes], size: int) -> dict[int, Any]:
    return Reader(_footer_bytes(stream, size)).struct(_FOOTER)


def _footer_bytes(stream: IO[bytes], size: int) -> bytes:
    stream.seek(max(0, size - TAIL))
    tail = stream.read(TAIL)
    if size < len(MAGIC) + TAIL or tail[4:] != MAGIC:
        raise ThriftError("does not end as a parquet file")
    length = int.from_bytes(tail[:4], "little")
    if length > min(size - len(MAGIC) - TAIL, MAX_FOOTER):
        raise ThriftError(f"has a footer of {length:,} bytes, of at most {MAX_FOOTER:,}")
    stream.seek(size - TAIL - length)
    return stream.read(length)


@dataclass(frozen=True)
class _Page:
    values: int
    decoded: int


def _pages(stream: IO[bytes], column: dict[int, Any], size: int) -> Iterator[_Page]:
    """The pages of a column in a row group, as their headers say."""
    start = column.get(9, 0)
    if 0 < column.get(11, 0) < start:
        start = column[11]
    end = start + column.get(7, 0)
    if not len(MAGIC) <= start <= end <= size:
        raise ThriftError("has a column outside of the file")
    left = column.get(5, 0)
    mean = 0.0
    while left > 0:
        stream.seek(start)
        reader = Reader(stream.read(min(MAX_HEADER, end - start)))
        header = reader.struct(_PAGE)
        unpacked, packed = header.get(2, -1), header.get(3, -1)
        start += reader.at + packed
        if min(unpacked, packed) < 0 or start > end:
            raise ThriftError("has a page beyond its column")
        if header.get(1) == DICTIONARY_PAGE:
            mean = unpacked / max(1, header.get(7, {}).get(1, 0))
            yield _Page(0, unpacked)
            continue
        of_page = header.get(5) or header.get(8) or {}
        count, encoding = of_page.get(1, 0), of_page.get(4 if 8 in header else 2, 0)
        if not 0 <= count <= left or (not count and not packed):
            raise ThriftError("has a page of other values than its column")
        left -= count
        yield _Page(count, max(unpacked, int(mean * count)) if encoding in BY_NUMBER else unpacked)
