"""Temporary folders: the next process removes those of processes that ended, and no others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sluicegate.gate.adapters.git import folder_lock
from sluicegate.gate.adapters.git.command import start
from sluicegate.gate.adapters.git.folder_lock import FolderLock, TemporaryFolder
from sluicegate.gate.adapters.git.local_copy import PREFIX, TemporaryCopy

HOLDER = """
import sys
from sluicegate.gate.adapters.git.local_copy import TemporaryCopy
print(TemporaryCopy("main").directory, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def holder() -> tuple[subprocess.Popen[str], Path]:
    """Another process with a temporary copy, and the copy's folder."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", HOLDER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[4],
    )  # fmt: skip
    return process, Path(process.stdout.readline().strip()).parent


def test_the_copy_of_a_killed_process_goes_with_the_next_start_and_a_living_one_s_stays(folder: Path):
    killed, abandoned = holder()
    living, kept = holder()
    assert abandoned.name.startswith(f"{PREFIX}{killed.pid}-")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    copy = TemporaryCopy("main")
    assert not abandoned.exists() and (kept / "copy.git/HEAD").exists()
    copy.close()
    living.communicate("")
    TemporaryCopy("main").close()
    assert list(folder.iterdir()) == []


def test_a_folder_is_in_use_while_a_git_command_of_its_process_works_on(folder: Path):
    copy = TemporaryCopy("main")
    reading = start(copy.directory, "cat-file", "--batch")
    # As after a SIGKILL that met us and not git.
    for descriptor in folder_lock.held():
        os.close(descriptor)
    folder_lock._held.clear()
    with TemporaryFolder(PREFIX):
        assert copy.directory.exists()
    reading.stdin.close()
    reading.stdout.close()
    reading.wait()
    with TemporaryFolder(PREFIX):
        assert not copy.directory.exists()


def test_what_a_process_left_between_two_steps_of_making_or_removing_one_goes_as_well(folder: Path):
    (folder / f"{PREFIX}1-just-made").mkdir()
    half = folder / f"{PREFIX}1-half-removed"
    half.mkdir()
    FolderLock(half).close()
    with TemporaryFolder(PREFIX) as mine:
        assert list(folder.iterdir()) == [mine]


def test_what_is_not_ours_stays(folder: Path, tmp_path: Path):
    (folder / f"{PREFIX}of-an-older-version").mkdir()
    (folder / f"{PREFIX}of-an-older-version/copy.git").mkdir()
    (folder / "sluice-other-1").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / f"{PREFIX}link").symlink_to(elsewhere)
    before = set(folder.iterdir())
    with TemporaryFolder(PREFIX) as mine:
        assert set(folder.iterdir()) == {*before, mine}
    assert elsewhere.is_dir()


def test_a_lock_is_one_s_own_or_shared(tmp_path: Path):
    mine = FolderLock(tmp_path)
    other = FolderLock(tmp_path)
    assert mine.take_alone() and not other.take_alone()
    mine.share()
    other.share()
    assert not other.take_alone()
    mine.close()
    assert other.take_alone()
    other.close()


def test_a_lock_that_another_thread_lets_go_of_in_between_keeps_no_process_from_starting(tmp_path):
    lock = folder_lock.FolderLock(tmp_path)
    tried = []

    def start(locks):
        tried.append(locks)
        if len(tried) == 1:
            lock.close()
        for descriptor in locks:
            os.fstat(descriptor)
        return "started"

    assert folder_lock.inheriting(start) == "started"
    assert len(tried) == 2
