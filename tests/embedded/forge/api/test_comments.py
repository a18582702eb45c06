from __future__ import annotations

from collections.abc import Callable

import pytest
from github import Github, GithubException
from github.PullRequest import PullRequest


def test_write_edit_read_delete(pull: PullRequest) -> None:
    made = pull.create_issue_comment("first")
    made.edit("second")
    again = pull.get_issue_comment(made.id)
    assert (again.body, again.user.login, again.user.id) == ("second", "olga", 7)
    assert again.html_url.endswith(f"/pull/1#issuecomment-{made.id}")
    made.delete()
    with pytest.raises(GithubException) as caught:
        pull.get_issue_comment(made.id)
    assert caught.value.status == 404


def test_all_pages_are_read(pull: PullRequest) -> None:
    for number in range(35):
        pull.create_issue_comment(f"comment {number}")
    assert [comment.body for comment in pull.get_issue_comments()] == [
        f"comment {number}" for number in range(35)
    ]


def test_the_link_header_names_the_neighbours(
    pull: PullRequest, ask: Callable[..., tuple[int, dict[str, str], list[dict[str, object]]]]
) -> None:
    for number in range(5):
        pull.create_issue_comment(f"comment {number}")
    path = pull.issue_url.partition("/api")[2] + "/comments"
    status, headers, data = ask("GET", f"/api{path}?per_page=2&page=2")
    assert status == 200 and [item["body"] for item in data] == ["comment 2", "comment 3"]
    links = dict(reversed(part.split("; rel=")) for part in headers["link"].split(", "))
    base = f"<{pull.issue_url}/comments?per_page=2&page="
    assert links == {
        '"first"': f"{base}1>",
        '"prev"': f"{base}1>",
        '"next"': f"{base}3>",
        '"last"': f"{base}3>",
    }
    assert len(ask("GET", f"/api{path}?per_page=1000&page=-4")[2]) == 5


def test_over_the_limit_is_422_and_at_the_limit_is_not(pull: PullRequest) -> None:
    assert len(pull.create_issue_comment("é" * 65_536).body) == 65_536
    with pytest.raises(GithubException, match="too long") as caught:
        pull.create_issue_comment("x" * 65_537)
    assert caught.value.status == 422


def test_a_reader_may_comment_but_not_edit_others(
    pull: PullRequest, as_user: Callable[[str | None], Github]
) -> None:
    theirs = pull.create_issue_comment("mine")
    repo = as_user("rita").get_repo(pull.base.repo.full_name)
    own = repo.get_pull(1).create_issue_comment("/override")
    own.edit("/hold")
    with pytest.raises(GithubException) as caught:
        repo.get_pull(1).get_issue_comment(theirs.id).edit("stolen")
    assert caught.value.status == 403


def test_nobody_may_read_but_not_write(pull: PullRequest, as_user: Callable[[str | None], Github]) -> None:
    seen = as_user(None).get_repo(pull.base.repo.full_name).get_pull(1)
    with pytest.raises(GithubException) as caught:
        seen.create_issue_comment("hello")
    assert caught.value.status == 401
