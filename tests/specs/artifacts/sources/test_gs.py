"""`gs:` against fake-gcs-server, which speaks Google Cloud Storage's JSON API (`make test-sources`).

gcsfs tries six times by itself, for half a minute, before it says what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.relay import Relay, cut, status
from support.stores import CONTENT, bucket, fetched, gcs, needs_client

from sluicegate.specs.artifacts.cache import Cache
from sluicegate.specs.artifacts.errors import (
    ArtifactMismatch,
    NotFound,
    SourceRefused,
    SourceUnreachable,
)
from sluicegate.specs.artifacts.http import CHUNK

URI = "gs://models/team/w.bin"
pytestmark = [needs_client("gcsfs"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with gcs(bucket(tmp_path_factory.mktemp("gs"), URI)) as address:
        yield address


@pytest.fixture
def relay(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    with Relay(server, least=1000) as relay:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", relay.url)
        yield relay


def test_it_is_fetched_block_by_block(relay: Relay, cache: Cache) -> None:
    assert fetched(cache, URI) == CONTENT
    spans = [request.headers["range"] for request in relay.requests if "range" in request.headers]
    assert spans == [f"bytes=0-{2 * CHUNK - 1}", f"bytes={2 * CHUNK}-{4 * CHUNK - 1}"]


def test_other_bytes_than_the_pinned_are_refused(relay: Relay, cache: Cache, tmp_path: Path) -> None:
    with pytest.raises(ArtifactMismatch, match="the artifact was swapped"):
        fetched(cache, URI, digest="sha256:" + "0" * 64)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("uri", ["gs://models/team/other.bin", "gs://nobody/w.bin"])
def test_an_absent_key_or_bucket_is_named(relay: Relay, cache: Cache, uri: str) -> None:
    with pytest.raises(NotFound, match=f"{uri} is not there"):
        fetched(cache, uri)


@pytest.mark.parametrize("code", [401, 403])
def test_a_refusal_is_named_at_once(relay: Relay, cache: Cache, code: int) -> None:
    """The server knows no accounts: the relay refuses in its place."""
    relay.faults = [status(code)] * 100
    with pytest.raises(SourceRefused, match="give credentials that may read it"):
        fetched(cache, URI)
    assert len(relay.spoilt) == 1


@pytest.mark.parametrize("fault", [cut(300_000), status(429), status(503)])
def test_a_moment_of_trouble_is_got_over(relay: Relay, cache: Cache, fault) -> None:
    relay.faults = [fault]
    assert fetched(cache, URI) == CONTENT
    assert len(relay.spoilt) == 1


def test_a_server_that_is_gone_is_named(relay: Relay, cache: Cache) -> None:
    relay.close()
    with pytest.raises(SourceUnreachable, match="Cannot connect to host"):
        fetched(cache, URI, seconds=0)
