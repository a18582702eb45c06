"""`sluice publish` and `sluice fetch`, with a real registry on this machine."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.registries import crane, distribution, serving


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
