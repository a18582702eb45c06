"""What another distribution adds (a check, metrics, a gateway, a format, a source), installed and used."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from support.environments import CLEAN, ROOT, Environment, run
from support.http_stub import Request, StubServer
from support.repositories import commit_files, git
from support.specs import artifact_digest, environment_yaml, model_yaml

EXAMPLE = Path(__file__).parent / "example"
SECONDS = 600.0
CARD = "  card: {words: 3}\n"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The plug-in is installed in it; Sluicegate and its dependencies are those of the tests' own."""
    folder = tmp_path_factory.mktemp("plugin")
    made = Environment.make(folder / "venv")
    ours = sysconfig.get_path("purelib")
    (made.packages / "sluicegate-of-the-tests.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    shutil.copytree(EXAMPLE, folder / "example")
    made.pip("install", "--no-deps", "--no-build-isolation", folder / "example")
    return made


def sluice(environment: Environment, *words: str | Path, cwd: Path, check: bool = True) -> Any:
    return run(environment.program("python"), "-P", "-m", "sluicegate", *words, cwd=cwd, check=check)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with our model `digits`, which has a section of the plug-in's; an environment with nginx."""
    model = tmp_path / "models" / "digits"
    shutil.copytree(ROOT / "models" / "digits", model)
    text = (model / "model.yaml").read_text()
    (model / "model.yaml").write_text(text + CARD)
    file = tmp_path / "environments" / "dev" / "environment.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes(with_gateway())
    return tmp_path


def with_gateway(gateway: str = "nginx", prometheus: str = "http://127.0.0.1:9090") -> bytes:
    return environment_yaml("dev", namespace="models", gateway=gateway, url=prometheus)


def judged(environment: Environment, repository: Path) -> tuple[str, str]:
    """Verdict and message of the plug-in's check."""
    words = ("validate", "digits", "--check", "model-card", "--format", "json")
    report = json.loads(sluice(environment, *words, cwd=repository, check=False).stdout)
    (finding,) = (found for found in report["findings"] if found["check"] == "model-card")
    return finding["verdict"], finding["message"]


def test_the_check_is_listed_with_what_its_docstring_says(environment: Environment, tmp_path: Path):
    rows = json.loads(sluice(environment, "checks", "--json", cwd=tmp_path).stdout)
    (row,) = (row for row in rows if row["check"] == "model-card")
    assert (row["title"], row["section"]) == ("The model has a card.", "card")


def test_the_metric_is_listed_and_judges_in_the_contained_process(environment: Environment, repository: Path):
    rows = json.loads(sluice(environment, "metrics", "--json", cwd=repository).stdout)
    (row,) = (row for row in rows if row["metric"] == "median_error")
    assert (row["tasks"], row["lower_is_better"]) == (["regression", "forecasting"], True)
    file = repository / "models/digits/model.yaml"
    rule = "    - {metric: median_error, at_most: 2.0}\n"
    file.write_text(file.read_text().replace("  quality:\n", f"  quality:\n{rule}"))
    words = ("validate", "digits", "--check", "quality", "--format", "json")
    report = json.loads(sluice(environment, *words, cwd=repository, check=False).stdout)
    messages = [found["message"] for found in report["findings"] if found["check"] == "quality"]
    assert any("median_error is not a metric of multiclass-classification" in said for said in messages)


def test_the_check_runs_in_the_contained_process_with_its_section(environment: Environment, repository: Path):
    verdict, message = judged(environment, repository)
    assert verdict == "pass" and message.startswith("README.md has ")
    (repository / "models/digits/README.md").write_text("A model.")
    assert judged(environment, repository) == ("fail", "README.md has 2 words of at least 3")


def test_without_the_plug_in_neither_its_gateway_nor_its_section_is_known(repository: Path):
    def refusal() -> str:
        ours = Path(sysconfig.get_path("scripts")) / "sluice"
        done = run(ours, "validate", "digits", cwd=repository, check=False)
        assert done.returncode == 1
        return done.stdout + done.stderr

    assert "should be 'istio', 'sluice' or 'traefik', not \"nginx\"" in refusal()
    file = repository / "environments/dev/environment.yaml"
    file.write_bytes(with_gateway("sluice"))
    assert "spec.card: no such key" in refusal()


def test_the_schemas_have_what_the_plug_in_declares(environment: Environment, repository: Path):
    sluice(environment, "schema", cwd=repository)
    model = json.loads((repository / "models/model.schema.json").read_text())
    assert "ClientErrors" in model["$defs"] and "card" in model["$defs"]["Body"]["properties"]
    read = json.loads((repository / "environments/environment.schema.json").read_text())
    assert read["$defs"]["Metrics"]["properties"]["gateway"]["enum"] == [
        "istio",
        "nginx",
        "sluice",
        "traefik",
    ]


def test_the_format_renders_the_report(environment: Environment, repository: Path):
    words = ("validate", "digits", "--check", "model-card", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(sluice(environment, *words, cwd=repository).stdout)))
    assert ("digits", "model-card", "pass") in {(row["model"], row["check"], row["verdict"]) for row in rows}


