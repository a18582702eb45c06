"""`sluice gate` from the command line to the remote; `_gate_repository` is tested here, where it is used."""

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner
from support.http_stub import StubServer
from support.repositories import bare_repository, git
from support.specs import artifact_digest, environment_yaml, model_yaml

from sluicegate.ci.__main__ import main
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core import trailers
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import read, render
from sluicegate.specs.yamlio import parse

ENVIRONMENT = "environments/production/environment.yaml"
MODEL = "models/m/model.yaml"
RELEASE = "environments/production/m/release.yaml"
PEOPLE = ("P", "p@example.org")


class Gateway:
    """A gateway over HTTP: its weights are the repository's; 3,000 requests arrive between two scrapes."""

    def __init__(self, bare: Path) -> None:
        self.bare = bare
        self.failing = 0.0
        self.counts = {"stable": 0, "canary": 0}
        self.errors = 0
        self.hidden = "nothing"
        """Lines with this text are left out."""
        self.server = StubServer(lambda _: self.text().encode())
        self.url = self.server.url

    def text(self) -> str:
        text = git("show", f"main:{RELEASE}", cwd=self.bare)
        release = read(parse(text.encode(), RELEASE))
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
            labels = f'model="m",track="canary",digest="{release.canary.digest}"'
            lines.append(f"sluice_gateway_track_ready{{{labels}}} 1")
        return "\n".join(line for line in lines if self.hidden not in line) + "\n"


def model(version: int) -> bytes:
    return model_yaml(version=version, margin=0.05, steps="[10, 100]")


class Scene:
    """A bare repository with version 1 stable and version 2 merged, and its gateway."""

    def __init__(self, folder: Path) -> None:
        self.bare = bare_repository(folder / "remote.git")
        self.gateway = Gateway(self.bare)
        self.repository = Repository(self.bare)
        quick = "  rollout: {window: 1s, min_seconds: 0}\n"
        environment = environment_yaml("production", url=self.gateway.url, extra=quick)
        first = self.merge({MODEL: model(1), ENVIRONMENT: environment})
        stable = Release("m", "production", stable=Version(1, first, artifact_digest("m", 1)))
        self.merge({RELEASE: render(stable)})
        self.sluice("adopt", "m", "--env", "production", "--reason", "as it was", "--as", "P <p@example.org>")
        self.merge({MODEL: model(2)})

    def merge(self, changes: dict[str, bytes], ahead: timedelta = timedelta(0)) -> str:
        self.repository.fetch()
        tip = self.repository.tip("main")
        sha = self.repository.commit(tip, changes, "by people", datetime.now(UTC) + ahead, PEOPLE)
        self.repository.push({"main": sha})
        return sha

    def sluice(self, *words: str, code: int = 0):
        done = CliRunner().invoke(main, ["gate", *words, "--repo", str(self.bare)])
        assert done.exit_code == code, done.output
        return done

    def start(self, *words: str, **options) -> subprocess.Popen:
        """`sluice gate run` as a process of its own."""
        command = [
            sys.executable,
            "-P",
            "-m",
            "sluicegate.ci",
            "gate",
            "run",
            "--repo",
            str(self.bare),
            *words,
        ]
        return subprocess.Popen(command, cwd=Path(__file__).parents[3], **options)

    def release(self) -> Release:
        self.repository.fetch()
        return read(parse(self.repository.read(self.repository.tip("main"), RELEASE), RELEASE))

    def close(self) -> None:
        self.repository.close()
        self.gateway.server.close()


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Olga")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "olga@example.org")
    scene = Scene(tmp_path)
    yield scene
    scene.close()


def test_a_plan_is_printed_in_sentences_or_as_data_and_writes_nothing(scene: Scene):
    before = scene.repository.remote()
    output = scene.sluice("plan").stdout
    assert output.startswith("m in production: advance, not written\n")
    assert "version 2 starts dark" in output
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
    ("selection", "message"),
    [
        (("another",), "there is no model 'another'; name one of: m"),
        (("m", "mm"), "there is no model 'mm'; did you mean m?"),
        (("--env", "prodution"), "there is no environment 'prodution'; did you mean production?"),
    ],
)
def test_a_name_that_is_nowhere_is_an_error_not_an_empty_success(scene: Scene, how, selection, message):
    before = scene.repository.remote()
    assert message in scene.sluice(*how, *selection, code=1).output
    assert scene.repository.remote() == before


def test_an_environment_without_models_has_nothing_to_evaluate(tmp_path: Path):
    bare = bare_repository(tmp_path / "empty.git")
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
    assert done.exit_code == 0 and "There is nothing to evaluate" in done.output, done.output


def test_a_cache_is_kept_and_a_folder_of_other_files_refused(scene: Scene, tmp_path: Path):
    cache, other = tmp_path / "cache", tmp_path / "other"
    cache.mkdir()
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    for _ in range(2):
        scene.sluice("plan", "--cache", str(cache))
    output = scene.sluice("plan", "--cache", str(other), code=1).output
    assert "holds files and is not a copy of a repository" in output
    assert [path.name for path in other.iterdir()] == ["notes.txt"]


def test_a_run_until_idle_ends_with_the_version_stable_and_keeps_every_evaluation(
    scene: Scene, tmp_path: Path
):
    looks = tmp_path / "looks.jsonl"
    output = scene.sluice("run", "--interval", "0.01", "--until-idle", "--looks", str(looks)).stdout
    assert scene.release().stable.version == 2
    assert "m in production: finish, commit " in output
    assert "error_rate: rate difference (canary - stable) " in output and "margin 5 %: non-inferior" in output
    lines = [json.loads(line) for line in looks.read_text().splitlines()]
    assert lines[-1]["decision"] == "wait" and lines[-2]["decision"] == "finish"
    assert [line["next_weight"] for line in lines if line["decision"] == "advance"] == [0, 10, 100]


