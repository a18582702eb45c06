"""`hf:` against a small Hub, which Hugging Face's own client downloads from as well (`make test-sources`)."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.authority import authority
from support.http_stub import Answer, Request, Site
from support.stores import needs_client

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
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
COMMIT = "3c1e" * 10
TOKEN = "hf_of_the_team"
ADDRESS = f"/team/model/resolve/{COMMIT}/onnx/w.bin"
STORED = "/repos/w.bin"
URI = f"hf:team/model@{COMMIT}/onnx/w.bin"


@dataclass(frozen=True)
class Hub:
    """The Hub, and the store of large files on another host, which it leads to."""

    site: Site
    store: Site


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    own = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(own.file))
    with Site() as site, Site(certificate=own.file) as store:
        store.pages[STORED] = CONTENT

        def resolve(request: Request) -> Answer:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return Answer(401, headers={"X-Error-Code": "GatedRepo"})
            linked = {"X-Linked-Size": str(len(CONTENT)), "X-Linked-Etag": f'"{DIGEST[7:]}"'}
            place = {"Location": store.url + STORED, "X-Repo-Commit": COMMIT}
            return Answer(302, headers={**place, **linked, "ETag": linked["X-Linked-Etag"]})

        site.pages[ADDRESS] = resolve
        monkeypatch.setenv("HF_ENDPOINT", site.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield Hub(site, store)


def fetched(cache: Cache, uri: str = URI, seconds: float = 60) -> bytes:
    return cache.fetch(Reference("w.bin", DIGEST, uri), Access(Http(seconds, None))).read_bytes()


@needs_client("huggingface_hub")
def test_the_hub_here_is_one_that_its_own_client_downloads_from(hub: Hub, tmp_path: Path) -> None:
    words = ["download", "team/model", "onnx/w.bin", "--revision", COMMIT, "--local-dir", str(tmp_path)]
    program = "import sys; from huggingface_hub.cli.hf import main; main()"
    variables = {**os.environ, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program, *words], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "onnx/w.bin").read_bytes() == CONTENT


def test_the_store_is_shown_no_token(hub: Hub, cache: Cache) -> None:
    assert fetched(cache) == CONTENT
    assert hub.site.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in hub.store.requests[0].headers


def test_a_missing_token_is_named(hub: Hub, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(Unauthorized, match="answers 401; give credentials"):
        fetched(cache)


@pytest.mark.parametrize(
    "trouble", [Answer(429, headers={"Retry-After": "0"}), Answer(body=CONTENT, cut=999)]
)
def test_a_moment_of_trouble_is_got_over(hub: Hub, cache: Cache, trouble: Answer) -> None:
    hub.store.pages[STORED] = [trouble, Answer(body=CONTENT)]
    assert fetched(cache) == CONTENT


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (Answer(404), NotFound, r"is not there \(404\)"),
        (Answer(body=b"another file"), ArtifactMismatch, "the artifact was swapped"),
        (Answer(429, headers={"Retry-After": "3600"}), SourceUnreachable, "asks to wait 3600 s"),
    ],
)
def test_what_no_second_try_helps_is_named(
    hub: Hub, cache: Cache, tmp_path: Path, answer: Answer, error: type[SluiceError], says: str
) -> None:
    hub.store.pages[STORED] = answer
    with pytest.raises(error, match=says):
        fetched(cache, seconds=0)
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_address_without_a_revision_is_refused(hub: Hub, cache: Cache) -> None:
    with pytest.raises(SourceRefused, match="is not hf:OWNER/NAME@REVISION/PATH"):
        fetched(cache, "hf:team/model/onnx/w.bin")
