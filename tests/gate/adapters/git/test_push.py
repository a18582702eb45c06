"""What the end of a push means is read from the remote, not from git's exit code."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.repositories import git, hook

from sluicegate.gate.adapters.git import push
from sluicegate.gate.adapters.git.command import (
    PushRefused,
    PushUnanswered,
    RaceLost,
    RemoteLocked,
    TimedOut,
    call,
)
from sluicegate.gate.adapters.git.repository import Repository

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def repository(repository: Repository) -> Repository:
    """It has one commit already."""
    repository.push({"main": commit(repository, b"0")})
    return repository


def commit(repository: Repository, content: bytes) -> str:
    return repository.commit(repository.tip("main"), {"a": content}, "change", NOW)


def timed_out(monkeypatch: pytest.MonkeyPatch, *, arrives: bool) -> list[float]:
    """Let every push run out of its time, before or after it arrives; the limits that they had."""
    limits: list[float] = []

    def limited(*words, seconds, **options):
        limits.append(seconds)
        if arrives:
            call(*words, **options)
        raise TimedOut("git push took more than 121 s and was ended", "see whether the remote answers")

    monkeypatch.setattr(push, "call", limited)
    return limits


def test_a_push_that_timed_out_and_arrived_is_a_success(
    repository: Repository, bare: Path, monkeypatch, caplog
):
    timed_out(monkeypatch, arrives=True)
    sha = commit(repository, b"1")
    repository.push({"main": sha})
    assert repository.tip("main") == sha == git("rev-parse", "main", cwd=bare)
    assert caplog.messages == [
        "the push arrived, though it ended with: git push took more than 121 s and was ended"
    ]


def test_also_when_others_pushed_on_top_of_it_meanwhile(repository: Repository, bare: Path):
    sha = commit(repository, b"1")
    # The connection breaks once the push has arrived and another writer's commit is on top.
    on_top = "git commit-tree main^{tree} -p main -m x"
    who = "export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x"
    hook(bare, "post-receive", f"{who}\ngit update-ref refs/heads/main $({on_top})\nkill -9 $PPID")
    repository.push({"main": sha})
    assert repository.tip("main") == git("rev-parse", "main", cwd=bare) != sha
    assert git("rev-parse", "main^", cwd=bare) == sha


def test_one_that_timed_out_and_is_not_there_may_still_arrive(
    repository: Repository, bare: Path, monkeypatch
):
    timed_out(monkeypatch, arrives=False)
    before = repository.remote()
    with pytest.raises(PushUnanswered, match=r"ended without an answer.*the next tick reads what it holds"):
        repository.push({"main": commit(repository, b"1")})
    assert repository.remote() == before


def test_its_time_limit_grows_with_its_commits(repository: Repository, monkeypatch):
    limits = timed_out(monkeypatch, arrives=True)
    repository.push({"main": commit(repository, b"1")})
    repository.push({"main": commit(repository, b"2")}, commits=1001)
    assert limits == [121, 1121]


@pytest.mark.parametrize(("name", "arrives"), [("post-receive", True), ("pre-receive", False)])
def test_a_remote_that_dies_in_the_push_is_read_again(
    repository: Repository, bare: Path, name: str, arrives: bool
):
    """The hook kills receive-pack, before or after the refs are moved."""
    killing = hook(bare, name, "kill -9 $PPID")
    sha = commit(repository, b"1")
    if arrives:
        repository.push({"main": sha})
    else:
        with pytest.raises(PushUnanswered, match="did not arrive so far"):
            repository.push({"main": sha})
        killing.unlink()
        repository.push({"main": sha})
    assert git("rev-parse", "main", cwd=bare) == sha


def test_a_remote_that_cannot_be_read_after_the_push_is_not_taken_for_a_refusal(
    repository: Repository, bare: Path
):
    sha = commit(repository, b"1")
    hook(bare, "post-receive", "mv HEAD gone")
    with pytest.raises(PushUnanswered, match="whether the push arrived cannot be read"):
        repository.push({"main": sha})
    (bare / "gone").rename(bare / "HEAD")
    repository.fetch()
    assert repository.tip("main") == sha


@pytest.mark.parametrize("lock", ["refs/heads/main.lock", "HEAD.lock"])
def test_a_lock_that_was_left_on_the_remote_is_named_with_its_age(
    repository: Repository, bare: Path, lock: str
):
    left = bare / lock
    left.touch()
    os.utime(left, (time.time() - 7500,) * 2)
    with pytest.raises(RemoteLocked) as locked:
        repository.push({"main": commit(repository, b"1")})
    assert str(left) in locked.value.message and "which is 2.08 h old" in locked.value.message
    assert "another writer" not in str(locked.value)
    assert locked.value.remedy == "if no git works there, one was killed there: delete that file"
    left.unlink()
    repository.push({"main": commit(repository, b"1")})


def test_a_lock_elsewhere_is_named_without_an_age():
    answer = "error: cannot lock ref 'refs/heads/main': Unable to create '/srv/x.git/main.lock': File exists."
    error = push.refusal("https://user:secret@example.org/x.git", answer, [], ["main"])
    assert isinstance(error, RemoteLocked)
    assert error.message == (
        "nobody moved main, but https://example.org/x.git does not let go of /srv/x.git/main.lock"
    )


def test_another_writer_is_named_only_where_the_tip_moved(repository: Repository, bare: Path):
    mine = commit(repository, b"mine")
    with Repository(bare) as other:
        other.fetch()
        other.push({"main": commit(other, b"theirs")})
    with pytest.raises(RaceLost, match="another writer moved main first") as lost:
        repository.push({"main": mine})
    assert not isinstance(lost.value, RemoteLocked)


@pytest.mark.parametrize("reason", ["fetch first", "non-fast-forward"])
def test_what_git_did_not_send_names_the_branches_that_were_ahead(reason: str):
    answer = (
        f"To x.git\n!\t{'a' * 40}:refs/heads/main\t[rejected] ({reason})\n"
        f"!\t{'a' * 40}:refs/heads/gate-evidence\t[rejected] (atomic push failed)\nDone\n"
    )
    assert push.not_sent(answer) == ["main"]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "git push was ended by signal 9",
        "!\ta:refs/heads/main\t[remote rejected] (fetch first)\n",
        "!\ta:refs/heads/main\t[remote rejected] (cannot lock ref 'refs/heads/main')\n",
        "remote: !\ta:refs/heads/main\t[rejected] (fetch first)\n",
    ],
)
def test_any_other_end_is_read_from_the_remote(answer: str | None):
    assert push.not_sent(answer) == []


def test_what_could_not_be_noted_locally_arrived_all_the_same(repository: Repository, bare: Path, caplog):
    (repository.directory / "refs/heads/main.lock").touch()
    sha = commit(repository, b"1")
    repository.push({"main": sha})
    assert git("rev-parse", "main", cwd=bare) == sha and "could not be noted" in caplog.text
    (repository.directory / "refs/heads/main.lock").unlink()
    repository.fetch()
    assert repository.tip("main") == sha


def test_a_refusal_for_want_of_space_says_what_to_free():
    error = push.refusal("x.git", "remote: fatal: write error: No space left on device\n!", [], ["main"])
    assert isinstance(error, PushRefused) and error.remedy == "free space on the remote"
