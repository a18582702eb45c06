"""Against real git: what is remembered is what git would say, after whatever happens to the repository."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sluicegate.embedded.forge.remembered_git import Answers, RememberingRepository
from sluicegate.gate.adapters.git import bare
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.command import CommandFailed
from sluicegate.gate.adapters.git.names import ZERO
from sluicegate.gate.adapters.git.write import Change, Signature, write_blob, write_commit, write_tree

OLGA = Signature("olga", "olga@example.org", "@1000000000 +0000")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that git itself was asked, from now on."""
    commands: list[str] = []

    def run(directory: Path | None, *arguments: str, **more: object) -> bytes:
        commands.append(arguments[0])
        return real(directory, *arguments, **more)

    real: Callable[..., bytes] = bare.run
    monkeypatch.setattr(bare, "run", run)
    return commands


@pytest.fixture
def git(tmp_path: Path) -> RememberingRepository:
    BareRepository.create(tmp_path / "models.git")
    return RememberingRepository(tmp_path / "models.git", Answers())


def commit(git: BareRepository, text: str, *parents: str) -> str:
    tree = write_tree(git, None, {"a": Change(write_blob(git, text.encode()))})
    return write_commit(git, tree, parents, text, author=OLGA)


def test_a_commit_and_an_answer_that_is_no_are_asked_for_once(
    git: RememberingRepository, asked: list[str]
) -> None:
    one, other = commit(git, "one"), commit(git, "other")
    asked.clear()
    for _ in range(3):
        assert git.kind(one) == "commit"
        assert git.is_ancestor(one, other) is False
    assert asked == ["cat-file", "merge-base"]


def test_refs_are_asked_for_again_once_one_of_them_moved_was_packed_or_is_gone(
    git: RememberingRepository, asked: list[str]
) -> None:
    one = commit(git, "one")
    two = commit(git, "two", one)
    assert git.refs() == {}
    git.update_refs([("refs/heads/main", one, ZERO)])
    assert git.refs() == git.refs() == {"refs/heads/main": (one, "commit")}
    git.update_refs([("refs/heads/main", two, one)])
    assert (git.resolve("main"), git.resolve("main")) == (two, two)
    git.run("pack-refs", "--all")
    assert git.refs() == {"refs/heads/main": (two, "commit")}
    git.update_refs([("refs/heads/main", ZERO, two)])
    assert (git.refs(), git.resolve("main")) == ({}, None)
    assert asked.count("for-each-ref") == 4


def test_the_default_branch_follows_head(git: RememberingRepository) -> None:
    assert git.default_branch() == "main"
    git.run("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert git.default_branch() == "trunk"


def test_what_is_not_there_yet_is_not_remembered_as_missing(git: RememberingRepository) -> None:
    tree = write_tree(git, None, {"a": Change(write_blob(git, b"one"))})
    sha = "6a1fcb1ac5c4a1a8a5a0a64bd7a2d0ed18bd8c4b"
    assert git.kind(sha) is None
    made = write_commit(git, tree, (), "one", author=OLGA)
    assert git.kind(made) == "commit"


def test_another_repository_in_the_same_place_is_another(git: RememberingRepository) -> None:
    one = commit(git, "one")
    assert git.kind(one) == "commit"
    shutil.rmtree(git.path)
    BareRepository.create(git.path)
    assert git.kind(one) is None


def test_a_revision_that_is_not_a_full_id_is_always_asked_for(git: RememberingRepository) -> None:
    one = commit(git, "one")
    git.update_refs([("refs/heads/main", one, ZERO)])
    assert git.commit_named("main") == one
    with pytest.raises(CommandFailed):
        git.run("cat-file", "-t", "topic")
    git.update_refs([("refs/heads/topic", one, ZERO)])
    assert git.text("cat-file", "-t", "topic") == "commit"
