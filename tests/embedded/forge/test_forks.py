"""A fork is a second repository: its owner writes there alone, and what it offers is seen in the parent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from github import Github, GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository
from support.forge_actions import end_run, record_run
from support.repositories import commit_files, git

from sluicegate.embedded.forge import Forge

WORKFLOW = ".github/workflows/sluice-validate.yaml"


@pytest.fixture
def rita(as_user: Callable[[str | None], Github]) -> Github:
    """She may only read what is olga's."""
    return as_user("rita")


@pytest.fixture
def fork(rita: Github, repo: Repository) -> Repository:
    return rita.get_repo(repo.full_name).create_fork()


@pytest.fixture
def offered(rita: Github, repo: Repository, fork: Repository) -> PullRequest:
    """A pull request of rita's, from a branch of her fork."""
    fork.create_git_ref("refs/heads/better", fork.get_branch("main").commit.sha)
    fork.create_file(WORKFLOW, "Judge me", "on: push\n", branch="better")
    return rita.get_repo(repo.full_name).create_pull(base="main", head="rita:better", title="Better", body="")


def test_a_fork_has_what_the_parent_has_and_names_it(repo: Repository, fork: Repository) -> None:
    assert (fork.full_name, fork.fork, fork.parent.full_name) == (f"rita/{repo.name}", True, repo.full_name)
    assert fork.get_branch("main").commit.sha == repo.get_branch("main").commit.sha
    assert [one.full_name for one in repo.get_forks()] == [fork.full_name]
    assert fork.permissions.admin and not repo.fork


def test_a_second_fork_of_the_same_account_is_the_first(rita: Github, fork: Repository) -> None:
    assert rita.get_repo(fork.parent.full_name).create_fork().id == fork.id


def test_nobody_forks_their_own(repo: Repository) -> None:
    with pytest.raises(GithubException) as refused:
        repo.create_fork()
    assert refused.value.status == 403


def test_its_pull_request_is_seen_from_the_parent_alone(
    repo: Repository, fork: Repository, offered: PullRequest, clone: Callable[..., Path]
) -> None:
    seen = repo.get_pull(offered.number)
    assert (seen.head.repo.full_name, seen.head.label) == (fork.full_name, "rita:better")
    assert (seen.base.repo.full_name, seen.user.login) == (repo.full_name, "rita")
    assert [file.filename for file in seen.get_files()] == [WORKFLOW]
    assert [one.number for one in repo.get_pulls(head="rita:better")] == [seen.number]
    work = clone()
    git("fetch", "--quiet", "origin", f"refs/pull/{seen.number}/head", cwd=work)
    assert git("rev-parse", "FETCH_HEAD", cwd=work) == seen.head.sha
    assert git("ls-remote", "origin", "refs/heads/better", cwd=work) == ""


def test_the_trial_merge_is_of_both_and_goes_where_they_conflict(
    repo: Repository, offered: PullRequest, clone: Callable[..., Path]
) -> None:
    work = clone()
    ref = f"refs/pull/{offered.number}/merge"
    git("fetch", "--quiet", "origin", ref, cwd=work)
    main = repo.get_branch("main").commit.sha
    assert git("rev-parse", "FETCH_HEAD^1", "FETCH_HEAD^2", cwd=work).split() == [main, offered.head.sha]
    assert repo.get_pull(offered.number).merge_commit_sha == git("rev-parse", "FETCH_HEAD", cwd=work)
    repo.create_file(WORKFLOW, "Ours", "on: pull_request\n", branch="main")
    conflicting = repo.get_pull(offered.number)
    assert (conflicting.mergeable, conflicting.merge_commit_sha) == (False, None)
    assert git("ls-remote", "origin", ref, cwd=work) == ""


def test_a_push_to_the_fork_moves_the_head_and_tells_the_parent(
    forge: Forge, repo: Repository, fork: Repository, offered: PullRequest, receiver: Any, tmp_path: Path
) -> None:
    there = receiver()
    repo.create_hook("web", {"url": there.url, "secret": "s", "content_type": "json"}, ["pull_request"])
    header = f"http.{forge.url}/.extraheader=Authorization: Bearer rita-secret"
    address = f"{forge.url}/{fork.full_name}.git"
    git("-c", header, "clone", "--quiet", "--branch", "better", address, "theirs", cwd=tmp_path)
    new = commit_files(tmp_path / "theirs", {"more.txt": "more"})
    git("-c", header, "push", "--quiet", "origin", "better", cwd=tmp_path / "theirs")
    (told,) = there.wait("pull_request")
    head = told["pull_request"]["head"]
    assert (told["action"], head["sha"], head["repo"]["fork"]) == ("synchronize", new, True)
    assert repo.get_pull(offered.number).head.sha == new


def test_who_may_only_read_writes_in_their_fork_alone(
    repo: Repository, fork: Repository, offered: PullRequest, rita: Github
) -> None:
    assert fork.get_commit(offered.head.sha).create_status("success").state == "success"
    with pytest.raises(GithubException) as refused:
        rita.get_repo(repo.full_name).get_commit(offered.head.sha).create_status("success")
    assert refused.value.status == 403


def test_a_merge_brings_the_forks_commits(repo: Repository, offered: PullRequest) -> None:
    merged = repo.get_pull(offered.number).merge(sha=offered.head.sha)
    made = repo.get_commit(merged.sha)
    assert made.parents[1].sha == offered.head.sha
    assert made.commit.message.startswith(f"Merge pull request #{offered.number} from rita/better")
    assert repo.get_contents(WORKFLOW).decoded_content == b"on: push\n"


def test_a_branch_of_a_fork_that_is_gone_closes_the_pull(
    repo: Repository, fork: Repository, offered: PullRequest
) -> None:
    fork.get_git_ref("heads/better").delete()
    assert repo.get_pull(offered.number).state == "closed"


def test_nobody_offers_a_branch_of_anothers_fork(
    as_user: Callable[[str | None], Github], repo: Repository, fork: Repository
) -> None:
    with pytest.raises(GithubException) as refused:
        as_user("gate[bot]").get_repo(repo.full_name).create_pull(
            base="main", head="nobody:main", title="Not mine", body=""
        )
    assert refused.value.status == 422


def test_a_run_of_a_fork_names_no_pull_request_and_waits_for_an_approval(
    forge: Forge, repo: Repository, fork: Repository, offered: PullRequest, ask: Callable[..., Any]
) -> None:
    run = record_run(
        forge.api, "olga-secret", repo.full_name, offered.head.sha, head_branch="better",
        head_repository=fork.full_name, status="completed", conclusion="action_required",
    )  # fmt: skip
    seen = repo.get_workflow_run(run["id"])
    assert (seen.head_repository.full_name, seen.pull_requests) == (fork.full_name, [])
    path = f"/api/v3/repos/{repo.full_name}/actions/runs/{run['id']}/approve"
    assert ask("POST", path, login="rita")[0] == 403
    assert ask("POST", path)[0] == 201
    assert repo.get_workflow_run(run["id"]).status == "queued"
    end_run(forge.api, "olga-secret", repo.full_name, run["id"])
    assert ask("POST", path)[0] == 403