def test_the_source_brings_the_artifact(
    environment: Environment, repository: Path, monkeypatch: pytest.MonkeyPatch
):
    model = repository / "models/digits"
    data = (model / "model.onnx").read_bytes()
    (model / "model.onnx").unlink()
    file = model / "model.yaml"
    file.write_text(
        re.sub(
            r'artifact: \{path: model.onnx, (sha256: "[^"]*")\}',
            r'artifact: {files: [{uri: "shelf:digits/model.onnx", \1}]}',
            file.read_text(),
        )
    )
    words = ("validate", "digits", "--check", "artifact-digests", "--format", "json")
    monkeypatch.setitem(CLEAN, "SLUICE_CACHE", str(repository / "cache"))

    def found() -> list[tuple[str, str, str]]:
        report = json.loads(sluice(environment, *words, cwd=repository, check=False).stdout)
        return [
            (one["verdict"], one["message"], one["remedy"])
            for one in report["findings"]
            if one["check"] == "artifact-digests"
        ]

    assert "SHELF_URL names no server" in str(found())
    with StubServer(lambda request: data if request.path == "/digits/model.onnx" else b"") as shelf:
        monkeypatch.setitem(CLEAN, "SHELF_URL", shelf.url)
        assert {verdict for verdict, _, _ in found()} == {"pass"}


@dataclass(frozen=True)
class NginxInPrometheus:
    """Answers as a Prometheus that scrapes ingress-nginx, two tracks at 50 %: {(track, code): requests}.

    These have come in evenly, in `SECONDS` until now.
    """

    digest: str
    requests: dict[tuple[str, str], int]
    now: float

    def __call__(self, request: Request) -> bytes:
        query = request.query
        assert "nginx_ingress_controller_build_info" in query["query"]
        assert "nginx_ingress_controller_requests" in query["query"]
        if request.path.endswith("query_range"):
            start, end, step = (float(query[name]) for name in ("start", "end", "step"))
            moments = [start + step * number for number in range(int((end - start) / step) + 1)]
        else:
            moments = [self.now]
        result = [
            {"metric": labels, "values": [[at, str(value(at))] for at in moments]}
            for labels, value in self.series()
        ]
        return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()

    def series(self) -> Iterator[tuple[dict[str, str], Callable[[float], float]]]:
        for of in ("min gateway", "max gateway", "now"):
            yield {"of": of}, lambda at: at
        for (track, code), count in self.requests.items():
            labels = {"service": f"m-{track}", "status": code, "instance": "1"}
            name = {"__name__": "nginx_ingress_controller_requests"}
            yield name | labels, lambda at, count=count: int(count * (1 - (self.now - at) / SECONDS))
        canary = {"model": "m", "track": "canary"}
        yield {"__name__": "sluice_gateway_weight", **canary}, lambda _: 50
        yield {"__name__": "sluice_gateway_track_ready", **canary, "digest": self.digest}, lambda _: 1


def specified(version: int) -> bytes:
    """A model.yaml whose one gate is the plug-in's."""
    return model_yaml(version=version, steps="[50, 100]").replace(b"error_rate", b"client_errors")


def clone(folder: Path) -> Path:
    """A new repository with a work tree."""
    git("init", "--quiet", "--initial-branch=main", "work", cwd=folder)
    return folder / "work"


def running(versions: list[tuple[int, str]], since: datetime) -> str:
    """release.yaml of version 1 and 2 at 50 % each, since then."""
    (stable, old), (canary, new) = versions
    digests = [artifact_digest("m", number) for number in (stable, canary)]
    at = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Release
        metadata: {{model: m, environment: dev}}
        tracks:
          stable: {{version: {stable}, revision: "{old}", digest: "{digests[0]}", weight: 50}}
          canary: {{version: {canary}, revision: "{new}", digest: "{digests[1]}", weight: 50}}
        started: "{at}"
        since: "{at}"
        counts: []
        history: []
        rejected: []
        hold: null
        """)


@pytest.mark.parametrize(("refused", "harmful"), [(400, True), (20, False)])
def test_the_gate_judges_the_metric_by_the_gateway(
    environment: Environment, tmp_path: Path, refused: int, harmful: bool
):
    requests = {
        ("stable", "200"): 19_980, ("stable", "404"): 20, ("stable", "503"): 0,
        ("canary", "200"): 20_000 - refused, ("canary", "404"): refused, ("canary", "503"): 0,
    }  # fmt: skip
    with StubServer(NginxInPrometheus(artifact_digest("m", 2), requests, time.time())) as prometheus:
        work = clone(tmp_path)
        commit_files(work, {"environments/dev/environment.yaml": with_gateway(prometheus=prometheus.url)})
        versions = [
            (number, commit_files(work, {"models/m/model.yaml": specified(number)})) for number in (1, 2)
        ]
        since = datetime.now(UTC) - timedelta(seconds=SECONDS)
        commit_files(work, {"environments/dev/m/release.yaml": running(versions, since)})
        done = sluice(environment, "gate", "plan", "--repo", work, "--json", cwd=tmp_path, check=False)
    assert done.returncode == 1
    (outcome,) = json.loads(done.stdout)["outcomes"]
    (judged,) = outcome["judgements"]
    assert (judged["gate"], judged["harm"], judged["proven"]) == ("client_errors", harmful, not harmful)
    assert "no evidence of a decision was found" in outcome["problem"], "the state was written by hand"
    assert outcome["decision"] == ("rollback" if harmful else "hold")


def test_a_gateway_that_nobody_has_is_refused_by_name(environment: Environment, tmp_path: Path):
    work = clone(tmp_path)
    text = with_gateway("haproxy")
    commit_files(work, {"environments/dev/environment.yaml": text, "models/m/model.yaml": specified(1)})
    done = sluice(environment, "gate", "plan", "--repo", work, cwd=tmp_path, check=False)
    assert "should be 'istio', 'nginx', 'sluice' or 'traefik', not \"haproxy\"" in done.stdout
