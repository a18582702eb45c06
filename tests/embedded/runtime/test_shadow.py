"""Copies of requests through the real router, two real servers, and the gate's own decisions on them."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from sluicegate.embedded.runtime.shadow import LARGE
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.scrape import Scrape
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.machine import decide
from sluicegate.gate.metrics.error_rate import ErrorRate
from sluicegate.gate.metrics.shadow import Shadow
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release

MODEL = SimpleNamespace(rollout=SimpleNamespace(unit=None))
SHADOW = Shadow(0.01)
METRICS = {"shadow": SHADOW, "error_rate": ErrorRate(0.05)}
COUNTERS = {name: metric.failure_counters(None) for name, metric in METRICS.items()}
POLICY = Policy(
    (5, 100),
    tuple(metric.gate(MODEL) for metric in METRICS.values()),
    min_seconds=0,
    window=timedelta(seconds=1),
    warmup_requests=0,
)
GATES = {"gates": [{"metric": "shadow", "margin": 0.01}]}


class Dark:
    """A runtime with version 1 stable, and a canary without traffic that gets copies."""

    def __init__(self, world, running, canary, samples, percent: int = 100) -> None:
        rollout = {"gates": [{"metric": "shadow", "margin": 0.01, "percent": percent}]}
        self._world = world
        self._samples = samples
        one = world.version(1)
        two = world.version(2, artifact=canary, rollout=rollout)
        world.release(one, two, 0)
        self.runtime = running(seed=11, timeout=0.5)
        self.runtime.wait_for("m", {"stable": (1, 100), "canary": (2, 0)})
        now = datetime.now(UTC)
        self.release = Release("m", "production", stable=one, canary=two, started=now, since=now)

    def decide(self) -> Decision:
        """One evaluation by the router's own windows."""
        now = datetime.now(UTC)
        (seen,) = Scrape(self.runtime.url).read([Query(self.release, COUNTERS, POLICY)], now)
        canary = self.release.canary
        return decide(self.release, POLICY, Observations(canary, canary, seen), now)

    def decided(self, seconds: float = 90) -> Decision:
        """The first decision that is no wait."""
        end = time.monotonic() + seconds
        while (decision := self.decide()).kind == "wait":
            assert time.monotonic() < end, decision.reason
            time.sleep(0.3)
        return decision

    def count(self, name: str, **labels: str) -> float:
        found = [s for s in self._samples(self.runtime.metrics_url) if s.name == name]
        return sum(s.value for s in found if labels.items() <= s.labels.items())

    def copied(self) -> float:
        """How many requests were copied or, where the canary was busy, were to be."""
        return self.count("sluice_shadow_pairs_total") + self.count("sluice_shadow_dropped_total")

    def servers(self, track: str) -> dict[str, float]:
        """By name: what a track's server counts, summed."""
        seen: dict[str, float] = {}
        for sample in self._samples(self.runtime.server_metrics_url("m", track)):
            seen[sample.name] = seen.get(sample.name, 0) + sample.value
        return seen


@pytest.fixture
def dark(world, running, samples):
    """`dark(artifact, percent=100)`."""
    return lambda canary, percent=100: Dark(world, running, canary, samples, percent)


@pytest.fixture
def three_percent(rows, make_artifact) -> bytes:
    """Answers as version 1 does, but for 6 of the 200 rows."""
    means = pd.read_parquet(rows).mean(axis=1).sort_values()
    return make_artifact(0.1, limit=float(means.iloc[-7] + means.iloc[-6]) / 2)


def test_a_canary_that_answers_differently_in_three_percent_never_meets_a_user(dark, load, three_percent):
    scene = dark(three_percent)
    sending = load(scene.runtime.infer_url("m"), "--connections", "4", "--rate", "200")
    decision = scene.decided()
    sent = sending.finish()
    assert (decision.kind, decision.before.weight, decision.release.canary) == ("rollback", 0, None)
    assert "shadow: different answers" in decision.reason and "harmful" in decision.reason
    assert set(sent["by_track"]) == {"stable"}
    assert set(sent["by_status"]) == {"200"}
    (judgement,) = decision.judgements
    assert 0.01 < judgement.bad_canary / judgement.requests < 0.06


