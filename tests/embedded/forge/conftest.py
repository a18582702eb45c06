"""One forge process, one repository a test: real HTTP, real git, PyGithub unchanged.

Modules without a test file of their name are tested through the API and the pages, where their effects are:
`app`, `events`, `pulls`, `pull_serializers`, `serializers` and `state` by `api/`, `api_error` by
`test_request_body` and `test_endpoint`; `api/gitdata`, `api/issues` and `api/repos` by other tests of `api/`.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github
from github.PullRequest import PullRequest
from github.Repository import Repository
from support.http_stub import Answer, Request, StubServer
from support.repositories import git

from sluicegate.embedded.forge import Forge, Token

TOKENS = {
    "olga": Token("olga", "olga-secret", "admin", 7),
    "gate[bot]": Token("gate[bot]", "bot-secret", "write", 8),
    "rita": Token("rita", "rita-secret", "read", 9),
}
_COUNT = itertools.count(1)


@pytest.fixture(scope="session")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    with Forge(tmp_path_factory.mktemp("forge"), list(TOKENS.values())) as running:
        yield running


@pytest.fixture(scope="session")
def as_user(forge: Forge) -> Callable[[str | None], Github]:
    """`as_user("rita")`, `as_user(None)`: PyGithub as that account, or as nobody."""

    def make(login: str | None) -> Github:
        auth = Auth.Token(TOKENS[login].secret) if login else None
        return Github(
            base_url=forge.api, auth=auth, seconds_between_requests=0, seconds_between_writes=0, retry=None
        )

    return make


@pytest.fixture
def olga(as_user: Callable[[str | None], Github]) -> Github:
    return as_user("olga")


@pytest.fixture
def repo(olga: Github) -> Repository:
    """A fresh repository of olga's with one commit on main (README.md)."""
    return olga.get_user().create_repo(f"models-{next(_COUNT)}", auto_init=True, description="Models & more")


@pytest.fixture
def topic(repo: Repository) -> Callable[..., str]:
    """`topic("name", path, content)`: a branch off main with one file more; its tip."""

    def make(name: str = "topic", path: str = "models/a/model.yaml", content: str = "version: 1\n") -> str:
        repo.create_git_ref(f"refs/heads/{name}", repo.get_branch("main").commit.sha)
        return repo.create_file(path, f"Add {path}", content, branch=name)["commit"].sha

    return make


@pytest.fixture
def pull(repo: Repository, topic: Callable[..., str]) -> PullRequest:
    """An open pull of one commit, from `topic` into main."""
    topic()
    return repo.create_pull(base="main", head="topic", title="A better model", body="It *is* better.")


@pytest.fixture
def clone(forge: Forge, repo: Repository, tmp_path: Path) -> Callable[..., Path]:
    """`clone("folder", "olga")`: a working copy of the test's repository, with that token or none."""

    def make(folder: str = "work", login: str | None = "olga") -> Path:
        url = forge.git_url("olga", repo.name, TOKENS[login] if login else None)
        git("clone", "--quiet", url, folder, cwd=tmp_path)
        return tmp_path / folder

    return make


@pytest.fixture
def ask(forge: Forge) -> Callable[..., tuple[int, dict[str, str], Any]]:
    """One raw request, the path sent as it is written: (status, headers in lower case, JSON or text)."""

    def send(
        method: str,
        path: str,
        *,
        login: str | None = "olga",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], Any]:
        connection = http.client.HTTPConnection(forge.url.removeprefix("http://"), timeout=30)
        try:
            given = {"Authorization": f"Bearer {TOKENS[login].secret}"} if login else {}
            connection.request(method, path, body, given | (headers or {}))
            answer = connection.getresponse()
            text, known = answer.read().decode("utf-8", "replace"), answer.headers
            data = json.loads(text) if "json" in known.get("content-type", "") and text else text
            return answer.status, {key.lower(): value for key, value in known.items()}, data
        finally:
            connection.close()

    return send


class Receiver(StubServer):
    """A webhook's other end: keeps what arrived, answers the given codes and then 200."""

    def __init__(self, codes: Sequence[int]) -> None:
        self.codes = list(codes)
        self.arrived = threading.Condition()
        super().__init__(self._respond)

    def wait(self, event: str, count: int = 1) -> list[dict[str, Any]]:
        """The payloads of that event, once there are so many."""

        def payloads() -> list[dict[str, Any]]:
            return [
                json.loads(request.body)
                for request in self.requests
                if request.headers["x-github-event"] == event
            ]

        with self.arrived:
            enough = self.arrived.wait_for(lambda: len(payloads()) >= count, 30)
            assert enough, f"waited 30 s for {count} {event} events, got {len(payloads())}"
            return payloads()

    def _respond(self, request: Request) -> Answer:
        with self.arrived:
            self.arrived.notify_all()
            return Answer(self.codes.pop(0) if self.codes else 200)


@pytest.fixture
def receiver() -> Iterator[Callable[..., Receiver]]:
    """`receiver([503, 200])`: a running receiver."""
    with contextlib.ExitStack() as stack:
        yield lambda codes=(): stack.enter_context(Receiver(codes))
