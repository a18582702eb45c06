from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from github import GithubException
from github.Repository import Repository


def test_a_deployment_and_how_it_goes(repo: Repository) -> None:
    sha = repo.get_branch("main").commit.sha
    made = repo.create_deployment(
        sha, environment="staging", description="flight-delay v3 at 1 %", payload={"model": "flight-delay"},
        auto_merge=False, required_contexts=[],
    )  # fmt: skip
    made.create_status("in_progress", description="step 1 of 5", environment_url="http://127.0.0.1/x")
    made.create_status("success", description="stable")
    seen = repo.get_deployment(made.id)
    assert (seen.sha, seen.environment, seen.payload) == (sha, "staging", {"model": "flight-delay"})
    assert not seen.production_environment
    assert [one.state for one in seen.get_statuses()] == ["success", "in_progress"]
    assert [one.id for one in repo.get_deployments(environment="staging", sha=sha)] == [made.id]
    assert list(repo.get_deployments(environment="production")) == []


def test_a_success_ends_the_earlier_ones(repo: Repository) -> None:
    first, second = (
        repo.create_deployment("main", environment="staging", required_contexts=[]) for _ in range(2)
    )
    first.create_status("success")
    second.create_status("success")
    assert [one.state for one in first.get_statuses()] == ["inactive", "success"]
    assert repo.create_deployment("main", required_contexts=[]).production_environment


def test_statuses_that_are_required_hold_it_back(repo: Repository) -> None:
    head = repo.get_branch("main").commit
    head.create_status("failure", context="sluice/validate")
    for required in (None, ["sluice/validate"], ["never set"]):
        fields = {} if required is None else {"required_contexts": required}
        with pytest.raises(GithubException, match="Commit status checks failed for main") as caught:
            repo.create_deployment("main", **fields)
        assert caught.value.status == 409
    head.create_status("success", context="sluice/validate")
    assert repo.create_deployment("main").ref == "main"


def test_webhooks_hear_of_both(repo: Repository, receiver: Callable[..., Any]) -> None:
    there = receiver()
    events = ["deployment", "deployment_status"]
    repo.create_hook("web", {"url": there.url, "content_type": "json"}, events)
    repo.create_deployment("main", environment="staging").create_status("pending")
    (created,) = there.wait("deployment")
    (status,) = there.wait("deployment_status")
    assert (created["action"], created["deployment"]["environment"]) == ("created", "staging")
    assert status["deployment_status"]["state"] == "pending"
