"""The publish workflow's step, with a real oras and a real registry on this machine."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from harness.found import tool
from support import registries, webhooks
from support.http_stub import Answer, Request, StubServer

from sluicegate.ci.report import render
from sluicegate.validators.runner.finding import Finding, Report, Verdict

COUNT = itertools.count(1)


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """HOST:PORT of a registry."""
    with registries.serving(registries.crane, Path()) as there:
        yield there


@pytest.fixture
def registry(host: str) -> str:
    """HOST/NAMESPACE, empty."""
    return f"{host}/octo/models-{next(COUNT)}"


@pytest.fixture(autouse=True)
def oras_on_path(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "oras").symlink_to(tool("oras"))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def publish(sluice, work, tmp_path, monkeypatch):
    """Publish a push of `before`..`after`; what the step said, its outputs, the directory."""

    def run(before: str, after: str, registry: str = "", code: int = 0, more: tuple[object, ...] = ()):
        event, output = tmp_path / "event.json", tmp_path / "output"
        event.write_text(json.dumps(webhooks.push("octo/models", before, after)))
        output.write_text("")
        monkeypatch.setenv("GITHUB_OUTPUT", str(output))
        into = tmp_path / "publication"
        shutil.rmtree(into, ignore_errors=True)
        result = sluice(
            "github", "publish", "--event", event, "--event-name", "push", "--into", into,
            "--registry", registry, "-C", work.root, *more,
        )  # fmt: skip
        assert result.exit_code == code, result.output
        said = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return result, said, into

    return run


def second_version(work) -> tuple[str, str]:
    before = work.git("rev-parse", "main")
    work.edit("models/tiny/model.yaml", "version: 1", "version: 2")
    return before, work.commit("Version 2")


def oras(*words: str) -> str:
    return subprocess.run([tool("oras"), *words], capture_output=True, text=True, check=True).stdout


def test_a_new_version_is_in_the_registry_by_digest(publish, work, registry) -> None:
    result, said, _ = publish(*second_version(work), registry)
    assert said["models"] == "tiny:2"
    manifest = json.loads(oras("manifest", "fetch", "--plain-http", f"{registry}/tiny:2"))
    titles = [layer["annotations"]["org.opencontainers.image.title"] for layer in manifest["layers"]]
    assert titles == ["model.onnx", "model.yaml", "bom.cdx.json"]
    model = (work.root / "models/tiny/model.onnx").read_bytes()
    assert manifest["layers"][0]["digest"] == f"sha256:{hashlib.sha256(model).hexdigest()}"
    digest = oras("resolve", "--plain-http", f"{registry}/tiny:2").strip()
    assert f"{registry}/tiny:2@{digest}" in result.output
    lines = Path(said["checksums"]).read_text().splitlines()
    assert lines[0] == f"{digest.removeprefix('sha256:')}  {registry}/tiny"
    assert lines[1] == f"{hashlib.sha256(model).hexdigest()}  tiny/model.onnx"


def test_a_second_time_is_the_same_digest_and_sends_nothing(publish, work, registry) -> None:
    commits = second_version(work)
    first, *_ = publish(*commits, registry)
    again, *_ = publish(*commits, registry)
    assert "as before" in again.output
    assert first.output.strip() in again.output


def test_other_bytes_under_a_published_version_are_refused(publish, work, registry) -> None:
    before, after = second_version(work)
    work.edit("models/tiny/model.yaml", "@data/flights", "@data/others")
    rewritten = work.commit("Another version 2")
    publish(before, after, registry)
    result, *_ = publish(before, rewritten, registry, code=1)
    assert "raise spec.version" in result.stderr


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ({"*": 401}, "oras resolve ended with 1: Error response from registry: HEAD"),
        ({"*": 403}, "oras resolve ended with 1: Error response from registry: HEAD"),
        ({"HEAD": 404, "*": 403}, "oras cp ended with 1: "),
    ],
    ids=["not logged in", "may not read", "may not write"],
)
def test_a_registry_that_refuses_is_said_and_nothing_is_signed_for(publish, work, answers, what) -> None:
    """What cannot be asked for may be there, and is not written over."""

    def answer(request: Request) -> Answer:
        return Answer(answers.get(request.method, answers["*"]), b'{"errors": [{"code": "DENIED"}]}')

    with StubServer(answer) as stub:
        host = stub.url.removeprefix("http://")
        result, said, _ = publish(*second_version(work), f"{host}/octo/models", code=1)
    assert what in result.stderr
    assert "packages: write" in result.stderr
    assert said == {}
    assert not any(request.method == "PUT" for request in stub.requests)


def test_without_a_registry_it_is_packed_and_nothing_is_sent(publish, work) -> None:
    result, said, into = publish(*second_version(work))
    assert "nothing was sent" in result.output
    assert said["models"] == "tiny:2"
    assert json.loads((into / "oci/index.json").read_text())["manifests"]


def test_a_push_that_raises_no_version_publishes_nothing(publish, work) -> None:
    before = work.git("rev-parse", "main")
    work.write("models/tiny/README.md", "More words.\n")
    _, said, _ = publish(before, work.commit())
    assert said["models"] == ""


def test_bytes_that_model_yaml_does_not_pin_are_not_published(publish, work) -> None:
    work.write("models/tiny/model.onnx", b"other bytes")
    result, said, _ = publish(*second_version(work), code=1)
    assert "model.yaml pins sha256:" in result.stderr
    assert said == {}


@pytest.mark.parametrize("name", ["https://r/x", "r", "r/X", "r/x:tag", "r/x@y", "-r/x"])
def test_a_registry_that_is_none(publish, work, name) -> None:
    result, *_ = publish(*second_version(work), name, code=1)
    assert "is no registry" in result.stderr


def report_of(work, after: str, file: Path, **changed: object) -> Path:
    """What a complete run would have written of the model's files at a commit."""
    content = changed.pop("content", None) or work.git("rev-parse", f"{after}:models/tiny")
    finding = Finding(
        "quality", Verdict.PASS, "roc_auc at least 0.6", "tiny", observed=0.71, interval=(0.6, 0.8)
    )
    verdict = changed.pop("verdict", Verdict.PASS)
    report = Report((finding,), 1.0, contents={"tiny": content}, models={"tiny": verdict}, **changed)
    file.write_text(render(report, "json"))
    return file


def test_the_bill_of_materials_has_the_metrics_of_the_accepted_verdict(publish, work, tmp_path) -> None:
    before, after = second_version(work)
    _, _, into = publish(before, after, more=("--report", report_of(work, after, tmp_path / "report.json")))
    text = (into / "tiny/bom.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    card = json.loads(text)["metadata"]["component"]["modelCard"]
    assert card["quantitativeAnalysis"]["performanceMetrics"] == [
        {
            "type": "roc_auc at least 0.6",
            "value": "0.71",
            "confidenceInterval": {"lowerBound": "0.6", "upperBound": "0.8"},
        }
    ]


@pytest.mark.parametrize(
    "changed", [{"content": "a" * 40}, {"verdict": Verdict.FAIL}, {"left_out": ("quality",)}]
)
def test_a_report_that_lets_other_files_pass_is_refused(publish, work, tmp_path, changed) -> None:
    before, after = second_version(work)
    report = report_of(work, after, tmp_path / "report.json", **changed)
    result, _, _ = publish(before, after, code=1, more=("--report", report))
    assert "lets no version of tiny pass that has these files" in result.output
