"""`sluice publish` and `sluice fetch`, with a real registry on this machine."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.registries import crane, distribution, serving
from support.relay import Relay, status


@pytest.fixture(scope="module", params=[crane, distribution])
def registry(request, tmp_path_factory) -> Iterator[str]:
    """HOST:PORT of a real registry."""
    with serving(request.param, tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("SLUICE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_model_goes_to_a_registry_and_comes_back(sluice, work, registry, cache) -> None:
    model = work.root / "models/tiny"
    content = (model / "model.onnx").read_bytes()
    before = (model / "model.yaml").read_text().splitlines()
    to = f"oci://{registry}/team/tiny"
    pushed = sluice("publish", "tiny", "--to", to, "-C", work.root)
    assert pushed.exit_code == 0, pushed.output
    assert f"pushed version 1 of tiny to {to}:1, manifest sha256:" in pushed.output
    assert "- 1 of 1 were new there" in pushed.output
    after = (model / "model.yaml").read_text().splitlines()
    (changed,) = [new for old, new in zip(before, after, strict=True) if old != new]
    assert f'{{uri: "{to}:1", name: "model.onnx", sha256: "sha256:' in changed
    url = f"http://{registry}/v2/team/tiny/manifests/1"
    asked = urllib.request.Request(url, headers={"Accept": "application/vnd.oci.image.manifest.v1+json"})
    manifest = json.loads(urllib.request.urlopen(asked, timeout=30).read())
    assert manifest["artifactType"] == "application/vnd.cncf.model.manifest.v1+json"
    (model / "model.onnx").unlink()
    fetched = sluice("fetch", "tiny", "-C", work.root)
    assert fetched.exit_code == 0, fetched.output
    (entry,) = cache.iterdir()
    assert entry.read_bytes() == content
    judged = sluice("validate", "tiny", "--check", "artifact-digests", "-C", work.root)
    assert "model.onnx is as pinned" in judged.output
    again = sluice("publish", "tiny", "--to", to, "-C", work.root)
    assert "- 0 of 1 were new there" in again.output


def test_what_is_not_there_any_more_fails_by_its_name(sluice, work, registry) -> None:
    text = (work.root / "models/tiny/model.yaml").read_text()
    digest = "sha256:" + "0" * 64
    artifact = (
        f'artifact: {{files: [{{uri: "oci://{registry}/team/gone", name: m.onnx, sha256: "{digest}"}}]}}'
    )
    changed = re.sub(r"artifact: \{.*\}", artifact, text)
    (work.root / "models/tiny/model.yaml").write_text(changed)
    judged = sluice("validate", "tiny", "--check", "artifact-digests", "-C", work.root)
    assert judged.exit_code == 1
    assert "could not be had" in judged.output and "is not there (404)" in judged.output


def test_an_address_that_is_no_registry_s_is_refused_and_nothing_changes(sluice, work) -> None:
    before = (work.root / "models/tiny/model.yaml").read_bytes()
    refused = sluice("publish", "tiny", "--to", "https://host/x", "-C", work.root)
    assert refused.exit_code == 1
    assert "write oci://REGISTRY/REPOSITORY" in refused.output
    assert (work.root / "models/tiny/model.yaml").read_bytes() == before


@pytest.fixture
def relay(registry: str) -> Iterator[Relay]:
    """Between the client and the registry."""
    with Relay(f"http://{registry}", least=0) as relay:
        yield relay


def test_a_moment_of_trouble_at_any_request_is_got_over(sluice, work, relay, cache) -> None:
    to = f"oci://{relay.url.removeprefix('http://')}/team/busy"
    relay.faults = [
        fault for _ in range(7) for fault in (status(429, Retry_After="0"), lambda answer: answer)
    ]
    pushed = sluice("publish", "tiny", "--to", to, "-C", work.root)
    assert pushed.exit_code == 0, pushed.output
    assert pushed.output.count("status 429; trying again") >= 3
    (work.root / "models/tiny/model.onnx").unlink()
    assert sluice("fetch", "tiny", "-C", work.root).exit_code == 0


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (status(401), "run `docker login 127.0.0.1:"),
        (status(429, Retry_After="3600"), "status 429, and asks to wait 3600 s"),
        (status(507), "answers 507"),
    ],
)
def test_what_no_second_try_helps_is_named_and_nothing_is_pinned(
    sluice, work, relay, before: int, fault, says: str
) -> None:
    """A push has three requests at least, where the registry has the blobs already."""
    written = (work.root / "models/tiny/model.yaml").read_bytes()
    to = f"oci://{relay.url.removeprefix('http://')}/team/refused-{before}"
    relay.faults = [lambda answer: answer] * before + [fault] * 2
    refused = sluice("publish", "tiny", "--to", to, "-C", work.root)
    assert (refused.exit_code, says in refused.stderr) == (1, True), refused.output
    assert (work.root / "models/tiny/model.yaml").read_bytes() == written
