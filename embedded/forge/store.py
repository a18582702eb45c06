"""What git does not keep, in sqlite: pulls, comments, reviews, checks, deployments, runs, webhooks.

One connection behind one lock: the forge serves one developer or one test run, and the time goes to git.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sluicegate.embedded.forge.tables import TABLES

Row = dict[str, Any]


def now() -> str:
    """This moment as GitHub writes it: ISO 8601, UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def newest(rows: Iterable[Row], *key: str) -> list[Row]:
    """Of the rows that agree in all columns of `key` only the first; rows come newest first."""
    first: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        first.setdefault(tuple(row[column] for column in key), row)
    return list(first.values())


class Store:
    """The database file; every method is one transaction unless it is called inside `transaction()`."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside are written together, or none."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[Row]:
        """All rows of a SELECT."""
        with self._lock:
            return [dict(row) for row in self._db.execute(sql, values)]

    def row(self, sql: str, *values: object) -> Row | None:
        """The first row of a SELECT; None if there is none."""
        rows = self.rows(sql, *values)
        return rows[0] if rows else None

    def write(self, sql: str, *values: object) -> int:
        """Number of rows that an UPDATE or DELETE touched."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def insert(self, table: str, **fields: object) -> int:
        """Insert one row; its id. `table` and the field names are the program's own words, never input."""
        names = ", ".join(fields)
        marks = ", ".join("?" * len(fields))
        with self._lock:
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
            return int(self._db.execute(statement, tuple(fields.values())).lastrowid or 0)

    def update(self, table: str, row: int, **fields: object) -> None:
        """Set fields of the row with this id; the same rule for names as `insert`."""
        sets = ", ".join(f"{name} = ?" for name in fields)
        self.write(f"UPDATE {table} SET {sets} WHERE id = ?", *fields.values(), row)  # noqa: S608
