"""Whose name a person's command carries."""

from pathlib import Path

import pytest

from sluicegate.ci.commands._person import person
from sluicegate.specs.yamlio import InputError


@pytest.fixture(autouse=True)
def olga(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_ACTOR", "GITLAB_CI", "GITLAB_USER_LOGIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Olga")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "olga@example.org")


def test_git_says_who_it_is_unless_they_name_themselves():
    assert person(None) == "Olga <olga@example.org>"
    assert person("Émile  <e@example.org>") == "Émile <e@example.org>"


@pytest.mark.parametrize(
    ("forge", "user"), [("GITHUB_ACTIONS", "GITHUB_ACTOR"), ("GITLAB_CI", "GITLAB_USER_LOGIN")]
)
def test_in_ci_it_is_the_forges_user_and_not_the_robot_that_commits(monkeypatch, forge: str, user: str):
    monkeypatch.setenv(user, "octocat")
    assert person(None) == "Olga <olga@example.org>", "outside of CI the variable says nothing"
    monkeypatch.setenv(forge, "true")
    assert person(None) == "@octocat"


@pytest.mark.parametrize("name", ["x" * 201, "a\x1bb"])
def test_a_name_that_no_trailer_takes_is_refused(name: str):
    with pytest.raises(InputError, match="--as"):
        person(name)


def test_without_a_name_there_is_no_command(monkeypatch, tmp_path: Path):
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "EMAIL", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"there is none; set `git config user\.name`"):
        person(None)