def test_a_failing_canary_is_rolled_back_over_real_http(scene: Scene):
    scene.gateway.failing = 0.3
    output = scene.sluice("run", "--interval", "0.01", "--until-idle").stdout
    assert "m in production: rollback, commit " in output and ": harmful" in output
    assert [r.version for r in scene.release().rejected] == [2]


def test_a_gateway_that_is_gone_is_a_wait_with_its_reason(scene: Scene):
    scene.sluice("tick")
    scene.gateway.server.close()
    output = scene.sluice("tick").stdout
    assert output.startswith("m in production: wait\n") and "refused" in output


def test_commands_commit_the_reason(scene: Scene):
    scene.sluice("tick")
    scene.sluice("hold", "m", "--env", "production", "--reason", "the sale runs")
    assert scene.release().hold.reason == "the sale runs"
    scene.sluice("release", "m", "--env", "production", "--reason", "the sale is over")
    scene.sluice("promote", "m", "--env", "production", "--reason", "urgent", "--to", "99")
    assert scene.release().weight == 99
    scene.sluice("rollback", "m", "--env", "production", "--reason", "it was worse")
    assert scene.release().canary is None
    output = scene.sluice("retry", "m", "--env", "production", "--reason", "fixed upstream", "--json").stdout
    (outcome,) = json.loads(output)["outcomes"]
    assert outcome["commit"] and scene.release().rejected == ()
    scene.repository.fetch()
    log = scene.repository.log(scene.repository.tip("main"), limit=5)
    for commit, why in zip(log, ("fixed upstream", "it was worse", "urgent", "over", "runs"), strict=True):
        assert why in commit.message and trailers.parse(commit.message)["Gate-Model"] == "m"


@pytest.mark.parametrize(
    ("words", "code", "message"),
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
def test_bad_input_is_named_and_wrong_usage_is_2(scene: Scene, words, code, message):
    before = scene.repository.remote()
    assert message in scene.sluice(*words, code=code).output
    assert scene.repository.remote() == before


def test_a_problem_is_exit_code_1_and_the_rest_is_done(scene: Scene):
    scene.merge({"models/bad/model.yaml": b"[\n"})
    output = scene.sluice("tick", code=1).stdout
    assert "bad in production: cannot be judged\n  problem: models/bad/model.yaml:" in output
    assert scene.release().canary.version == 2


def test_a_command_that_was_carried_out_is_exit_code_0_whatever_else_is_named(scene: Scene):
    scene.sluice("tick")
    scene.merge({"README.md": b"hello\n"}, ahead=timedelta(hours=1))
    assert "ahead of this gate's clock" in scene.sluice("plan", code=1).stdout
    output = scene.sluice("promote", "m", "--env", "production", "--reason", "runs").stdout
    assert output.startswith("m in production: advance, commit ")
    assert "  problem: main's last commit, " in output
    assert scene.release().weight == 10


def test_no_repository_is_named(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["gate", "plan"])
    assert done.exit_code == 1 and "is not in a git repository" in done.output
    done = CliRunner().invoke(main, ["gate", "plan", "--repo", str(tmp_path)])
    assert done.exit_code == 1 and "cannot be read as a repository" in done.output


def test_the_current_directorys_origin_is_the_repository(scene: Scene, tmp_path: Path, monkeypatch):
    work = tmp_path / "work"
    git("clone", "--quiet", str(scene.bare), "work", cwd=tmp_path)
    monkeypatch.chdir(work / "models")
    done = CliRunner().invoke(main, ["gate", "tick"])
    assert done.exit_code == 0, done.output
    assert scene.release().canary.version == 2


def test_a_run_ends_by_sigterm_with_its_evaluation_done(scene: Scene, tmp_path: Path):
    looks = tmp_path / "looks.jsonl"
    os.mkfifo(looks)
    process = scene.start("--interval", "60", "--looks", str(looks))
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
    process = scene.start(
        "--interval", "0.05", "--metrics-port", "0", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        address = process.stderr.readline().removeprefix("metrics at ").strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/metrics", address)
        for line in process.stdout:
            if "finish, commit" in line:
                break
        # What is printed has been counted before.
        text = urlopen(address).read().decode()
        assert 'decision="finish",environment="production",model="m"} 1.0' in text
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
    port = str(scene.gateway.server.port)
    output = scene.sluice("run", "--until-idle", "--metrics-port", port, code=1).output
    assert f"metrics cannot be served on 127.0.0.1:{port}" in output and "--metrics-port" in output
    scene.sluice("run", "--metrics-port", "70000", code=2)
    assert scene.repository.remote() == before


def test_a_lease_needs_its_namespace_and_a_cluster(scene: Scene, tmp_path: Path, monkeypatch):
    before = scene.repository.remote()
    assert "go together" in scene.sluice("run", "--lease", "gate", code=2).output
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    output = scene.sluice("run", "--until-idle", "--lease", "gate", "--lease-namespace", "x", code=1).output
    assert "no cluster is configured" in output and "leave out --lease" in output
    assert scene.repository.remote() == before


@pytest.mark.parametrize("interval", ["inf", "nan", "-1", "0", "100000"])
def test_an_interval_that_cannot_be_waited_is_wrong_usage(scene: Scene, interval: str):
    assert "'--interval'" in scene.sluice("run", "--interval", interval, code=2).output
