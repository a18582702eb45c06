from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from github import Github, GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository

Ask = Callable[..., tuple[int, dict[str, str], Any]]
PROTECTED = {
    "name": "main",
    "enforcement": "active",
    "bypass_actors": [{"actor_id": 8, "actor_type": "Integration", "bypass_mode": "always"}],
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
    "rules": [
        {"type": "deletion"},
        {
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": True,
                "required_status_checks": [{"context": "sluice/validate"}],
            },
        },
    ],
}


@pytest.fixture
def send(repo: Repository, ask: Ask) -> Ask:
    """`send("POST", "/rulesets", {...}, login="rita")`, below the test's repository."""

    def request(method: str, path: str, body: Any = None, login: str = "olga") -> Any:
        content = None if body is None else json.dumps(body).encode()
        return ask(method, f"/api/v3/repos/{repo.full_name}{path}", login=login, body=content)

    return request


def test_a_ruleset_is_created_read_changed_and_removed(send: Ask) -> None:
    status, _, made = send("POST", "/rulesets", PROTECTED)
    assert (status, made["target"], made["rules"]) == (201, "branch", PROTECTED["rules"])
    assert send("POST", "/rulesets", PROTECTED)[0] == 422
    one = f"/rulesets/{made['id']}"
    assert send("PUT", one, {"enforcement": "disabled"})[2]["enforcement"] == "disabled"
    (listed,) = send("GET", "/rulesets")[2]
    assert listed["name"] == "main" and "rules" not in listed
    assert "bypass_actors" not in send("GET", one, login="rita")[2]
    assert send("DELETE", one)[0] == 204 and send("GET", one)[0] == 404


@pytest.mark.parametrize("change", [{"enforcement": "on"}, {"rules": [{"type": "no such"}]}, {"target": 1}])
def test_what_github_would_refuse_is_422(send: Ask, change: dict[str, Any]) -> None:
    assert send("POST", "/rulesets", PROTECTED | change)[0] == 422


def test_administrators_alone_set_rules(send: Ask) -> None:
    assert send("POST", "/rulesets", PROTECTED, login="gate[bot]")[0] == 403


def test_a_merge_waits_for_its_required_status(send: Ask, repo: Repository, pull: PullRequest) -> None:
    send("POST", "/rulesets", PROTECTED)
    with pytest.raises(
        GithubException, match='Required status check "sluice/validate" is expected'
    ) as caught:
        pull.merge()
    assert caught.value.status == 405
    repo.get_commit(pull.head.sha).create_status("success", context="sluice/validate")
    assert pull.merge().merged


def test_who_passes_by_is_not_held(
    send: Ask, pull: PullRequest, as_user: Callable[[str | None], Github]
) -> None:
    send("POST", "/rulesets", PROTECTED)
    assert as_user("gate[bot]").get_repo(pull.base.repo.full_name).get_pull(1).merge().merged


def test_approvals_of_people_with_write_access_count(
    send: Ask, repo: Repository, pull: PullRequest, as_user: Callable[[str | None], Github]
) -> None:
    rule = {
        "type": "pull_request",
        "parameters": {"required_approving_review_count": 1, "dismiss_stale_reviews_on_push": True},
    }
    send("POST", "/rulesets", PROTECTED | {"rules": [rule]})

    def approve(login: str) -> None:
        as_user(login).get_repo(repo.full_name).get_pull(1).create_review(event="APPROVE")

    approve("rita")
    with pytest.raises(GithubException, match="At least 1 approving review is required"):
        pull.merge()
    approve("gate[bot]")
    repo.create_file("models/a/README.md", "More", "More.", branch="topic")
    with pytest.raises(GithubException, match="At least 1 approving review is required"):
        pull.merge()
    approve("gate[bot]")
    assert pull.merge().merged
