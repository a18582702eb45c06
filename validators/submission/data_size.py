"""How large a table, an array or a picture becomes when it is read: judged before anything is.

From a parquet file's footer and pages, the first line and the separators of a CSV file, the headers of
arrays, and a picture's header. What is larger does not fit the process that judges; what lies about its size
is refused as well.
"""

from __future__ import annotations

from pathlib import Path

from sluicegate.validators.submission.numpy_file import SUFFIXES as ARRAYS
from sluicegate.validators.submission.numpy_file import decoded_size
from sluicegate.validators.submission.parquet_size import parquet_size
from sluicegate.validators.submission.thrift import ThriftError

MAX_COLUMNS = 10_000
MAX_VALUES = 100_000_000
"""Rows times columns."""
MAX_DECODED = 1 << 30
"""Bytes of all values of a file."""
MAX_PIXELS = 50_000_000
MAX_LINE = 1 << 20
"""Bytes of the first line of a CSV file."""
BLOCK = 1 << 20
SMALLER = "Keep a sample of the rows, and the columns that the model takes."


def size_fault(path: Path) -> str | None:
    """What is too large about a file's data, as a predicate; None for what can be read."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            return _parquet(path)
        if suffix == ".csv":
            return _csv(path)
        if suffix in ARRAYS:
            return _beyond("holds {} bytes of numbers", decoded_size(path), MAX_DECODED)
        if suffix == ".png":
            return _picture(path)
    except ThriftError as problem:
        return f"is not a parquet file that can be read: it {problem}"
    return None


def _parquet(path: Path) -> str | None:
    size = parquet_size(path)
    return (
        _beyond("has {} columns", size.columns, MAX_COLUMNS)
        or _beyond("has {} values", max(size.values, size.rows * size.columns), MAX_VALUES)
        or _beyond(
            f"has {size.rows:,} rows, which are {{}} bytes when they are read", size.decoded, MAX_DECODED
        )
    )


def _csv(path: Path) -> str | None:
    """By all of its separators: those within quotes make it no smaller to whoever reads it."""
    with path.open("rb") as stream:
        first = stream.readline(MAX_LINE + 1)
        if len(first) > MAX_LINE:
            return f"has a first line of more than {MAX_LINE:,} bytes"
        columns = first.count(b",") + 1
        values = columns
        while block := stream.read(BLOCK):
            values += block.count(b",") + block.count(b"\n")
    return _beyond("has {} columns", columns, MAX_COLUMNS) or _beyond("has {} values", values, MAX_VALUES)


def _picture(path: Path) -> str | None:
    """PNG begins with its width and height (PNG 3rd edition, 11.2.1)."""
    with path.open("rb") as stream:
        head = stream.read(24)
    width, height = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
    return _beyond("is a picture of {} pixels", width * height, MAX_PIXELS)


def _beyond(words: str, count: int, most: int) -> str | None:
    return f"{words.format(f'{count:,}')}, of at most {most:,}" if count > most else None
