from __future__ import annotations

from pathlib import Path

import pytest

from sluicegate.embedded.forge.store import Store, newest, now


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "forge.sqlite")


def create(store: Store, name: str) -> int:
    return store.insert("repositories", owner="olga", name=name, created_at=now())


def test_a_row_is_read_as_it_was_written_and_changed(store: Store) -> None:
    one = create(store, "models")
    store.update("repositories", one, description="Models")
    row = store.row("SELECT * FROM repositories WHERE id = ?", one)
    assert row is not None and (row["name"], row["description"]) == ("models", "Models")
    assert store.write("DELETE FROM repositories WHERE id = ?", one) == 1
    assert store.row("SELECT * FROM repositories") is None


def test_a_transaction_that_fails_writes_nothing(store: Store) -> None:
    with pytest.raises(KeyError), store.transaction():
        create(store, "models")
        raise KeyError
    assert store.rows("SELECT * FROM repositories") == []


def test_what_was_written_outlives_the_process(tmp_path: Path, store: Store) -> None:
    create(store, "models")
    assert [
        row["name"] for row in Store(tmp_path / "forge.sqlite").rows("SELECT name FROM repositories")
    ] == ["models"]


def test_of_rows_with_one_key_the_newest_is_kept() -> None:
    rows = [
        {"name": "a", "author": "x", "id": 4},
        {"name": "b", "author": "x", "id": 3},
        {"name": "a", "author": "x", "id": 2},
        {"name": "a", "author": "y", "id": 1},
    ]
    assert [row["id"] for row in newest(rows, "name", "author")] == [4, 3, 1]
    assert [row["id"] for row in newest(rows, "name")] == [4, 3]
