import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from sluicegate.ci.__main__ import main
from sluicegate.gate.adapters.git.command import environment
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core import trailers
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import read, render
from sluicegate.specs.yamlio import parse

PATH = "environments/production/m/release.yaml"


def digest(version: int) -> str:
    return "sha256:" + hashlib.sha256(str(version).encode()).hexdigest()


def model_yaml(version: int) -> bytes:
    return dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Model
        metadata: {{name: m, owners: ["@team"]}}
        spec:
          version: {version}
          task: regression
          artifact: {{path: model.onnx, sha256: "{digest(version)}"}}
          signature:
            inputs: [{{name: x, dtype: float32, shape: [batch, 1]}}]
            outputs: [{{name: y, dtype: float32, shape: [batch]}}]
          data:
            reference: {{path: data/r.parquet, sha256: "{digest(version)}"}}
            evaluation: {{path: data/e.parquet, sha256: "{digest(version)}"}}
            label: y
          rollout:
            steps: [10, 100]
            gates: [{{metric: error_rate, margin: 0.05}}]
        """).encode()


class Gateway:
    """A gateway over HTTP: its weights are the repository's; 3,000 requests arrive between two looks."""

    def __init__(self, bare: Path) -> None:
        self.bare = bare
        self.failing = 0.0
        self.counts = {"stable": 0, "canary": 0}
        self.errors = 0
        self.hidden = "nothing"
        """Lines with this text are left out."""
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = gateway.text().encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def text(self) -> str:
        shown = subprocess.run(
            ["git", "show", f"main:{PATH}"], cwd=self.bare, capture_output=True, check=True
        )
        release = read(parse(shown.stdout, PATH))
        lines = ["process_start_time_seconds 1"]
        for track, weight in (("stable", 100 - release.weight), ("canary", release.weight)):
            self.counts[track] += 30 * weight
            failed = round(30 * weight * self.failing) if track == "canary" else 0
            self.errors += failed
            lines.append(f'sluice_gateway_weight{{model="m",track="{track}"}} {weight}')
        name = "sluice_gateway_requests_total"
        lines += [
            f'{name}{{model="m",track="stable",code="200"}} {self.counts["stable"]}',
            f'{name}{{model="m",track="canary",code="200"}} {self.counts["canary"] - self.errors}',
            f'{name}{{model="m",track="canary",code="500"}} {self.errors}',
        ]
        if release.canary:
            lines.append(
                f'sluice_gateway_track_ready{{model="m",track="canary",digest="{release.canary.digest}"}} 1'
            )
        return "\n".join(line for line in lines if self.hidden not in line) + "\n"


class Scene:
    """A bare repository with version 1 stable and version 2 merged, and its gateway."""

    def __init__(self, folder: Path) -> None:
        self.bare = folder / "remote.git"
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare)],
            check=True,
            env=environment(),
        )
        self.gateway = Gateway(self.bare)
        self.repository = Repository(self.bare)
        first = self.merge(
            {
                "models/m/model.yaml": model_yaml(1),
                "environments/production/environment.yaml": dedent(f"""\
                    apiVersion: sluicegate.dev/v1
                    kind: Environment
                    metadata: {{name: production}}
                    spec:
                      namespace: models
                      traffic: embedded
                      metrics: {{source: scrape, url: "{self.gateway.url}"}}
                    """).encode(),
            }
        )
        stable = Release("m", "production", stable=Version(1, first, digest(1)))
        self.merge({PATH: render(stable)})
        self.merge({"models/m/model.yaml": model_yaml(2)})

    def merge(self, changes: dict[str, bytes]) -> str:
        self.repository.fetch()
        now = datetime.now(UTC)
        sha = self.repository.commit(
            self.repository.tip("main"), changes, "by people", now, ("P", "p@example.org")
        )
        self.repository.push({"main": sha})
        return sha

    def sluice(self, *words: str, code: int = 0):
        done = CliRunner().invoke(main, ["gate", *words, "--repo", str(self.bare)])
        assert done.exit_code == code, done.output
        return done

    def release(self) -> Release:
        self.repository.fetch()
        return read(parse(self.repository.read(self.repository.tip("main"), PATH), PATH))

    def close(self) -> None:
        self.repository.close()
        self.gateway.server.shutdown()
        self.gateway.server.server_close()


@pytest.fixture
def scene(tmp_path: Path):
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def test_a_plan_is_told_in_sentences_and_as_data_and_writes_nothing(scene: Scene):
    before = scene.repository.remote()
    said = scene.sluice("plan").stdout
    assert said.startswith("m in production: advance, not written\n")
    assert "version 2 starts dark" in said
    (outcome,) = json.loads(scene.sluice("plan", "--json").stdout)["outcomes"]
    assert (outcome["decision"], outcome["version"], outcome["commits"]) == ("advance", 2, True)
    assert outcome["commit"] is None
    assert scene.repository.remote() == before


