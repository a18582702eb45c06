from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from github import Github, GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository


@pytest.fixture
def by(pull: PullRequest, as_user: Callable[[str | None], Github]) -> Callable[[str], PullRequest]:
    """The test's pull as that account sees it."""
    return lambda login: as_user(login).get_repo(pull.base.repo.full_name).get_pull(pull.number)


def test_an_approval_names_the_person_and_the_commit(
    pull: PullRequest, by: Callable[[str], PullRequest]
) -> None:
    made = by("rita").create_review(body="Good.", event="APPROVE")
    (seen,) = pull.get_reviews()
    assert (seen.id, seen.state, seen.user.login, seen.user.id) == (made.id, "APPROVED", "rita", 9)
    assert seen.commit_id == pull.head.sha and seen.submitted_at is not None
    seen.dismiss("The rows changed.")
    assert pull.get_review(made.id).state == "DISMISSED"


def test_nobody_approves_their_own(pull: PullRequest) -> None:
    with pytest.raises(GithubException, match="Can not approve your own pull request") as caught:
        pull.create_review(event="APPROVE")
    assert caught.value.status == 422
    assert pull.create_review(event="COMMENT", body="Look here.").state == "COMMENTED"


def test_changes_are_asked_for_with_words(by: Callable[[str], PullRequest]) -> None:
    with pytest.raises(GithubException, match="Body is required") as caught:
        by("rita").create_review(event="REQUEST_CHANGES")
    assert caught.value.status == 422
    assert by("rita").create_review(event="REQUEST_CHANGES", body="No.").state == "CHANGES_REQUESTED"


def test_a_pending_review_is_seen_by_its_author_alone(
    pull: PullRequest, by: Callable[[str], PullRequest]
) -> None:
    rita = by("rita")
    draft = rita.create_review(body="Almost.")
    assert (draft.state, list(pull.get_reviews())) == ("PENDING", [])
    assert [review.id for review in rita.get_reviews()] == [draft.id]
    with pytest.raises(GithubException, match="one pending review"):
        rita.create_review(body="Another.")


def test_webhooks_hear_of_reviews_and_comments(
    repo: Repository, pull: PullRequest, by: Callable[[str], PullRequest], receiver: Callable[..., Any]
) -> None:
    there = receiver()
    events = ["pull_request_review", "issue_comment"]
    repo.create_hook("web", {"url": there.url, "content_type": "json"}, events)
    by("rita").create_review(event="APPROVE")
    comment = pull.create_issue_comment("/hold")
    comment.edit("/release")
    comment.delete()
    (reviewed,) = there.wait("pull_request_review")
    assert (reviewed["action"], reviewed["review"]["state"]) == ("submitted", "approved")
    assert (reviewed["pull_request"]["number"], reviewed["sender"]["login"]) == (pull.number, "rita")
    told = there.wait("issue_comment", 3)
    assert [one["action"] for one in told] == ["created", "edited", "deleted"]
    assert [one["comment"]["body"] for one in told] == ["/hold", "/release", "/release"]
    assert told[1]["changes"] == {"body": {"from": "/hold"}}
    assert told[0]["issue"]["pull_request"]["url"] == pull.url
