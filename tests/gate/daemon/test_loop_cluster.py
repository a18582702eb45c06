"""The gate in a cluster: what it reads, what it asks Argo CD, and a canary that is gone for a moment."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from sluicegate.gate.adapters.combined import Combined
from sluicegate.gate.adapters.git.command import run
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.scrape import Scrape
from sluicegate.gate.adapters.source import FailureCounters
from sluicegate.gate.core.commands import Command
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.daemon import command, source_of, tick
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.release import CounterSnapshot, Release, Traffic, Version
from sluicegate.specs.release_file import read, render
from sluicegate.specs.yamlio import parse

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DIGEST = "sha256:" + hashlib.sha256(b"x").hexdigest()


def environment(traffic: str = "gateway-api", metrics: str = "gateway: traefik", cluster: str = "") -> bytes:
    return dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Environment
        metadata: {{name: production}}
        spec:
          namespace: models-production
          traffic: {traffic}
          metrics: {{source: prometheus, url: "http://127.0.0.1:1", {metrics}}}
          {cluster}
        """).encode()


def spec(text: bytes) -> EnvironmentSpec:
    return load_environment(parse(text, "environments/production/environment.yaml"))


def model(version: int) -> bytes:
    return dedent(f"""\
        apiVersion: sluicegate.dev/v1
        kind: Model
        metadata:
          name: m
          owners: ["@team"]
        spec:
          version: {version}
          task: regression
          artifact: {{path: model.onnx, sha256: "{DIGEST}"}}
          signature:
            inputs: [{{name: x, dtype: float32, shape: [batch, 1]}}]
            outputs: [{{name: y, dtype: float32, shape: [batch]}}]
          data:
            reference: {{path: data/r.parquet, sha256: "{DIGEST}"}}
            evaluation: {{path: data/e.parquet, sha256: "{DIGEST}"}}
            label: y
          rollout:
            steps: [5, 50, 100]
            gates: [{{metric: error_rate, margin: 0.05}}]
        """).encode()


class World:
    """A cluster that follows at once; figures without a fault. Ten seconds pass between two looks."""

    def __init__(self, folder: Path) -> None:
        run(None, "init", "--quiet", "--bare", "--initial-branch=main", str(folder / "remote.git"))
        self.repository = Repository(folder / "remote.git")
        self.now = START
        self.requests = Traffic(0, 0)
        self.ready = True
        self.asked: list[tuple[str, str, str]] = []
        self.answer: str | None = None
        self.fails = False
        stable = Release("m", "production", stable=Version(1, "1" * 40, "sha256:" + "1" * 64))
        self.merge(
            {
                "environments/production/environment.yaml": environment(),
                "environments/production/m/release.yaml": render(stable),
                "models/m/model.yaml": model(2),
            }
        )

    def merge(self, changes: dict[str, bytes]) -> None:
        self.repository.fetch()
        sha = self.repository.commit(self.repository.tip("main"), changes, "by people", START)
        self.repository.push({"main": sha})

    def clock(self) -> datetime:
        self.now += timedelta(seconds=10)
        return self.now

    def sources(self, _: EnvironmentSpec) -> "World":
        return self

    def read(self, release: Release, bads: FailureCounters, now: datetime) -> Reading:
        canary = 4000 * release.weight // 100
        self.requests = Traffic(self.requests.canary + canary, self.requests.stable + 4000 - canary)
        totals = {gate: CounterSnapshot(*vars(self.requests).values(), (0,), (0,)) for gate in bads}
        return Reading(now, release.weight, self.ready, self.requests, totals, synced="5" * 40 + " Healthy")

    def refresh(self, environment: EnvironmentSpec, model: str) -> str | None:
        running = "none" if self.release().canary is None else "canary"
        self.asked.append((environment.name, model, running))
        if self.fails:
            raise OSError("broken")
        return self.answer

    def release(self) -> Release:
        path = "environments/production/m/release.yaml"
        self.repository.fetch()
        return read(parse(self.repository.read(self.repository.tip("main"), path), path))

    def tick(self):
        (outcome,) = tick(self.repository, self.sources, clock=self.clock, refresh=self.refresh)
        return outcome


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.repository.close()


