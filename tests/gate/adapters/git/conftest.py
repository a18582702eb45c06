"""A bare repository of a test's own, and commits of one file written straight into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.write import Change, Signature, write_blob, write_commit, write_tree

ANN = Signature("Ann", "ann@example.org", "2013-01-02T03:04:05+01:00")


@pytest.fixture
def local(tmp_path: Path) -> BareRepository:
    return BareRepository.create(tmp_path / "r.git")


@pytest.fixture
def ann() -> Signature:
    return ANN


@pytest.fixture
def commit(local: BareRepository) -> Callable[..., str]:
    """`commit(parent, path, content)`: the parent's files with one written, or removed (None); its id."""

    def write(parent: str | None, path: str, content: bytes | None, message: str = "Change") -> str:
        blob = write_blob(local, content) if content is not None else None
        tree = write_tree(local, parent, {path: Change(blob)})
        return write_commit(local, tree, (parent,) if parent else (), message, author=ANN)

    return write
