"""The texts of a table, column by column: of every row of a small one, of a sample of a large one.

What a table is judged by elsewhere needs its types and all of its rows; here a cell is only a text, so a file
that is no good table is read as far as it can be.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SUFFIXES = (".csv", ".parquet", ".npz", ".npy")
VALUES = 2_000_000
"""Of a binary table, read as texts: evenly spaced rows, columns times rows of them."""
BLOCK = 1 << 20
"""Bytes of a piece of a CSV file."""
BLOCKS = 32
"""Pieces of a CSV file, evenly spaced."""
BATCH = 2_048
LONG_NUMBER = 10**12
"""Whole numbers from here on are read as texts as well: those of cards have 13 digits or more."""


@dataclass(frozen=True)
class Extent:
    """How much is read of a table: `words` as in "20,000 of 1,000,000 rows", empty where it is all."""

    words: str
    step: int = 1


def extent(path: Path) -> Extent:
    """What `pieces` will read. Raises OSError, ArrowInvalid and ValueError for what cannot be read."""
    if path.suffix.lower() == ".csv":
        mebibytes = path.stat().st_size / BLOCK
        return Extent(f"{BLOCKS} of {mebibytes:,.0f} MiB" if mebibytes > BLOCKS else "")
    if path.suffix.lower() == ".parquet":
        footer = pq.read_metadata(path)
        total, columns = footer.num_rows, footer.num_columns
    else:
        shapes = [array.shape for _, array in _arrays(path)]
        total = max((shape[0] for shape in shapes), default=0)
        columns = sum(prod(shape[1:]) for shape in shapes)
    step = -(-total * columns // VALUES) or 1
    return Extent(f"{-(-total // step):,} of {total:,} rows" if step > 1 else "", step)


def pieces(path: Path) -> Iterator[Mapping[str, list[str]]]:
    """The texts of the rows, by column, some thousand rows at a time. Raises what `extent` does."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        yield from _csv(path)
    elif suffix == ".parquet":
        yield from _parquet(path, extent(path).step)
    else:
        yield from _numpy(path, extent(path).step)


def _csv(path: Path) -> Iterator[Mapping[str, list[str]]]:
    """Of a large file, pieces that begin after an end of line, be it one within quotes."""
    size = path.stat().st_size
    starts = range(0, size, BLOCK) if size <= BLOCK * BLOCKS else range(0, size, size // BLOCKS)
    names: list[str] = []
    with path.open("rb") as stream:
        for start in starts:
            stream.seek(start)
            if start:
                stream.readline(BLOCK)
            rest = stream.read(BLOCK - (stream.tell() - start)) if stream.tell() - start < BLOCK else b""
            text = (rest + stream.readline(BLOCK)).decode("utf-8-sig", "replace")
            rows = list(_rows(text))
            if not start and rows:
                names = rows.pop(0)
                yield {name or f"number {place + 1}": [name] for place, name in enumerate(names)}
            yield _by_column(names, rows)


def _rows(text: str) -> Iterator[list[str]]:
    """The cells; where the quotes do not end, the lines as they are."""
    try:
        yield from csv.reader(StringIO(text, newline=""), strict=False)
    except csv.Error:
        yield from ([line] for line in text.splitlines())


def _by_column(names: list[str], rows: list[list[str]]) -> Mapping[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for row in rows:
        for place, cell in enumerate(row):
            name = names[place] if place < len(names) and names[place] else f"number {place + 1}"
            columns.setdefault(name, []).append(cell)
    return columns


def _parquet(path: Path, step: int) -> Iterator[Mapping[str, list[str]]]:
    with pq.ParquetFile(path) as file:
        names = [field.name for field in file.schema_arrow]
        yield {name: [name] for name in names}
        first = 0
        for batch in file.iter_batches(batch_size=BATCH):
            chosen = pa.array(range(-first % step, batch.num_rows, step), pa.int64())
            first += batch.num_rows
            columns = zip(batch.schema.names, batch.columns, strict=True)
            yield {name: list(_texts(column.take(chosen).to_pylist())) for name, column in columns}


def _numpy(path: Path, step: int) -> Iterator[Mapping[str, list[str]]]:
    for name, array in _arrays(path):
        yield {name: [name]}
        for first in range(0, len(array), BATCH * step):
            chosen = array[first : first + BATCH * step : step]
            yield {name: list(_texts(chosen.reshape(-1).tolist()))}


def _arrays(path: Path) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """The arrays of rows that hold text or whole numbers, one at a time."""
    with path.open("rb") as stream:
        loaded = np.load(stream, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            fields = loaded.dtype.names
            arrays = ((name, loaded[name]) for name in fields) if fields else iter([("", loaded)])
        else:
            arrays = ((name, loaded[name]) for name in loaded.files)
        for name, array in arrays:
            if array.ndim and array.dtype.kind in "USiu":
                yield name, array


def _texts(values: list[Any]) -> Iterator[str]:
    """What is text in them, however deep in lists and structs; bytes where they are UTF-8."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, bytes):
            try:
                yield value.decode()
            except UnicodeDecodeError:
                continue
        elif isinstance(value, bool):
            continue
        elif isinstance(value, int):
            if value >= LONG_NUMBER:
                yield str(value)
        elif isinstance(value, dict):
            yield from _texts(list(value.values()))
        elif isinstance(value, list | tuple):
            yield from _texts(list(value))
