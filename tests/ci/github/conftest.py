"""A forge, its people, and a repository each test has for itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from github import Auth, Github
from github.PullRequest import PullRequest
from support.forges import BOT, PERSON, REVIEWER

from sluicegate.ci.github.client import Client, connect
from sluicegate.embedded.forge import Forge
from sluicegate.validators.runner.finding import Finding, Report, Verdict

COUNT = itertools.count(1)


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("forge"), [BOT, PERSON, REVIEWER]) as running:
        yield running


@pytest.fixture
def olga(forge: Forge) -> Github:
    return Github(
        base_url=forge.api, auth=Auth.Token(PERSON.secret), retry=None,
        seconds_between_requests=0, seconds_between_writes=0,
    )  # fmt: skip


@pytest.fixture
def pull(olga: Github) -> PullRequest:
    repository = olga.get_user().create_repo(f"models-{next(COUNT)}", auto_init=True)
    repository.create_git_ref("refs/heads/topic", repository.get_branch("main").commit.sha)
    repository.create_file("models/a/model.yaml", "Add", "version: 1\n", branch="topic")
    return repository.create_pull(base="main", head="topic", title="Better", body="")


@pytest.fixture
def client(forge: Forge) -> Client:
    return connect(forge.api, BOT.secret)


@pytest.fixture
def report(pull: PullRequest) -> Report:
    finding = Finding("quality", Verdict.FAIL, "too low", "a", "models/a/model.yaml", 3, 1, 0.5, None, 0.6)
    return Report((finding,), 1.0, head=pull.head.sha, notes=("limits only",), models={"a": Verdict.FAIL})


@pytest.fixture
def as_bot(client: Client, pull: PullRequest) -> PullRequest:
    return client.github.get_repo(pull.base.repo.full_name).get_pull(pull.number)
