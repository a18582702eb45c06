"""Real servers of files on this machine: S3, Google Cloud Storage, Git LFS; each while a context lasts."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from harness.found import tool

from sluicegate.specs.artifacts.access import Access
from sluicegate.specs.artifacts.cache import Cache
from sluicegate.specs.artifacts.http import CHUNK, Http
from sluicegate.specs.artifacts.reference import Reference

STARTS_WITHIN = 120
CONTENT = bytes(range(256)) * (4 * CHUNK // 256)
"""Of the file that a server of buckets gives: two blocks, as they are fetched."""
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
S3_ACCOUNT = {"AWS_ACCESS_KEY_ID": "team", "AWS_SECRET_ACCESS_KEY": "secret-of-the-team"}


def needs_client(library: str) -> pytest.MarkDecorator:
    """Skips a file of tests by name where the client of a source is missing."""
    reason = f"{library} is not installed: `make test-sources` fetches with it"
    return pytest.mark.skipif(find_spec(library) is None, reason=reason)


def bucket(folder: Path, uri: str) -> Path:
    """What a server of buckets shall serve, made in a folder: CONTENT at this address."""
    file = folder / "root" / uri.partition("://")[2]
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    return folder / "root"


def fetched(cache: Cache, uri: str, digest: str = DIGEST, seconds: float = 60) -> bytes:
    """The bytes of this address, through a cache."""
    return cache.fetch(Reference("w.bin", digest, uri), Access(Http(seconds))).read_bytes()


@contextmanager
def s3(folder: Path) -> Iterator[str]:
    """The address of versitygw over a folder, each of whose folders is a bucket."""
    root = {"ROOT_ACCESS_KEY": S3_ACCOUNT["AWS_ACCESS_KEY_ID"]}
    root["ROOT_SECRET_KEY"] = S3_ACCOUNT["AWS_SECRET_ACCESS_KEY"]
    port = free_port()
    words = [tool("versitygw"), "--port", f"127.0.0.1:{port}", "posix", "--nometa", str(folder)]
    with _serving(words, folder.parent, root, port) as address:
        yield address


@contextmanager
def gcs(folder: Path) -> Iterator[str]:
    """The address of fake-gcs-server, which serves each folder of a folder as a bucket."""
    port = free_port()
    words = [tool("fake-gcs-server"), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port)]
    words += ["-backend", "memory", "-data", str(folder), "-public-host", f"127.0.0.1:{port}"]
    with _serving(words, folder.parent, {}, port) as address:
        yield address


@contextmanager
def lfs(folder: Path) -> Iterator[str]:
    """The address of git-lfs' own test server over a folder of bare repositories.

    It gives nothing without the password `pass` of any user.
    """
    said = folder.parent / "address"
    beside = {"LFSTEST_DIR": str(folder), "LFSTEST_URL": str(said)}
    for name in ("SSL_URL", "CLIENT_CERT_URL", "CERT", "CLIENT_CERT", "CLIENT_KEY", "CLIENT_KEY_ENCRYPTED"):
        beside[f"LFSTEST_{name}"] = str(folder.parent / name)
    words = [tool("lfstest-gitserver")]
    with _process(words, folder.parent, beside) as process:
        _until(process, folder.parent, lambda: said.exists() and said.read_text() != "")
        yield said.read_text()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def _serving(words: list[str], beside: Path, variables: Mapping[str, str], port: int) -> Iterator[str]:
    address = f"http://127.0.0.1:{port}"
    with _process(words, beside, variables) as process:
        _until(process, beside, lambda: _answers(address))
        yield address


@contextmanager
def _process(
    words: list[str], beside: Path, variables: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with (beside / "server.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=beside, env={**os.environ, **variables}, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _until(process: subprocess.Popen[bytes], beside: Path, there) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < until:
        if there():
            return
        time.sleep(0.05)
    raise AssertionError(f"it does not start: {(beside / 'server.log').read_text()[-3000:]}")


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=10).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
