from __future__ import annotations

from collections.abc import Callable

import pytest
from github import Github, GithubException


def test_who_asks(as_user: Callable[[str | None], Github]) -> None:
    bot = as_user("gate[bot]").get_user()
    assert (bot.login, bot.id, bot.type) == ("gate[bot]", 8, "Bot")
    assert as_user("olga").get_user("rita").id == 9


def test_permission_of_an_account(olga: Github) -> None:
    repo = olga.get_user().create_repo("permissions")
    levels = {login: repo.get_collaborator_permission(login) for login in ("olga", "gate[bot]", "rita")}
    assert levels == {"olga": "admin", "gate[bot]": "write", "rita": "read"}
    with pytest.raises(GithubException) as caught:
        repo.get_collaborator_permission("stranger")
    assert caught.value.status == 404


def test_organisations_own_repositories(olga: Github) -> None:
    made = olga.get_organization("data-science").create_repo("models", description="All of them")
    assert (made.full_name, made.default_branch) == ("data-science/models", "main")
    assert olga.get_repo("data-science/models").description == "All of them"
    with pytest.raises(GithubException, match="already exists"):
        olga.get_organization("data-science").create_repo("models")


@pytest.mark.parametrize("name", ["..", "a/b", "-rf", ".x", "x.git", "a..b", "a\0b"])
def test_odd_repository_names_are_422(olga: Github, name: str) -> None:
    with pytest.raises(GithubException) as caught:
        olga.get_user().create_repo(name)
    assert caught.value.status == 422


def test_only_admins_create(as_user: Callable[[str | None], Github]) -> None:
    with pytest.raises(GithubException) as caught:
        as_user("gate[bot]").get_user().create_repo("mine")
    assert caught.value.status == 403


def test_no_quota_is_kept(olga: Github) -> None:
    assert olga.get_rate_limit().rate.remaining == 5000
