from __future__ import annotations

import pytest
from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository

NOTE = {"path": "README.md", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "no"}


def test_a_run_goes_from_queued_to_a_conclusion(pull: PullRequest, repo: Repository) -> None:
    run = repo.create_check_run("sluice", pull.head.sha, status="in_progress")
    assert (run.status, run.conclusion) == ("in_progress", None)
    run.edit(
        conclusion="failure", output={"title": "1 check failed", "summary": "recall", "annotations": [NOTE]}
    )
    run.edit(
        output={"title": "1 check failed", "summary": "recall", "annotations": [NOTE | {"message": "again"}]}
    )
    seen = repo.get_check_run(run.id)
    assert (seen.status, seen.conclusion, seen.output.annotations_count) == ("completed", "failure", 2)
    assert [note.message for note in seen.get_annotations()] == ["no", "again"]
    assert seen.completed_at is not None


def test_only_the_newest_run_of_a_name_is_listed(pull: PullRequest, repo: Repository) -> None:
    for conclusion in ("failure", "success"):
        repo.create_check_run("sluice", pull.head.sha, conclusion=conclusion)
    head = repo.get_commit(pull.head.sha)
    assert [run.conclusion for run in head.get_check_runs()] == ["success"]
    assert [run.conclusion for run in head.get_check_runs(filter="all")] == ["success", "failure"]
    assert head.get_check_runs(check_name="other").totalCount == 0
    assert [run.name for run in repo.get_commit("topic").get_check_runs()] == ["sluice"]


@pytest.mark.parametrize(
    "output",
    [
        {"title": "t", "summary": "x" * 65_536},
        {"title": "t" * 256, "summary": "s"},
        {"title": "t", "summary": "s", "text": "x" * 65_536},
        {"title": "t"},
        {"title": "t", "summary": "s", "annotations": [NOTE] * 51},
        {"title": "t", "summary": "s", "annotations": [NOTE | {"start_line": "1"}]},
        {"title": "t", "summary": "s", "annotations": [NOTE | {"annotation_level": "loud"}]},
    ],
)
def test_what_is_over_a_limit_is_422_and_nothing_is_kept(
    pull: PullRequest, repo: Repository, output: dict
) -> None:  # type: ignore[type-arg]
    with pytest.raises(GithubException) as caught:
        repo.create_check_run("sluice", pull.head.sha, conclusion="failure", output=output)
    assert caught.value.status == 422
    assert repo.get_commit(pull.head.sha).get_check_runs().totalCount == 0


def test_a_run_needs_a_commit_and_a_completed_one_a_conclusion(pull: PullRequest, repo: Repository) -> None:
    for sha, status in (("0" * 40, "queued"), (pull.head.sha, "completed"), (pull.head.sha, "odd")):
        with pytest.raises(GithubException) as caught:
            repo.create_check_run("sluice", sha, status=status)
        assert caught.value.status == 422


def test_four_actions_are_too_many(pull: PullRequest, repo: Repository) -> None:
    action = {"label": "Retry", "description": "Run again", "identifier": "retry"}
    repo.create_check_run("sluice", pull.head.sha, actions=[action] * 3)
    with pytest.raises(GithubException, match="actions"):
        repo.create_check_run("sluice", pull.head.sha, actions=[action] * 4)
