"""A full disk is an error of its own, leaves nothing half-written, and the next attempt goes on."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.repositories import bare_repository, git

from sluicegate.gate.adapters.git.command import DiskFull, GitError
from sluicegate.gate.adapters.git.repository import Repository

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
LARGE = random.Random(1).randbytes(3 << 20)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB, where this user may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a file system needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@contextlib.contextmanager
def small_files() -> Iterator[None]:
    """No file may grow above 64 KiB, which git meets as a signal."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def left(copy: Path) -> list[Path]:
    return [path for path in copy.rglob("*") if path.name.startswith(("tmp_", "fast_import_crash"))]


def test_a_copy_that_cannot_grow_is_named_and_the_next_commit_is_written(small_disk: Path, tmp_path: Path):
    remote = bare_repository(tmp_path / "remote.git")
    with Repository(remote, small_disk / "copy.git") as repository:
        repository.push({"main": repository.commit(None, {"a": b"1"}, "first", NOW)})
        with pytest.raises(
            DiskFull, match=f"(?is)(no space left|out of diskspace).*; free space where {small_disk}"
        ):
            repository.commit(repository.tip("main"), {"a": LARGE}, "too large", NOW)
        assert left(repository.directory) == []
        assert os.statvfs(small_disk).f_bavail > 0
        sha = repository.commit(repository.tip("main"), {"a": b"2"}, "second", NOW)
        repository.push({"main": sha})
        git("fsck", "--strict", cwd=repository.directory)
    assert git("show", "main:a", cwd=remote) == "2"


def test_so_is_a_limit_on_files(tmp_path: Path):
    remote = bare_repository(tmp_path / "remote.git")
    with Repository(remote, tmp_path / "copy.git") as repository:
        with small_files(), pytest.raises(DiskFull, match="free space where"):
            repository.commit(None, {"a": LARGE}, "too large", NOW)
        assert left(repository.directory) == []
        repository.push({"main": repository.commit(None, {"a": LARGE}, "as large", NOW)})


def test_a_remote_that_is_full_takes_nothing_and_says_so(small_disk: Path, tmp_path: Path):
    remote = bare_repository(small_disk / "remote.git")
    with Repository(remote, tmp_path / "copy.git") as repository:
        first = repository.commit(None, {"a": b"1"}, "first", NOW)
        repository.push({"main": first})
        with pytest.raises(GitError, match=r"(?is)no space left.*; free space on the remote"):
            repository.push({"main": repository.commit(first, {"a": LARGE}, "too large", NOW)})
        assert repository.remote() == {"main": first}
        repository.push({"main": repository.commit(first, {"a": b"2"}, "second", NOW)})
    git("fsck", "--strict", cwd=remote)


def test_a_copy_that_cannot_take_what_the_remote_has_is_named(small_disk: Path, tmp_path: Path):
    remote = bare_repository(tmp_path / "remote.git")
    with Repository(remote, tmp_path / "people.git") as people:
        people.push({"main": people.commit(None, {"a": LARGE}, "large", NOW)})
    with (
        Repository(remote, small_disk / "copy.git") as repository,
        pytest.raises(DiskFull, match=r"(?i)no space left"),
    ):
        repository.fetch()
