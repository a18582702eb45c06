"""A kept copy is made, finished and tidied by whoever has it alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.repositories import bare_repository, git

from sluicegate.gate.adapters.git.local_copy import KeptCopy, LocalCopy
from sluicegate.gate.adapters.git.repository import Repository

LEFT = (
    "HEAD.lock",
    "packed-refs.lock",
    "config.lock",
    "refs/heads/main.lock",
    "objects/pack/tmp_pack_a1b2c3",
    "objects/pack/pack-0a.keep",
    "objects/pack/pack-0b.pack",
    "objects/ab/tmp_obj_x1",
    "fast_import_crash_4711",
)
"""Files that git commands leave when they are killed."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy with all of them."""
    KeptCopy(tmp_path / "copy.git", "main").close()
    (tmp_path / "copy.git/objects/ab").mkdir()
    for name in LEFT:
        (tmp_path / "copy.git" / name).touch()
    return tmp_path / "copy.git"


def left(copy: Path) -> list[str]:
    return [name for name in LEFT if (copy / name).exists()]


def test_what_killed_git_commands_left_is_removed_at_the_next_start(copy: Path):
    KeptCopy(copy, "main").close()
    assert left(copy) == []
    assert (copy / "sluice.lock").exists()
    git("fsck", "--strict", cwd=copy)


def test_not_while_another_process_works_there(copy: Path):
    first = KeptCopy(copy, "main")
    (copy / "HEAD.lock").touch()
    second = KeptCopy(copy, "main")
    assert left(copy) == ["HEAD.lock"]
    first.close()
    second.tidy()
    assert left(copy) == []
    second.close()


def test_somebody_else_s_repository_is_left_as_it_is(copy: Path):
    LocalCopy(copy).tidy()
    (copy / "HEAD.lock").touch()
    Repository.in_place(copy).close()
    assert left(copy) == list(LEFT)


@pytest.mark.parametrize("missing", ["HEAD", "config", "objects", "refs"])
def test_a_copy_whose_making_was_cut_short_is_finished(tmp_path: Path, missing: str):
    remote = bare_repository(tmp_path / "remote.git")
    half = tmp_path / "half.git"
    KeptCopy(half, "main").close()
    (half / missing).rename(tmp_path / "gone")
    with Repository(remote, half) as repository:
        repository.fetch()
    assert git("config", "core.bare", cwd=half) == "true"
