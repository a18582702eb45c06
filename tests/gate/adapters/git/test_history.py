from __future__ import annotations

from collections.abc import Callable

import pytest
from support.repositories import git

from sluicegate.gate.adapters.git import command
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.history import History


def told(local: BareRepository, tip: str, since: str | None = None) -> list[tuple[str, list[str]]]:
    steps = History(local.path, tip, "models", since)
    return [(step.sha, [change.path for change in step.changes]) for step in steps]


def test_each_commit_with_what_it_changed_newest_first(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    one = commit(None, "models/a", b"1")
    two = commit(one, "models/b", b"1")
    three = commit(two, "elsewhere", b"1")
    four = commit(three, "models/a", b"2")
    assert told(local, four) == [(four, ["models/a"]), (two, ["models/b"]), (one, ["models/a"])]
    first = next(History(local.path, four, "models"))
    assert first.parent == three and first.changes[0].oid == git(
        "rev-parse", f"{four}:models/a", cwd=local.path
    )


def test_since_a_commit_every_later_one_is_told_so_that_the_chain_can_be_checked(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    one = commit(None, "models/a", b"1")
    two = commit(one, "elsewhere", b"1")
    three = commit(two, "models/a", b"2")
    assert told(local, three, since=one) == [(three, ["models/a"]), (two, [])]
    assert told(local, three, since=three) == []


def test_a_merge_is_told_by_what_it_brought_to_its_first_parent(
    local: BareRepository, commit: Callable[..., str]
) -> None:
    base = commit(None, "models/a", b"1")
    main = commit(base, "models/b", b"1")
    side = commit(base, "models/c", b"1")
    tree = git("merge-tree", "--write-tree", main, side, cwd=local.path)
    merge = git("commit-tree", tree, "-p", main, "-p", side, "-m", "x", cwd=local.path)
    assert told(local, merge) == [(merge, ["models/c"]), (main, ["models/b"]), (base, ["models/a"])]


def test_a_removed_file_has_no_blob(local: BareRepository, commit: Callable[..., str]) -> None:
    one = commit(None, "models/a", b"1")
    empty = git("hash-object", "-t", "tree", "-w", "/dev/null", cwd=local.path)
    two = git("commit-tree", empty, "-p", one, "-m", "x", cwd=local.path)
    step = next(History(local.path, two, "models"))
    assert [(change.path, change.oid) for change in step.changes] == [("models/a", None)]


def test_names_and_subjects_are_taken_as_they_are(local: BareRepository, commit: Callable[..., str]) -> None:
    one = commit(None, "models/:a\n\x01", b"1")
    tree = git("rev-parse", f"{one}^{{tree}}", cwd=local.path)
    two = git("commit-tree", tree, "-p", one, "-m", ":100644 no", cwd=local.path)
    steps = list(History(local.path, two, "models", since=None))
    assert [[change.path for change in step.changes] for step in steps] == [["models/:a\n\x01"]]
    assert [step.subject for step in History(local.path, two, "models", since=one)] == [":100644 no"]


def test_a_history_that_breaks_off_is_an_error_and_not_its_end(
    local: BareRepository, two_commits: tuple[str, str]
) -> None:
    one, two = two_commits
    (local.path / "objects" / one[:2] / one[2:]).unlink()
    with pytest.raises(GitError, match="could not read the history"):
        list(History(local.path, two, "models"))


def test_it_may_be_left_before_its_end_and_its_process_ends_with_it(
    local: BareRepository, commit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def start(*words: object) -> object:
        started.append(command.start(*words))
        return started[-1]

    monkeypatch.setattr("sluicegate.gate.adapters.git.history.start", start)
    history = History(local.path, commit(None, "models/a", b"1"), "models")
    history.close()
    history.close()
    (process,) = started
    assert process.returncode is not None
    assert process.stdout.closed
