"""A pull request for a branch that was pushed: opened once, however often it is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluicegate.ci.github.client import Client, answered
from sluicegate.specs.yamlio import InputError

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

RIGHTS = "read contents, and write pull requests"
_ON_A_HOST = re.compile(r"(?:\w+://[^/]+/|[^/:]+:(?!//))(?P<path>.*)")
"""`https://HOST/PATH`, `ssh://USER@HOST/PATH` and `USER@HOST:PATH`."""
_NAME = re.compile(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True)
class Proposal:
    """What is proposed: `branch` is in the repository itself."""

    branch: str
    title: str
    body: str
    base: str = "main"


@dataclass(frozen=True)
class Proposed:
    """The pull request; `new` where it was opened now."""

    number: int
    url: str
    new: bool


def existing(client: Client, repository: str, branch: str) -> Proposed | None:
    """The pull request that a branch of the repository has, or had. Raises GitHubError."""
    with answered(repository, RIGHTS):
        found = client.attempt(lambda: _find(client.github.get_repo(repository), branch))
    return None if found is None else Proposed(found.number, found.html_url, new=False)


def propose(client: Client, repository: str, proposal: Proposal) -> Proposed:
    """Open the pull request, unless the branch has one, or had: a person closed it. Raises GitHubError."""

    def once() -> Proposed:
        there = client.github.get_repo(repository)
        found = _find(there, proposal.branch)
        pull = found or there.create_pull(
            base=proposal.base, head=proposal.branch, title=proposal.title, body=proposal.body
        )
        return Proposed(pull.number, pull.html_url, new=found is None)

    with answered(repository, RIGHTS):
        return client.attempt(once)


def _find(repository: Repository, branch: str) -> PullRequest | None:
    head = f"{repository.owner.login}:{branch}"
    return next(iter(repository.get_pulls(state="all", head=head)), None)


def repository_of(address: str | None) -> str:
    """OWNER/REPO of a clone's origin. Raises InputError where the address has none, or is a folder's."""
    on_a_host = _ON_A_HOST.match(address or "")
    path = on_a_host["path"].removesuffix("/").removesuffix(".git") if on_a_host else ""
    name = "/".join(path.split("/")[-2:])
    if _NAME.fullmatch(name) is None:
        raise InputError.of("the origin names no repository of GitHub", "name it with --github OWNER/REPO")
    return name
