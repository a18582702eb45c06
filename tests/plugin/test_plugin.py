"""Another distribution's check, gate metric, gateway and report format, installed beside ours and used."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import sysconfig
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.environments import ROOT, Environment, run

EXAMPLE = Path(__file__).parent / "example"
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
    place = tmp_path / "environments" / "dev" / "environment.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(environment_yaml("http://127.0.0.1:9090"))
    return tmp_path


def environment_yaml(prometheus: str, gateway: str = "nginx") -> str:
    return dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Environment
        metadata: {{name: dev}}
        spec:
          namespace: models
          traffic: embedded
          metrics: {{source: prometheus, url: "{prometheus}", gateway: {gateway}}}
        """)


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
    place = repository / "environments/dev/environment.yaml"
    place.write_text(environment_yaml("http://127.0.0.1:9090", gateway="sluice"))
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


class PrometheusStub:
    """Answers as a Prometheus that scrapes ingress-nginx, two tracks at 50 %: {(track, code): requests}."""

    def __init__(self, digest: str, requests: dict[tuple[str, str], int]) -> None:
        stub = self
        self.digest, self.requests = digest, requests

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                (query,) = parse_qs(urlsplit(self.path).query)["query"]
                result = [
                    {"metric": labels, "value": [time.time(), str(value)]}
                    for labels, value in stub.answer(query)
                ]
                body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}})
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, query: str) -> Iterator[tuple[dict[str, str], float]]:
        if "timestamp(" in query:
            assert "nginx_ingress_controller_build_info" in query
            for of in ("min gateway", "max gateway", "now"):
                yield {"of": of}, time.time()
        elif "resets(" not in query:
            assert "nginx_ingress_controller_requests" in query
            for (track, code), count in self.requests.items():
                labels = {"service": f"m-{track}", "status": code, "instance": "1"}
                yield {"__name__": "nginx_ingress_controller_requests", **labels}, count
            canary = {"model": "m", "track": "canary"}
            yield {"__name__": "sluice_gateway_weight", **canary}, 50
            yield {"__name__": "sluice_gateway_track_ready", **canary, "digest": self.digest}, 1


def model_yaml(version: int) -> str:
    digest = f"sha256:{hashlib.sha256(str(version).encode()).hexdigest()}"
    return dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Model
        metadata: {{name: m, owners: ["@team"]}}
        spec:
          version: {version}
          task: regression
          artifact: {{path: model.onnx, sha256: "{digest}"}}
          signature:
            inputs: [{{name: x, dtype: float32, shape: [batch, 1]}}]
            outputs: [{{name: y, dtype: float32, shape: [batch]}}]
          data:
            reference: {{path: data/r.parquet, sha256: "{digest}"}}
            evaluation: {{path: data/e.parquet, sha256: "{digest}"}}
            label: y
          rollout:
            steps: [50, 100]
            gates: [{{metric: client_errors, margin: 0.01}}]
        """)


def running(versions: list[tuple[int, str]], since: datetime) -> str:
    """release.yaml of version 1 and 2 at 50 % each, counted since then from counters at zero."""
    (stable, old), (canary, new) = versions
    digests = [f"sha256:{hashlib.sha256(str(number).encode()).hexdigest()}" for number in (stable, canary)]
    at = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    zero = "{canary: 0, stable: 0, bad_canary: [0], bad_stable: [0]}"
    return dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Release
        metadata: {{model: m, environment: dev}}
        tracks:
          stable: {{version: {stable}, revision: "{old}", digest: "{digests[0]}", weight: 50}}
          canary: {{version: {canary}, revision: "{new}", digest: "{digests[1]}", weight: 50}}
        started: "{at}"
        since: "{at}"
        baseline:
          at: "{at}"
          traffic: {{canary: 0, stable: 0}}
          totals: {{client_errors: {zero}}}
        counts: []
        history: []
        rejected: []
        hold: null
        """)


class Repository:
    """A bare repository on disk, with a work tree to commit from."""

    def __init__(self, folder: Path) -> None:
        self.bare, self.work = folder / "models.git", folder / "work"
        run("git", "init", "--quiet", "--bare", "--initial-branch=main", self.bare, cwd=folder)
        run("git", "clone", "--quiet", self.bare, self.work, cwd=folder)

    def commit(self, path: str, text: str) -> str:
        file = self.work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        person = ("-c", "user.name=olga", "-c", "user.email=olga@example.org")
        run("git", "add", "--all", cwd=self.work)
        run("git", *person, "commit", "--quiet", "--message", path, cwd=self.work)
        run("git", "push", "--quiet", "origin", "HEAD:main", cwd=self.work)
        return run("git", "rev-parse", "HEAD", cwd=self.work).stdout.strip()


@pytest.mark.parametrize(("refused", "decision"), [(400, "rollback"), (20, "advance")])
def test_the_gate_judges_the_metric_by_the_gateway(
    environment: Environment, tmp_path: Path, refused: int, decision: str
):
    requests = {
        ("stable", "200"): 19_980, ("stable", "404"): 20, ("stable", "503"): 0,
        ("canary", "200"): 20_000 - refused, ("canary", "404"): refused, ("canary", "503"): 0,
    }  # fmt: skip
    digest = f"sha256:{hashlib.sha256(b'2').hexdigest()}"
    prometheus = PrometheusStub(digest, requests)
    Thread(target=prometheus.server.serve_forever, daemon=True).start()
    repository = Repository(tmp_path)
    repository.commit("environments/dev/environment.yaml", environment_yaml(prometheus.url))
    versions = [(number, repository.commit("models/m/model.yaml", model_yaml(number))) for number in (1, 2)]
    since = datetime.now(UTC) - timedelta(minutes=10)
    repository.commit("environments/dev/m/release.yaml", running(versions, since))
    done = sluice(environment, "gate", "plan", "--repo", repository.bare, "--json", cwd=tmp_path)
    prometheus.server.shutdown()
    prometheus.server.server_close()
    (outcome,) = json.loads(done.stdout)["outcomes"]
    assert outcome["decision"] == decision, outcome
    assert [judged["gate"] for judged in outcome["judgements"]] == ["client_errors"]


def test_a_gateway_that_nobody_has_is_refused_by_name(environment: Environment, tmp_path: Path):
    repository = Repository(tmp_path)
    text = environment_yaml("http://127.0.0.1:9", gateway="haproxy")
    repository.commit("environments/dev/environment.yaml", text)
    repository.commit("models/m/model.yaml", model_yaml(1))
    done = sluice(environment, "gate", "plan", "--repo", repository.bare, cwd=tmp_path, check=False)
    assert "should be 'istio', 'nginx', 'sluice' or 'traefik', not \"haproxy\"" in done.stdout