def test_an_environment_in_a_cluster_is_read_from_prometheus_and_the_cluster():
    found = source_of(spec(environment("istio", "gateway: istio, labels: {cluster: eu}", "cluster: eu")))
    assert isinstance(found, Combined) and isinstance(found.figures, Prometheus)
    assert (found.figures.gateway.name, found.figures.namespace) == ("istio", "models-production")
    assert found.figures.labels == {"cluster": "eu"}
    cluster = found.cluster
    assert (cluster.environment, cluster.namespace, cluster.traffic) == (
        "production",
        "models-production",
        "istio",
    )
    assert (cluster.api.cluster, cluster.argocd.cluster) == ("eu", "in-cluster")


def test_an_embedded_environment_is_read_as_ever():
    found = source_of(spec(environment("embedded", "labels: {}")))
    assert found == Prometheus("http://127.0.0.1:1", {})
    scraped = environment("embedded", "labels: {}").replace(b"source: prometheus", b"source: scrape")
    assert source_of(spec(scraped)) == Scrape("http://127.0.0.1:1")


def test_argo_cd_is_asked_after_the_push_and_only_where_the_release_moved(world: World):
    dark = world.tick()
    assert dark.commit and world.asked == [("production", "m", "canary")]
    first = world.tick()
    assert first.decision.release.weight == 5 and len(world.asked) == 2
    counting = world.tick()
    assert counting.commit and "counting begins" in counting.decision.reason and len(world.asked) == 2


def test_argo_cd_is_asked_after_a_command_of_a_person(world: World):
    world.tick()
    asked = Command("rollback", "no trust")
    done = command(
        world.repository, "production", "m", asked, world.sources, clock=world.clock, refresh=world.refresh
    )
    assert done.commit and world.asked[-1] == ("production", "m", "none")


@pytest.mark.parametrize("fails", [False, True])
def test_a_refresh_that_fails_is_said_and_the_commit_stands(world: World, fails: bool):
    world.answer, world.fails = "Argo CD was not asked", fails
    dark = world.tick()
    assert (
        dark.commit and dark.problem is None and dark.plain()["refresh"].startswith("Argo CD was not asked")
    )
    assert world.release().canary is not None


def test_a_canary_that_is_not_ready_for_a_moment_is_waited_for(world: World):
    kinds = []
    for look in range(12):
        world.ready = look % 2 == 1
        outcome = world.tick()
        if not world.ready and look:
            assert outcome.decision.kind == "wait", outcome.decision
            assert outcome.decision.release.weight == outcome.decision.before.weight
        kinds.append(outcome.decision.kind)
        if world.release().canary is None:
            break
    assert kinds[-1] == "finish" and world.release().stable.version == 2


def test_the_record_says_which_revision_was_in_effect(world: World):
    world.tick()
    world.tick()
    assert world.tick().seen.reading.synced == "5" * 40 + " Healthy"


def test_a_cluster_that_is_not_there_promotes_nothing(world: World, tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    embedded = environment("embedded", "labels: {}").replace(b"production", b"aside", 1)
    world.merge({"environments/aside/environment.yaml": embedded})
    outcomes = tick(world.repository, source_of, clock=world.clock, refresh=world.refresh)
    assert {o.environment: bool(o.commit) for o in outcomes} == {"aside": True, "production": True}
    later = tick(world.repository, source_of, clock=world.clock, refresh=world.refresh)
    assert [o.problem for o in later] == [None, None] and {o.decision.kind for o in later} == {"wait"}
    assert all("cannot" in o.decision.reason or "not ready" in o.decision.reason for o in later)
