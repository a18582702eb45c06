"""What git does not keep, in sqlite: pulls, comments, labels, check runs, statuses, webhooks.

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

Row = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS repositories (
  id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, name TEXT NOT NULL, description TEXT,
  created_at TEXT NOT NULL, next_number INTEGER NOT NULL DEFAULT 1, UNIQUE (owner, name));
CREATE TABLE IF NOT EXISTS pulls (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  number INTEGER NOT NULL,
  title TEXT NOT NULL, body TEXT, state TEXT NOT NULL DEFAULT 'open', draft INTEGER NOT NULL DEFAULT 0,
  head_ref TEXT NOT NULL, base_ref TEXT NOT NULL, base_sha TEXT NOT NULL, author TEXT NOT NULL,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, closed_at TEXT, merged_at TEXT, merged_by TEXT,
  merge_sha TEXT,
  UNIQUE (repository, number));
CREATE TABLE IF NOT EXISTS comments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  number INTEGER NOT NULL,
  author TEXT NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS comments_of ON comments (repository, number);
CREATE TABLE IF NOT EXISTS labels (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  name TEXT NOT NULL COLLATE NOCASE, color TEXT NOT NULL, description TEXT, UNIQUE (repository, name));
CREATE TABLE IF NOT EXISTS labelled (
  label INTEGER NOT NULL REFERENCES labels ON DELETE CASCADE, number INTEGER NOT NULL,
  PRIMARY KEY (label, number));
CREATE TABLE IF NOT EXISTS check_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  head_sha TEXT NOT NULL,
  name TEXT NOT NULL, author TEXT NOT NULL, status TEXT NOT NULL, conclusion TEXT, started_at TEXT,
  completed_at TEXT,
  details_url TEXT, external_id TEXT, title TEXT, summary TEXT, text TEXT);
CREATE INDEX IF NOT EXISTS check_runs_of ON check_runs (repository, head_sha);
CREATE TABLE IF NOT EXISTS annotations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, check_run INTEGER NOT NULL REFERENCES check_runs,
  content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS statuses (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  sha TEXT NOT NULL,
  context TEXT NOT NULL, state TEXT NOT NULL, description TEXT, target_url TEXT, author TEXT NOT NULL,
  created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS statuses_of ON statuses (repository, sha);
CREATE TABLE IF NOT EXISTS hooks (
  id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories,
  url TEXT NOT NULL, secret TEXT NOT NULL, content_type TEXT NOT NULL, events TEXT NOT NULL,
  active INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, hook INTEGER NOT NULL REFERENCES hooks ON DELETE CASCADE,
  guid TEXT NOT NULL, event TEXT NOT NULL, action TEXT, payload TEXT NOT NULL, redelivery INTEGER NOT NULL,
  delivered_at TEXT NOT NULL, duration REAL NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL, status_code INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS deliveries_of ON deliveries (hook, id);
CREATE TABLE IF NOT EXISTS told_refs (
  repository INTEGER NOT NULL REFERENCES repositories, ref TEXT NOT NULL, sha TEXT NOT NULL,
  PRIMARY KEY (repository, ref));
"""


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
        self._db.executescript(SCHEMA)

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
