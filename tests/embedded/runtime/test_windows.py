"""What the router remembers of a step, by itself and through the gate's source."""

import asyncio
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from sluicegate.embedded.runtime.windows import Windows, moment_of
from sluicegate.gate.adapters.matrix import parse
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.scrape import Scrape
from sluicegate.gate.core.assessment import wrong_split
from sluicegate.gate.core.counting import count, sound_deltas
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.core.input_drift import figures
from sluicegate.gate.metrics.cost import Cost
from sluicegate.gate.metrics.error_rate import ErrorRate
from sluicegate.gate.metrics.input_drift import InputDrift, Watched
from sluicegate.gate.metrics.score_drift import ScoreDrift
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Release, Traffic

MODEL = SimpleNamespace(score=SimpleNamespace(edges=[0.2]))
COUNTERS = {
    metric.metric: metric.failure_counters(MODEL)
    for metric in (ErrorRate(margin=0.01), ScoreDrift(margin=0.1))
}
POLICY = Policy(
    (25, 100), tuple(Gate(name, 0.01) for name in COUNTERS), window=timedelta(seconds=1), warmup_requests=0
)


def test_a_moment_is_every_series_of_ours_by_its_process():
    seen = moment_of(
        {
            "gateway": ["# TYPE sluice_x counter", 'sluice_x{model="m"} 5', "other 7", "sluice_y broken"],
            "canary": ["process_start_time_seconds 1.5", ""],
        }
    )
    assert seen == {
        ("gateway", 'sluice_x{model="m"}'): 5.0,
        ("canary", "process_start_time_seconds"): 1.5,
    }


def test_the_text_is_a_matrix_with_the_process_as_a_label():
    async def look():
        return {("canary", r'sluice_x{model="a\"b\\c",code="200"}'): 5.0}

    (found,) = parse(asyncio.run(Windows(look).text()))
    assert (found.name, found.labels) == ("sluice_x", {"model": 'a"b\\c', "code": "200", "job": "canary"})
    assert list(found.values.values()) == [5.0]


@pytest.fixture
def split(world, running):
    """A runtime with version 1 stable and version 2 canary, at 75 to 25, and its release."""
    one, two = world.version(1), world.version(2)
    world.release(one, two, 25)
    runtime = running(seed=11, timeout=0.5)
    runtime.wait_for("m", {"stable": (1, 75), "canary": (2, 25)})
    release = Release("m", "production", stable=one, canary=two, weight=25, since=datetime.now(UTC))
    return runtime, release


def read(runtime, release: Release) -> Reading:
    (seen,) = Scrape(runtime.url).read([Query(release, COUNTERS, POLICY)], datetime.now(UTC))
    return seen


def all_gates(seen: Reading) -> bool:
    """Whether the newest window has figures of every gate."""
    return bool(seen.windows) and set(seen.windows[-1].tallies) == set(COUNTERS)


def traffic(seen: Reading) -> Traffic:
    return sum((window.traffic for window in seen.windows), start=Traffic(0, 0))


def test_the_gate_sees_every_request_of_the_step_in_windows(split, load, until):
    runtime, release = split
    until(lambda: all_gates(read(runtime, release)))
    sent = load(runtime.infer_url("m"), "--requests", "400").wait()["by_track"]
    counted = Traffic(sent["canary"]["200"], sent["stable"]["200"])
    until(lambda: len(read(runtime, release).windows) > 2)
    seen = read(runtime, release)
    assert (seen.weight, seen.ready, seen.reset, traffic(seen)) == (25, True, None, counted)
    for gate in COUNTERS:
        tallies = [window.tallies[gate] for window in seen.windows if gate in window.tallies]
        assert sum(tally.canary for tally in tallies) == counted.canary
    assert all(0.9 <= window.seconds < 3 for window in seen.windows[:-1])
    assert all(set(window.tallies) == set(COUNTERS) for window in seen.windows), (
        "servers count from their start"
    )


def test_a_changed_weight_begins_the_windows_anew(split, world, load, until):
    runtime, release = split
    load(runtime.infer_url("m"), "--requests", "100").wait()
    world.release(release.stable, release.canary, 50)
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})
    assert read(runtime, release).windows == ()
    moved = replace(release, weight=50)
    until(lambda: read(runtime, moved).windows)
    assert traffic(read(runtime, moved)) == Traffic(0, 0)


def test_a_server_that_died_costs_its_gate_windows_and_no_failure_is_lost(split, load, server_pids, until):
    runtime, release = split
    until(lambda: all_gates(read(runtime, release)))
    os.kill(server_pids(runtime)["canary"], signal.SIGKILL)
    sent = load(runtime.infer_url("m"), "--requests", "200").wait()["by_track"]["canary"]
    runtime.wait_for("m", {"stable": (1, 75), "canary": (2, 25)})
    until(lambda: all_gates(read(runtime, release)))
    seen = read(runtime, release)
    failed = sum(window.tallies["error_rate"].bad_canary[0] for window in seen.windows)
    assert failed == sum(count for code, count in sent.items() if code != "200")
    assert any("score_drift" not in window.tallies for window in seen.windows)


