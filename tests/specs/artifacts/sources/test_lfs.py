"""`lfs:` against the server of git-lfs' own suite, whose objects `git lfs push` brought (`make tools`).

What an object says is how that server gives it: that is how it makes trouble.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.found import tool
from support.relay import Relay, status
from support.stores import lfs

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.cache import Cache
from sluicegate.specs.artifacts.errors import (
    ArtifactMismatch,
    NotFound,
    SourceRefused,
    SourceUnreachable,
    Unauthorized,
)
from sluicegate.specs.artifacts.http import Http
from sluicegate.specs.artifacts.reference import Reference
from sluicegate.specs.errors import SluiceError

CONTENT = bytes(range(256)) * 4096
LATER = b"storage-download-retry-later"
BROKEN_OFF = b"storage-download-retry-range-rejected"
CORRUPT = b"storage-download-corrupt"
ABSENT = b"status-batch-404"
FORBIDDEN = b"status-batch-403"
pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Server:
    """Where it is, and a home whose ~/.netrc has its password."""

    address: str
    home: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("lfs")
    repositories = folder / "repositories"
    subprocess.run(["git", "init", "--quiet", "--bare", repositories / "models.git"], check=True)
    (folder / ".netrc").write_text("machine 127.0.0.1 login user password pass\n")
    (folder / ".netrc").chmod(0o600)
    with lfs(repositories) as address:
        push(folder, address, [CONTENT, LATER, BROKEN_OFF, CORRUPT])
        yield Server(address, folder)


def push(home: Path, address: str, contents: list[bytes]) -> None:
    """Commit each as a file of Git LFS and push them, as a person does."""
    clone = home / "clone"
    variables = {**os.environ, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    variables["PATH"] = f"{Path(tool('git-lfs')).parent}:{variables['PATH']}"

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=clone, env=variables, check=True, capture_output=True)

    clone.mkdir()
    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "team")
    git("config", "user.email", "team@example.org")
    git("config", f"lfs.{address}/models.git/info/lfs.locksverify", "false")
    git("remote", "add", "origin", address.replace("://", "://user:pass@") + "/models.git")
    git("lfs", "install", "--local", "--skip-repo")
    git("lfs", "track", "*.bin")
    for number, content in enumerate(contents):
        (clone / f"{number}.bin").write_bytes(content)
    git("add", "--all")
    git("commit", "--quiet", "--message", "models")
    git("lfs", "push", "origin", "main")


@pytest.fixture
def fetch(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`fetch(content)` gives what comes for its digest."""
    monkeypatch.setenv("HOME", str(server.home))

    def fetched(content: bytes, address: str = "", seconds: float = 60) -> bytes:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        uri = f"lfs:{address or server.address}/models.git"
        file = Reference("w.bin", digest, uri, size=len(content))
        return Cache(tmp_path / "cache").fetch(file, Access(Http(seconds))).read_bytes()

    return fetched


def test_what_git_lfs_pushed_is_fetched(fetch) -> None:
    assert fetch(CONTENT) == CONTENT


def test_a_connection_that_broke_off_begins_again_where_the_rest_is_refused(fetch) -> None:
    """The server sends half, and 416 for the other half."""
    assert fetch(BROKEN_OFF) == BROKEN_OFF


def test_too_many_requests_are_asked_again_when_the_server_says(fetch) -> None:
    assert fetch(LATER) == LATER


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (CORRUPT, ArtifactMismatch, "the artifact was swapped"),
        (ABSENT, NotFound, "push it with git lfs"),
        (FORBIDDEN, SourceRefused, "welp"),
    ],
)
def test_what_no_second_try_helps_is_named_and_leaves_nothing(
    fetch, tmp_path: Path, content: bytes, error: type[SluiceError], says: str
) -> None:
    with pytest.raises(error, match=says):
        fetch(content, seconds=0)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_missing_password_is_named(fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Unauthorized, match=r"objects/batch answers 401; give credentials"):
        fetch(CONTENT)


def test_a_netrc_that_others_may_read_is_said_to_be_ignored(
    fetch, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".netrc").write_text((server.home / ".netrc").read_text())
    (tmp_path / ".netrc").chmod(0o644)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(Unauthorized):
        fetch(CONTENT)
    assert "~/.netrc is not used" in caplog.text


def test_a_busy_api_is_asked_again(fetch, server: Server) -> None:
    with Relay(server.address, least=1) as relay:
        relay.faults = [status(429, Retry_After="0")]
        assert fetch(CONTENT, relay.url) == CONTENT
        assert len(relay.requests) == 2


def test_an_api_that_stays_busy_is_named(fetch, server: Server) -> None:
    with Relay(server.address, least=1) as relay:
        relay.faults = [status(429, Retry_After="3600")] * 100
        with pytest.raises(SourceUnreachable, match="status 429, and asks to wait 3600 s"):
            fetch(CONTENT, relay.url)
