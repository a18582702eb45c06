from __future__ import annotations

from collections.abc import Callable

import pytest
from github import Github, GithubException
from github.PullRequest import PullRequest


def test_a_person_reacts_once_in_each_way(pull: PullRequest, as_user: Callable[[str | None], Github]) -> None:
    comment = pull.create_issue_comment("/recheck")
    first = comment.create_reaction("eyes")
    assert comment.create_reaction("eyes").id == first.id
    theirs = as_user("rita").get_repo(pull.base.repo.full_name).get_pull(1).get_issue_comment(comment.id)
    theirs.create_reaction("+1")
    assert [(one.content, one.user.login) for one in comment.get_reactions()] == [
        ("eyes", "olga"), ("+1", "rita"),
    ]  # fmt: skip
    assert pull.get_issue_comment(comment.id).reactions["total_count"] == 2
    assert not theirs.delete_reaction(first.id)  # theirs to take back, nobody else's
    assert comment.delete_reaction(first.id)
    assert [one.content for one in comment.get_reactions()] == ["+1"]


def test_an_unknown_reaction_is_422(pull: PullRequest) -> None:
    with pytest.raises(GithubException) as caught:
        pull.create_issue_comment("text").create_reaction("shrug")
    assert caught.value.status == 422