def test_a_tick_commits_and_says_which_commit(scene: Scene):
    (outcome,) = json.loads(scene.sluice("tick", "--json").stdout)["outcomes"]
    assert outcome["commit"] == scene.repository.remote()["main"]
    assert scene.release().canary.version == 2


@pytest.mark.parametrize("how", [("plan",), ("tick",), ("run", "--until-idle", "--interval", "0.01")])
@pytest.mark.parametrize(
    ("which", "said"),
    [
        (("another",), "there is no model 'another'; name one of: m"),
        (("m", "mm"), "there is no model 'mm'; did you mean m?"),
        (("--env", "prodution"), "there is no environment 'prodution'; did you mean production?"),
    ],
)
def test_a_name_that_is_nowhere_is_an_error_and_no_empty_success(scene: Scene, how, which, said):
    before = scene.repository.remote()
    assert said in scene.sluice(*how, *which, code=1).output
    assert scene.repository.remote() == before


def test_an_environment_without_models_has_nothing_to_look_at(tmp_path: Path):
    bare = tmp_path / "empty.git"
    subprocess.run(
        ["git", "init", "--quiet", "--bare", "-b", "main", str(bare)], check=True, env=environment()
    )
    with Repository(bare) as repository:
        sha = repository.commit(
            None,
            {"environments/dev/environment.yaml": b"x: 1\n"},
            "x",
            datetime.now(UTC),
            ("P", "p@example.org"),
        )
        repository.push({"main": sha})
    done = CliRunner().invoke(main, ["gate", "tick", "--env", "dev", "--repo", str(bare)])
    assert done.exit_code == 0 and "There is nothing to look at" in done.output, done.output


def test_a_cache_is_kept_and_a_folder_of_other_files_refused(scene: Scene, tmp_path: Path):
    cache, other = tmp_path / "cache", tmp_path / "other"
    cache.mkdir()
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    for _ in range(2):
        scene.sluice("plan", "--cache", str(cache))
    said = scene.sluice("plan", "--cache", str(other), code=1).output
    assert "holds files and is no copy of a repository" in said
    assert [path.name for path in other.iterdir()] == ["notes.txt"]


def test_one_answer_without_the_requests_blames_no_canary_for_those_before(scene: Scene):
    scene.gateway.failing = 0.5
    for _ in range(4):
        scene.sluice("tick")
    assert [r.version for r in scene.release().rejected] == [2]
    scene.gateway.failing = 0.0
    scene.gateway.counts = {"stable": 2700, "canary": 300}
    scene.merge({"models/m/model.yaml": model_yaml(3)})
    scene.sluice("tick")
    scene.sluice("tick")
    scene.gateway.counts = {"stable": 2700, "canary": 300}
    scene.gateway.hidden = "requests_total"
    before = scene.repository.remote()
    for _ in range(2):
        said = scene.sluice("tick").stdout
        assert "the gateway has no figures" in said and scene.repository.remote() == before
    scene.gateway.hidden = "nothing"
    scene.gateway.counts = {"stable": 2700, "canary": 300}
    for _ in range(2):
        scene.sluice("tick")
    assert [r.version for r in scene.release().rejected] == [2]
    assert scene.release().canary.version == 3


def test_a_run_until_idle_ends_with_the_version_stable_and_keeps_every_look(scene: Scene, tmp_path: Path):
    looks = tmp_path / "looks.jsonl"
    said = scene.sluice("run", "--interval", "0.01", "--until-idle", "--looks", str(looks)).stdout
    assert scene.release().stable.version == 2
    assert "m in production: finish, commit " in said
    assert "error_rate: rate difference (canary - stable) " in said and "margin 5 %: non-inferior" in said
    lines = [json.loads(line) for line in looks.read_text().splitlines()]
    assert lines[-1]["decision"] == "wait" and lines[-2]["decision"] == "finish"
    assert [line["next_weight"] for line in lines if line["decision"] == "advance"] == [0, 10, 100]


def test_a_failing_canary_is_rolled_back_over_real_http(scene: Scene):
    scene.gateway.failing = 0.3
    said = scene.sluice("run", "--interval", "0.01", "--until-idle").stdout
    assert "m in production: rollback, commit " in said and ": harm" in said
    assert [r.version for r in scene.release().rejected] == [2]


def test_a_gateway_that_is_gone_is_a_wait_with_its_reason(scene: Scene):
    scene.sluice("tick")
    scene.gateway.server.shutdown()
    scene.gateway.server.server_close()
    said = scene.sluice("tick").stdout
    assert said.startswith("m in production: wait\n") and "refused" in said