def test_a_model_that_is_not_released_has_no_windows(split):
    runtime, release = split
    assert read(runtime, replace(release, model="other")).windows == ()


WATCHED = InputDrift(
    columns={
        "b": Watched(reference=(0.67, 0.33), edges=(1.0, 2.0)),
        "c": Watched(reference=(0.0,), values=(7,)),
    }
)


def test_the_inputs_of_both_tracks_are_counted_as_the_rows_that_were_sent(world, running, load, rows, until):
    """Each request has a row of the file, in turn: twice all of them."""
    features = {"name": "features", "dtype": "float32", "shape": ["batch", 3], "columns": ["a", "b", "c"]}
    signature = {"inputs": [features], "outputs": [{"name": "probability", "dtype": "float32", "shape": []}]}
    columns = {"b": {"edges": [1, 2], "reference": [0.67, 0.33]}, "c": {"values": [7], "reference": [0]}}
    rollout = {"gates": [{"metric": "input_drift", "columns": columns}]}
    one, two = (world.version(n, signature=signature, rollout=rollout) for n in (1, 2))
    world.release(one, two, 50)
    runtime = running(seed=11, timeout=0.5)
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})
    model = SimpleNamespace(signature=SimpleNamespace(inputs=[SimpleNamespace(name="", columns=["b", "c"])]))
    drift = WATCHED.gate(model)
    cost = Cost().gate(model)
    policy = replace(POLICY, gates=(), drifts=(drift,), costs=(cost,))
    counters = {entry.gate(model).name: entry.failure_counters(model) for entry in (WATCHED, Cost())}
    release = Release("m", "production", stable=one, canary=two, weight=50, since=datetime.now(UTC))

    def look() -> Reading:
        query = Query(release, counters, policy)
        return Scrape(runtime.url).read([query], datetime.now(UTC))[0]

    until(lambda: look().windows)
    sent = load(runtime.infer_url("m"), "--requests", "400").wait()["by_track"]

    def counted() -> list[CounterDelta]:
        return [w.tallies[drift.name] for w in look().windows if drift.name in w.tallies]

    until(lambda: sum(delta.requests for delta in counted()) == 400)
    total = sum(counted()[1:], start=counted()[0])
    assert total.canary == sent["canary"]["200"]
    values = pd.read_parquet(rows)["b"].to_numpy()
    both = [a + b for a, b in zip(total.bad_canary, total.bad_stable, strict=True)]
    assert both == [0, 2 * (values > 1).sum(), 2 * (values > 2).sum(), 400, 0]
    seen = look()
    spent = [window.tallies[cost.name] for window in seen.windows if cost.name in window.tallies]
    assert sum(delta.requests for delta in spent) == 400
    assert 0 < sum(delta.bad_canary[0] for delta in spent) < 60e6
    (b, c) = figures(drift, 50, 0.05, *sound_deltas(drift, seen.windows, seen))
    assert "canary and stable alike to within" in b.reason and b.shifts[1].shown == 0
    assert (c.shifts[1].kind, c.shifts[1].expected) == ("of any other value", 1.0)


def test_the_gate_counts_users_where_the_version_says_so(world, running, load, until):
    """Real router, real windows, real gate: split, requests and failures are of users, not of requests."""
    one, two = world.version(1), world.version(2, rollout={"unit": {"header": "X-User-Id"}})
    world.release(one, two, 50)
    runtime = running(seed=11, timeout=0.5)
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})
    release = Release("m", "production", stable=one, canary=two, weight=50, since=datetime.now(UTC))
    policy = replace(POLICY, unit="X-User-Id", gates=(Gate("error_rate", 0.01),))

    def seen() -> Reading:
        counters = {"error_rate": COUNTERS["error_rate"]}
        (found,) = Scrape(runtime.url).read([Query(release, counters, policy)], datetime.now(UTC))
        return found

    until(lambda: len(seen().windows) > 1)
    options = ("--requests", "2000", "--user-header", "X-User-Id", "--user-requests", "20")
    sent = load(runtime.infer_url("m"), *options).wait()
    assert sent["by_status"] == {"200": 2000}
    users = traffic(seen())
    assert (users.canary + users.stable, seen().missing) == (100, {})
    assert 30 <= users.canary <= 70
    running_step = count(50, policy, seen())
    assert running_step.step.tallies["error_rate"].total.requests == 100
    assert wrong_split(policy, running_step) is None


def test_a_gateway_that_does_not_count_users_shows_nothing(split):
    runtime, release = split
    policy = replace(POLICY, unit="X-User-Id")
    (found,) = Scrape(runtime.url).read([Query(release, COUNTERS, policy)], datetime.now(UTC))
    assert "users are not counted by X-User-Id" in found.missing["gateway"]
    assert found.windows == ()
