"""`s3:` against versitygw, which speaks S3 over a directory (`make test-sources`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.relay import Relay, cut, status
from support.stores import CONTENT, DIGEST, S3_ACCOUNT, bucket, fetched, needs_client, s3

from sluicegate.specs.artifacts.cache import Cache
from sluicegate.specs.artifacts.errors import (
    ArtifactMismatch,
    NotFound,
    SourceRefused,
    SourceUnreachable,
)
from sluicegate.specs.artifacts.http import CHUNK

URI = "s3://models/team/w.bin"
pytestmark = [needs_client("s3fs"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3(bucket(tmp_path_factory.mktemp("s3"), URI)) as address:
        yield address


@pytest.fixture
def relay(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Relay]:
    """Between the client and the server; the machine's own accounts are out of sight."""
    with Relay(server, least=1000) as relay:
        own = {"AWS_ENDPOINT_URL": relay.url, "AWS_DEFAULT_REGION": "us-east-1", **S3_ACCOUNT}
        own |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": str(tmp_path / "none")}
        own |= {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}
        for name, value in own.items():
            monkeypatch.setenv(name, value)
        yield relay


def left(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").iterdir())


def test_it_is_fetched_block_by_block(relay: Relay, cache: Cache) -> None:
    assert fetched(cache, URI) == CONTENT
    spans = [request.headers["range"] for request in relay.requests if "range" in request.headers]
    assert spans == [f"bytes=0-{2 * CHUNK - 1}", f"bytes={2 * CHUNK}-{4 * CHUNK - 1}"]


def test_other_bytes_than_the_pinned_are_refused(relay: Relay, cache: Cache, tmp_path: Path) -> None:
    with pytest.raises(ArtifactMismatch, match="the artifact was swapped"):
        fetched(cache, URI, digest="sha256:" + "0" * 64)
    assert left(tmp_path) == []


@pytest.mark.parametrize("uri", ["s3://models/team/other.bin", "s3://nobody/w.bin"])
def test_an_absent_key_or_bucket_is_named(relay: Relay, cache: Cache, uri: str) -> None:
    with pytest.raises(NotFound, match=f"{uri} is not there"):
        fetched(cache, uri)


def test_a_wrong_password_is_named(relay: Relay, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(SourceRefused, match=r"w\.bin: Forbidden; give credentials that may read it"):
        fetched(cache, URI)


def test_no_credentials_are_named(relay: Relay, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in S3_ACCOUNT:
        monkeypatch.delenv(name)
    with pytest.raises(SourceRefused, match="Unable to locate credentials; give credentials"):
        fetched(cache, URI)


@pytest.mark.parametrize("fault", [cut(300_000), status(429), status(503)])
def test_a_moment_of_trouble_is_got_over(relay: Relay, cache: Cache, fault) -> None:
    relay.faults = [fault]
    assert fetched(cache, URI) == CONTENT
    assert len(relay.spoilt) == 1


@pytest.mark.parametrize(
    ("fault", "says"),
    [(cut(300_000), "Response payload is not completed"), (status(429), "Too Many Requests")],
)
def test_lasting_trouble_is_named(relay: Relay, cache: Cache, fault, says: str) -> None:
    relay.faults = [fault] * 100
    with pytest.raises(SourceUnreachable, match=says):
        fetched(cache, URI, seconds=0)


def test_a_part_that_a_fetch_left_is_gone_on_with(relay: Relay, cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / f".part-{DIGEST.replace(':', '-')}").write_bytes(CONTENT[:300_000])
    assert fetched(cache, URI) == CONTENT
    spans = [request.headers["range"] for request in relay.requests if "range" in request.headers]
    assert spans[0].startswith("bytes=300000-")


def test_a_server_that_is_gone_is_named(relay: Relay, cache: Cache) -> None:
    relay.close()
    with pytest.raises(SourceUnreachable, match="Could not connect to the endpoint URL"):
        fetched(cache, URI, seconds=0)
