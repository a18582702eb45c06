from __future__ import annotations

import pytest
from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository


def test_the_combined_status_is_the_worst_of_the_newest(pull: PullRequest, repo: Repository) -> None:
    head = repo.get_commit(pull.head.sha)
    assert head.get_combined_status().state == "pending"
    head.create_status("failure", context="gate")
    head.create_status("success", context="quality", description="21 checks", target_url="http://127.0.0.1/x")
    assert head.get_combined_status().state == "failure"
    head.create_status("pending", context="gate")
    assert head.get_combined_status().state == "pending"
    head.create_status("success", context="gate")
    combined = repo.get_commit("topic").get_combined_status()
    assert (combined.state, combined.total_count, combined.sha) == ("success", 2, pull.head.sha)
    assert [status.state for status in head.get_statuses() if status.context == "gate"] == [
        "success", "pending", "failure",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "fine"},
        {"state": "success", "description": "x" * 141},
        {"state": "success", "target_url": "javascript:x"},
    ],
)
def test_a_status_that_github_would_refuse_is_422(
    pull: PullRequest, repo: Repository, fields: dict[str, str]
) -> None:
    with pytest.raises(GithubException) as caught:
        repo.get_commit(pull.head.sha).create_status(**fields)
    assert caught.value.status == 422


def test_an_unknown_commit_is_422(repo: Repository, ask: object) -> None:
    status, _, data = ask(
        "POST", f"/api/v3/repos/{repo.full_name}/statuses/{'0' * 40}", body=b'{"state": "success"}'
    )  # type: ignore[operator]
    assert status == 422 and "No commit found" in data["message"]
