from __future__ import annotations

from collections.abc import Callable

import pytest
from github import GithubException
from github.Repository import Repository


def status_of(call: Callable[[], object]) -> int:
    with pytest.raises(GithubException) as caught:
        call()
    return caught.value.status


def test_a_branch_is_made_moved_forward_and_deleted(repo: Repository, topic: Callable[..., str]) -> None:
    tip, start = topic("ahead"), repo.get_branch("main").commit.sha
    ref = repo.create_git_ref("refs/heads/release", start)
    ref.edit(tip)
    assert repo.get_git_ref("heads/release").object.sha == tip
    assert {branch.name for branch in repo.get_branches()} == {"main", "ahead", "release"}
    assert [one.ref for one in repo.get_git_matching_refs("heads/re")] == ["refs/heads/release"]
    assert "refs/heads/main" in [one.ref for one in repo.get_git_refs()]
    ref.delete()
    assert status_of(lambda: repo.get_git_ref("heads/release")) == 404


def test_only_forward_unless_forced(repo: Repository, topic: Callable[..., str]) -> None:
    start, _ = repo.get_branch("main").commit.sha, topic("ahead")
    ref = repo.get_git_ref("heads/ahead")
    with pytest.raises(GithubException, match="Update is not a fast forward") as caught:
        ref.edit(start)
    assert caught.value.status == 422
    ref.edit(start, force=True)
    assert repo.get_git_ref("heads/ahead").object.sha == start


def test_an_existing_ref_is_422(repo: Repository) -> None:
    sha = repo.get_branch("main").commit.sha
    with pytest.raises(GithubException, match="already exists") as caught:
        repo.create_git_ref("refs/heads/main", sha)
    assert caught.value.status == 422


@pytest.mark.parametrize(
    "ref",
    ["refs/heads/a..b", "heads/x", "refs/heads/-x", "refs/heads/x.lock", "refs/heads/a b", "refs/pull/1/head",
     "refs/heads/../../x", "refs/heads/", "refs/heads/main/below"],
)  # fmt: skip
def test_odd_names_are_422(repo: Repository, ref: str) -> None:
    sha = repo.get_branch("main").commit.sha
    assert status_of(lambda: repo.create_git_ref(ref, sha)) == 422


@pytest.mark.parametrize("sha", ["0" * 40, "main", "HEAD", "--all", ""])
def test_a_target_that_is_no_object_is_422(repo: Repository, sha: str) -> None:
    assert status_of(lambda: repo.create_git_ref("refs/heads/x", sha)) == 422


def test_the_default_branch_stays(repo: Repository) -> None:
    assert status_of(repo.get_git_ref("heads/main").delete) == 422
