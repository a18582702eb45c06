from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sluicegate.gate.adapters.git import contents
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import GitError, start
from sluicegate.gate.adapters.git.contents import ObjectReader
from sluicegate.gate.adapters.git.names import ZERO
from sluicegate.gate.adapters.git.objects import find_entry
from sluicegate.gate.adapters.git.write import write_blob


def test_what_is_missing_or_is_not_a_file_is_refused(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    reader = ObjectReader(local.path)
    with pytest.raises(GitError, match="is missing"):
        reader.read("1" * 40)
    with pytest.raises(GitError, match="is a commit, not a file"):
        reader.read(commit(None, "a", b"1"))
    assert reader.read(write_blob(local, b"\0whole\n")) == b"\0whole\n"
    reader.close()


def test_a_ref_is_seen_where_it_is_now(local: BareRepository, commit: Callable[..., str]) -> None:
    reader = ObjectReader(local.path)
    assert reader.object_named("refs/heads/main") is None
    one = commit(None, "a", b"1")
    local.update_refs([("refs/heads/main", one, ZERO)])
    assert reader.object_named("refs/heads/main") == one
    two = commit(one, "a", b"2")
    local.update_refs([("refs/heads/main", two, one)])
    assert reader.object_named("refs/heads/main") == two
    reader.close()


def test_a_repository_that_went_away_is_a_named_error_and_may_come_back(
    local: BareRepository, commit: Callable[..., str], tmp_path: Path
) -> None:
    entry = find_entry(local, commit(None, "a", b"1"), "a")
    assert entry is not None
    reader = ObjectReader(local.path)
    local.path.rename(tmp_path / "away")
    with pytest.raises(GitError, match=r"cannot read .* any more") as gone:
        reader.read(entry.oid)
    assert gone.value.remedy == "restore it"
    (tmp_path / "away").rename(local.path)
    assert reader.read(entry.oid) == b"1"
    reader.close()


def test_a_git_that_ends_before_the_request_is_a_named_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loaded machine can let it end first: the request then meets a broken pipe."""

    def ended(directory: Path, *arguments: str) -> subprocess.Popen[bytes]:
        process = start(directory, *arguments)
        process.wait()
        return process

    monkeypatch.setattr(contents, "start", ended)
    with pytest.raises(GitError, match=r"cannot read .* any more"):
        ObjectReader(tmp_path / "nowhere").read("1" * 40)