def test_commands_commit_the_reason(scene: Scene):
    scene.sluice("tick")
    scene.sluice("hold", "m", "--env", "production", "--reason", "the sale runs")
    assert scene.release().hold.reason == "the sale runs"
    scene.sluice("release", "m", "--env", "production", "--reason", "the sale is over")
    scene.sluice("promote", "m", "--env", "production", "--reason", "urgent", "--to", "99")
    assert scene.release().weight == 99
    scene.sluice("rollback", "m", "--env", "production", "--reason", "it was worse")
    assert scene.release().canary is None
    said = scene.sluice("retry", "m", "--env", "production", "--reason", "mended upstream", "--json").stdout
    (outcome,) = json.loads(said)["outcomes"]
    assert outcome["commit"] and scene.release().rejected == ()
    scene.repository.fetch()
    log = scene.repository.log(scene.repository.tip("main"), limit=5)
    for commit, why in zip(log, ("mended upstream", "it was worse", "urgent", "over", "runs"), strict=True):
        assert why in commit.message and trailers.parse(commit.message)["Gate-Model"] == "m"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("release", "m", "--env", "production", "--reason", "x"), 1, "Nothing is held here"),
        (("retry", "m", "--env", "production", "--reason", "x"), 1, "No version is rejected here"),
        (("hold", "m", "--env", "production", "--reason", " "), 1, "say why"),
        (("hold", "m", "--env", "production"), 2, "--reason"),
        (("hold", "other", "--env", "production", "--reason", "x"), 1, "there is no model 'other'"),
        (("hold", "m", "--env", "other", "--reason", "x"), 1, "there is no environment 'other'"),
        (("promote", "m", "--env", "production", "--reason", "x", "--to", "101"), 2, "101"),
        (("plan", "--branch", "other"), 1, "has no branch 'other'"),
    ],
)
def test_bad_input_is_named_and_wrong_usage_is_2(scene: Scene, words, code, said):
    before = scene.repository.remote()
    assert said in scene.sluice(*words, code=code).output
    assert scene.repository.remote() == before


def test_a_problem_is_exit_code_1_and_the_rest_is_done(scene: Scene):
    scene.merge({"models/bad/model.yaml": b"[\n"})
    said = scene.sluice("tick", code=1).stdout
    assert "bad in production: cannot be judged\n  problem: models/bad/model.yaml:" in said
    assert scene.release().canary.version == 2


def test_no_repository_is_named(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["gate", "plan"])
    assert done.exit_code == 1 and "in no git repository" in done.output
    done = CliRunner().invoke(main, ["gate", "plan", "--repo", str(tmp_path)])
    assert done.exit_code == 1 and "cannot be read as a repository" in done.output


def test_the_current_directorys_origin_is_the_repository(scene: Scene, tmp_path: Path, monkeypatch):
    work = tmp_path / "work"
    subprocess.run(["git", "clone", "--quiet", str(scene.bare), str(work)], check=True, env=environment())
    monkeypatch.chdir(work / "models")
    done = CliRunner().invoke(main, ["gate", "tick"])
    assert done.exit_code == 0, done.output
    assert scene.release().canary.version == 2


def test_a_run_ends_by_sigterm_with_its_look_done(scene: Scene, tmp_path: Path):
    looks = tmp_path / "looks.jsonl"
    os.mkfifo(looks)
    words = ["gate", "run", "--interval", "60", "--repo", str(scene.bare), "--looks", str(looks)]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "sluicegate.ci", *words], cwd=Path(__file__).parents[3]
    )
    try:
        with looks.open() as lines:
            assert json.loads(lines.readline())["decision"] == "advance"
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    assert scene.release().canary.version == 2


def test_a_run_serves_its_metrics_and_its_health(scene: Scene):
    words = ["gate", "run", "--interval", "0.05", "--repo", str(scene.bare), "--metrics-port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "sluicegate.ci", *words],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = process.stderr.readline().removeprefix("metrics at ").strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/metrics", address)
        for line in process.stdout:
            if "finish, commit" in line:
                break
        # The next tick has been counted when the series say so.
        for _ in range(1000):
            text = urlopen(address).read().decode()
            if 'decision="finish",environment="production",model="m"} 1.0' in text:
                break
            time.sleep(0.02)
        else:
            pytest.fail(text)
        assert "sluice_gate_leader 1.0" in text
        assert 'sluice_gate_release_running{environment="production",model="m"} 0.0' in text
        assert urlopen(address.replace("/metrics", "/healthz")).status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_metrics_port_that_is_taken_is_named_and_nothing_is_written(scene: Scene):
    before = scene.repository.remote()
    port = str(scene.gateway.server.server_port)
    said = scene.sluice("run", "--until-idle", "--metrics-port", port, code=1).output
    assert f"metrics cannot be served on 127.0.0.1:{port}" in said and "--metrics-port" in said
    scene.sluice("run", "--metrics-port", "70000", code=2)
    assert scene.repository.remote() == before


def test_a_lease_wants_its_namespace_and_a_cluster(scene: Scene, tmp_path: Path, monkeypatch):
    before = scene.repository.remote()
    assert "go together" in scene.sluice("run", "--lease", "gate", code=2).output
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    said = scene.sluice("run", "--until-idle", "--lease", "gate", "--lease-namespace", "x", code=1).output
    assert "no cluster is configured" in said and "leave out --lease" in said
    assert scene.repository.remote() == before
