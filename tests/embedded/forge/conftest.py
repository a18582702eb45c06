"""One forge process, one repository a test: real HTTP, real git, PyGithub unchanged.

Modules without a test file of their name are tested through the API and the pages, where their effects are:
`app`, `events`, `pulls`, `pull_serializers`, `serializers` and `state` by `api/`, `api_error` by
`test_request_body` and `test_endpoint`; `api/gitdata`, `api/issues` and `api/repos` by other tests of `api/`.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github
from github.PullRequest import PullRequest
from github.Repository import Repository

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


@pytest.fixture(scope="session")
def git() -> Callable[..., str]:
    """`git("push", cwd=work)`: a user's own git; its output. `fails` expects an exit code above 0."""

    def run(*words: str, cwd: Path, fails: bool = False) -> str:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "Olga", "GIT_AUTHOR_EMAIL": "olga@example.org", "GIT_COMMITTER_NAME": "Olga",
            "GIT_COMMITTER_EMAIL": "olga@example.org", "LC_ALL": "C",
        }  # fmt: skip
        done = subprocess.run(
            ["git", *words], cwd=cwd, env=environment, check=False, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, f"git {' '.join(words)}: {done.stdout}"
        return done.stdout.strip()

    return run


@pytest.fixture
def clone(forge: Forge, repo: Repository, tmp_path: Path, git: Callable[..., str]) -> Callable[..., Path]:
    """`clone("folder", "olga")`: a working copy of the test's repository, with that token or none."""

    def make(folder: str = "work", login: str | None = "olga") -> Path:
        url = forge.git_url("olga", repo.name, TOKENS[login] if login else None)
        git("clone", "--quiet", url, folder, cwd=tmp_path)
        return tmp_path / folder

    return make


@pytest.fixture
def commit(git: Callable[..., str]) -> Callable[..., str]:
    """`commit(work, path, content, message)`: write a file and commit it; the commit's sha."""

    def make(work: Path, path: str, content: str | bytes, message: str = "Change") -> str:
        file = work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        git("add", "--all", cwd=work)
        git("commit", "--quiet", "--message", message, cwd=work)
        return git("rev-parse", "HEAD", cwd=work)

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


class Receiver(ThreadingHTTPServer):
    """A webhook's other end: keeps what it got, answers the given codes and then 200."""

    daemon_threads = True

    def __init__(self, codes: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.codes = list(codes)
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.arrived = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def wait(self, event: str, count: int = 1) -> list[dict[str, Any]]:
        """The payloads of that event, once there are so many."""

        def found() -> list[dict[str, Any]]:
            return [json.loads(body) for _, headers, body in self.got if headers["X-GitHub-Event"] == event]

        with self.arrived:
            arrived = self.arrived.wait_for(lambda: len(found()) >= count, 30)
            assert arrived, f"waited 30 s for {count} {event} events, got {len(found())}"
            return found()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.arrived:
            self.server.got.append((self.path, dict(self.headers), body))
            code = self.server.codes.pop(0) if self.server.codes else 200
            self.server.arrived.notify_all()
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Callable[..., Receiver]]:
    """`receiver([503, 200])`: a running receiver."""
    made: list[Receiver] = []

    def make(codes: list[int] | None = None) -> Receiver:
        server = Receiver(codes or [])
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        made.append(server)
        return server

    yield make
    for server in made:
        server.shutdown()
        server.server_close()
