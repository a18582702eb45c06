"""Commits by one process: the same as by git's own commands, all or none, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.fast_import import Chain, NewCommit, write_chains
from sluicegate.gate.adapters.git.objects import read_commits, read_tree
from sluicegate.gate.adapters.git.write import Change, Signature, write_blob, write_commit, write_tree

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
ANN = ("Ann", "ann@example.org")


def one(path: str, content: bytes, message: str = "Change\n") -> NewCommit:
    return NewCommit({path: content}, message, NOW, ANN)


def test_a_commit_is_the_one_that_git_s_own_commands_write(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    base = commit(None, "models/a", b"kept")
    message = "Subject\n\nbody with ünicode\n\nGate-Model: a\n"
    path = 'environments/pro duction/m"ä\\/release.yaml'
    tree = write_tree(local, base, {path: Change(write_blob(local, b"weight: 5\n"))})
    by = Signature(*ANN, f"{int(NOW.timestamp())} +0000")
    by_plumbing = write_commit(local, tree, (base,), message, author=by)
    ((sha,),) = write_chains(local, [Chain(base, [one(path, b"weight: 5\n", message)])])
    assert sha == by_plumbing


def test_chains_are_written_together_and_no_ref_moves(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    base = commit(None, "a", b"0")
    commits = [one("a", b"1", "one\n"), one("b", b"2", "two\n"), one("a", b"3", "three\n")]
    first, none, second = write_chains(
        local, [Chain(base, commits), Chain(base, []), Chain(None, [one("evidence/x", b"{}")])]
    )
    assert (len(first), none, len(second)) == (3, [], 1)
    log = read_commits(local, [*first, *second])
    assert [entry.parents for entry in log] == [(base,), (first[0],), (first[1],), ()]
    assert [entry.text for entry in log[:3]] == ["one", "two", "three"]
    assert {entry.path for entry in read_tree(local, first[2])} == {"a", "b"}
    assert [entry.path for entry in read_tree(local, second[0], recursive=True)] == ["evidence/x"]
    assert local.refs() == {}


def test_many_commits_are_one_pack_in_which_a_large_tree_is_there_once(local: BareRepository) -> None:
    """A tree of 2,000 models has 70 kB: 200 commits that each kept it would be 14 MB."""
    files = {
        f"environments/production/model-{number:04}/release.yaml": b"weight: 0\n" for number in range(2000)
    }
    ((base,),) = write_chains(local, [Chain(None, [NewCommit(files, "all\n", NOW, ANN)])])
    changed = list(files)[:200]
    commits = [NewCommit({path: b"weight: 5\n"}, "x" * 800, NOW, ANN) for path in changed]
    ((*_, tip),) = write_chains(local, [Chain(base, commits)])
    (pack,) = (local.path / "objects/pack").glob("*.pack")
    assert pack.stat().st_size < 500_000
    assert len(read_tree(local, tip, recursive=True)) == 2000
    local.run("fsck", "--strict", tip)


@pytest.mark.parametrize("path", ["../out", "/etc/x", "a//b", "a/.git/config", "line\nend"])
def test_a_path_that_is_none_is_refused_before_anything_is_written(local: BareRepository, path: str) -> None:
    with pytest.raises(GitError, match="is not a path of a repository"):
        write_chains(local, [Chain(None, [one("good", b"1"), one(path, b"1")])])
    assert local.run("count-objects") == b"0 objects, 0 kilobytes\n"


def test_a_parent_that_is_missing_writes_nothing(local: BareRepository) -> None:
    with pytest.raises(GitError, match="git fast-import ended with"):
        write_chains(local, [Chain("1" * 40, [one("a", b"1")])])
    assert local.refs() == {}


def test_a_name_cannot_write_a_line_of_its_own(local: BareRepository) -> None:
    crafted = ("Eve <eve@example.org> 1 +0000\nfrom x", "e>\nx")
    ((sha,),) = write_chains(local, [Chain(None, [NewCommit({"a": b"1"}, "x", NOW, crafted)])])
    (commit,) = read_commits(local, [sha])
    assert (commit.author.name, commit.author.email) == ("Eve eve@example.org 1 +0000from x", "ex")
    assert commit.author.at == NOW and commit.parents == ()


def test_no_temporary_file_is_made(
    local: BareRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "tmp"
    monkeypatch.setenv("TMPDIR", str(empty))
    write_chains(local, [Chain(None, [one("a", b"1")])])
    assert not empty.exists()
