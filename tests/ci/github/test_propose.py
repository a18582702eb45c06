"""A pull request for a pushed branch: opened once, on a real forge."""

from __future__ import annotations

import pytest
from github import Github
from github.PullRequest import PullRequest

from sluicegate.ci.github.client import Client, GitHubError
from sluicegate.ci.github.propose import Proposal, existing, propose, repository_of
from sluicegate.specs.yamlio import InputError


def test_a_branch_is_proposed_once_and_again_only_named(pull: PullRequest, client: Client) -> None:
    repository = pull.base.repo
    repository.create_git_ref("refs/heads/next", repository.get_branch("topic").commit.sha)
    proposal = Proposal("next", "Version 2", "From the registry.")
    assert existing(client, repository.full_name, "next") is None
    first = propose(client, repository.full_name, proposal)
    again = propose(client, repository.full_name, proposal)
    assert (first.new, again.new) == (True, False)
    assert again.number == first.number
    opened = repository.get_pull(first.number)
    assert (opened.title, opened.body, opened.base.ref) == ("Version 2", "From the registry.", "main")


def test_a_pull_request_that_a_person_closed_is_not_opened_again(pull: PullRequest, client: Client) -> None:
    pull.edit(state="closed")
    found = propose(client, pull.base.repo.full_name, Proposal("topic", "Better", ""))
    assert (found.number, found.new) == (pull.number, False)
    assert pull.base.repo.get_pulls(state="open").totalCount == 0


def test_a_branch_that_is_not_there_is_refused_in_words(pull: PullRequest, client: Client) -> None:
    with pytest.raises(GitHubError, match="GitHub answered 422") as refused:
        propose(client, pull.base.repo.full_name, Proposal("nowhere", "Better", ""))
    assert refused.value.remedy == "check that the token may read contents, and write pull requests there"


def test_a_repository_that_is_not_there_is_refused_in_words(olga: Github, client: Client) -> None:
    with pytest.raises(GitHubError, match="octo/none: GitHub answered 404"):
        existing(client, "octo/none", "topic")


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/octo/models",
        "https://github.com/octo/models.git/",
        "https://user:secret@ghes.example.org/octo/models.git",
        "git@github.com:octo/models.git",
        "ssh://git@github.com:22/octo/models.git",
    ],
)
def test_the_repository_of_an_address(address: str) -> None:
    assert repository_of(address) == "octo/models"


@pytest.mark.parametrize("address", [None, "", "/srv/models.git", "https://github.com/", "octo/mod els"])
def test_an_address_without_a_repository_is_refused(address: str | None) -> None:
    with pytest.raises(InputError, match="the origin names no repository of GitHub"):
        repository_of(address)
