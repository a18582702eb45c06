"""A remote of a test's own with a copy of it, and a repository into which commits are written straight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.repositories import bare_repository

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.git.write import Change, Signature, write_blob, write_commit, write_tree

ANN = Signature("Ann", "ann@example.org", "2013-01-02T03:04:05+01:00")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An empty remote."""
    return bare_repository(tmp_path / "remote.git")


@pytest.fixture
def repository(bare: Path) -> Iterator[Repository]:
    """The gate's copy of it."""
    with Repository(bare) as repository:
        yield repository


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


@pytest.fixture
def two_commits(commit: Callable[..., str]) -> tuple[str, str]:
    """A commit of `models/a`, and one on top of it that changes the file."""
    one = commit(None, "models/a", b"1")
    return one, commit(one, "models/a", b"2")