def test_an_equal_canary_leaves_the_dark_without_having_met_a_user(
    dark, load, make_artifact, gateway_counts, until
):
    scene = dark(make_artifact(0.1, note="trained again"))
    sending = load(scene.runtime.infer_url("m"), "--connections", "4", "--rate", "200")
    decision = scene.decided()
    sent = sending.finish()
    assert (decision.kind, decision.release.weight) == ("advance", 5)
    assert "shadow: different answers 0 % .. " in decision.reason
    (step,) = decision.release.counts
    assert (step.weight, step.traffic.canary) == (0, 0)
    assert gateway_counts(scene.runtime) == sent["by_track"] == {"stable": sent["by_status"]}
    until(lambda: scene.copied() == sent["by_status"]["200"])
    canary = scene.servers("canary")
    assert 0 < canary["sluice_server_shadow_requests_total"] <= sent["by_status"]["200"]
    assert (canary["sluice_server_requests_total"], canary["sluice_server_score_count"]) == (0, 0)
    assert scene.servers("stable")["sluice_server_requests_total"] == sent["by_status"]["200"]


def test_only_the_declared_share_is_copied(dark, load, make_artifact, until):
    scene = dark(make_artifact(0.1, note="again"), percent=10)
    load(scene.runtime.infer_url("m"), "--requests", "1000").wait()
    until(lambda: scene.count("sluice_shadow_pairs_total") > 40)
    assert 50 < scene.copied() < 150


def test_a_canary_that_hangs_delays_no_user_and_counts_as_different(
    dark, load, make_artifact, server_pids, until
):
    scene = dark(make_artifact(0.1, note="again"))
    until(lambda: scene.runtime.tracks("m")["canary"][2])
    load(scene.runtime.infer_url("m"), "--requests", "5").wait()
    until(lambda: scene.count("sluice_shadow_pairs_total") == 5)
    hung = server_pids(scene.runtime)["canary"]
    os.kill(hung, signal.SIGSTOP)
    try:
        sent = load(scene.runtime.infer_url("m"), "--requests", "400", "--connections", "8").wait()
        assert sent["by_track"] == {"stable": {"200": 400}}
        until(lambda: scene.count("sluice_shadow_different_total", reason="answer") > 0)
        assert scene.count("sluice_shadow_dropped_total", reason="busy") > 0
        slow = scene.count("sluice_gateway_request_duration_seconds_bucket", le="0.5")
        assert slow == scene.count("sluice_gateway_request_duration_seconds_bucket", le="+Inf") == 405
    finally:
        os.kill(hung, signal.SIGCONT)


def test_large_answers_are_compared_as_well_and_users_wait_for_none(dark, make_artifact, until):
    scene = dark(make_artifact(0.1, note="again"))
    until(lambda: scene.runtime.tracks("m")["canary"][2])
    rows = 20_000
    tensor = {"name": "features", "datatype": "FP32", "shape": [rows, 3], "data": [0.7] * 3 * rows}
    body = json.dumps({"inputs": [tensor]}).encode()
    for _ in range(3):
        with urllib.request.urlopen(scene.runtime.infer_url("m"), body, timeout=10) as response:
            assert len(response.read()) > LARGE
    until(lambda: scene.count("sluice_shadow_pairs_total") == 3)
    assert scene.count("sluice_shadow_within_total", measure="absolute", limit="0") == 3


def test_without_the_gate_nothing_is_copied(world, running, load, samples):
    world.release(world.version(1), world.version(2), 0)
    runtime = running()
    runtime.wait_for("m", {"stable": (1, 100), "canary": (2, 0)})
    load(runtime.infer_url("m"), "--requests", "50").wait()
    assert not [s for s in samples(runtime.metrics_url) if s.name.startswith("sluice_shadow")]


def test_another_canary_begins_with_no_pair(dark, world, load, make_artifact, until):
    scene = dark(make_artifact(0.1, note="again"))
    load(scene.runtime.infer_url("m"), "--requests", "50").wait()
    until(lambda: scene.count("sluice_shadow_pairs_total") > 0)
    three = world.version(3, artifact=make_artifact(0.1, note="once more"), rollout=GATES)
    world.release(scene.release.stable, three, 0)
    scene.runtime.wait_for("m", {"stable": (1, 100), "canary": (3, 0)})
    assert scene.count("sluice_shadow_pairs_total", digest=three.digest) == 0
    assert scene.count("sluice_shadow_pairs_total") == 0
    scene.release = replace(scene.release, canary=three)
    assert scene.decide().kind == "wait"
