"""The router in front of real servers: shares, failures, and counts that are exact."""

import asyncio
import json
import math
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from sluicegate.embedded.runtime.listener import Request
from sluicegate.embedded.runtime.route import Route
from sluicegate.embedded.runtime.router import Router
from sluicegate.gate.adapters.matrix import parse


@pytest.fixture
def split(world, running):
    """A runtime with version 1 stable and version 2 canary, at 75 to 25."""
    one, two = world.version(1), world.version(2)
    world.release(one, two, 25)
    runtime = running(seed=11, timeout=0.5)
    runtime.wait_for("m", {"stable": (1, 75), "canary": (2, 25)})
    return runtime


def test_the_share_is_the_weight_and_all_counts_agree(split, load, samples, gateway_counts):
    requests = 4000
    sent = load(split.infer_url("m"), "--requests", str(requests)).wait()
    assert sent["by_status"] == {"200": requests}
    canary = sent["by_track"]["canary"]["200"]
    assert abs(canary - 0.25 * requests) < 5 * math.sqrt(requests * 0.25 * 0.75)
    assert gateway_counts(split) == sent["by_track"]
    for track in ("stable", "canary"):
        served = [s for s in samples(split.server_metrics_url("m", track)) if s.labels.get("track") == track]
        by_name = {s.name: s.value for s in served if s.labels.get("code", "200") == "200"}
        assert by_name["sluice_server_requests_total"] == sent["by_track"][track]["200"]
        assert by_name["sluice_server_score_count"] == sent["by_track"][track]["200"]
        buckets = [s for s in samples(split.metrics_url) if s.name.endswith("duration_seconds_bucket")]
        top = [s.value for s in buckets if s.labels["track"] == track and s.labels["le"] == "+Inf"]
        assert top == [sent["by_track"][track]["200"]]
    edges = {s.labels["le"] for s in buckets}
    assert {"0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1.0", "2.0", "+Inf"} <= edges


def test_a_dead_canary_fails_its_own_share_alone_and_is_started_again(
    split, load, server_pids, gateway_counts
):
    sending = load(split.infer_url("m"), "--connections", "4", "--rate", "400")
    sending.progress()
    os.kill(server_pids(split)["canary"], signal.SIGKILL)
    while "502" not in sending.progress()["by_status"]:
        pass
    split.wait_for("m", {"stable": (1, 75), "canary": (2, 25)})
    sent = sending.finish()
    assert set(sent["by_track"]["stable"]) == {"200"}
    assert set(sent["by_track"]["canary"]) == {"200", "502"}
    assert gateway_counts(split) == sent["by_track"]


def test_a_hanging_canary_times_out_is_not_retried_and_not_restarted(
    split, load, samples, server_pids, gateway_counts, until
):
    hung = server_pids(split)["canary"]
    os.kill(hung, signal.SIGSTOP)
    try:
        sending = load(split.infer_url("m"), "--requests", "40", "--connections", "8")
        sent = sending.wait()
        assert set(sent["by_track"]["stable"]) == {"200"}
        assert set(sent["by_track"]["canary"]) == {"504"}
        assert gateway_counts(split) == sent["by_track"]
        buckets = {
            s.labels["le"]: s.value
            for s in samples(split.metrics_url)
            if s.name == "sluice_gateway_request_duration_seconds_bucket"
            and (s.labels["track"], s.labels["code"]) == ("canary", "504")
        }
        assert buckets["0.2"] == 0
        assert buckets["1.0"] > 0
        stable = samples(split.server_metrics_url("m", "stable"))
        answered = [s.value for s in stable if s.name == "sluice_server_requests_total" and s.value]
        assert answered == [sent["by_track"]["stable"]["200"]]
        until(lambda: not split.tracks("m")["canary"][2])
        assert server_pids(split)["canary"] == hung
    finally:
        os.kill(hung, signal.SIGCONT)
    split.wait_for("m", {"stable": (1, 75), "canary": (2, 25)})


def test_a_client_error_is_counted_on_the_track_it_was_assigned_to(split, infer, gateway_counts):
    status, track, document = infer(split, (1, 1))
    assert status == 400
    assert "2 values" in document["error"]
    assert gateway_counts(split) == {track: {"400": 1}}
    status, track, _ = infer(split, (1, None, 1))
    assert status == 500
    assert gateway_counts(split)[track]["500"] == 1
    status, track, _ = infer(split, model="other")
    assert (status, track) == (404, None)


def test_each_track_can_be_asked_in_the_dark_and_nothing_counts_it(split, gateway_counts):
    def ask(track: str) -> tuple[int, dict]:
        tensor = {"name": "features", "datatype": "FP32", "shape": [1, 3], "data": [1, 1, 1]}
        body = json.dumps({"inputs": [tensor]}).encode()
        try:
            with urllib.request.urlopen(split.dark_infer_url("m", track), body, timeout=10) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    answers = [ask("stable"), ask("canary")]
    assert [(status, document["model_version"]) for status, document in answers] == [(200, "1"), (200, "2")]
    assert ask("other") == (502, {"error": "track 'other' has no server"})
    assert gateway_counts(split) == {}


def test_draw_covers_the_unit_interval():
    both = Route({}, {"stable": 95, "canary": 5})
    assert [both.draw(x) for x in (0.0, 0.0499, 0.05, 0.999)] == ["canary", "canary", "stable", "stable"]
    assert Route({}, {"canary": 100}).draw(0.999) == "canary"
    assert Route({}, {"stable": 100, "canary": 0}).draw(0.0) == "stable"
    assert Route({}, {"canary": 0}).draw(0.0) == "none"


def test_what_carries_requests_reads_no_yaml():
    code = "import sys; from sluicegate.embedded.runtime import load, router; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert not {"ruamel.yaml", "pydantic", "numpy"} & set(loaded.split())


def test_a_baseline_has_its_own_share_of_the_draw():
    three = Route({}, {"stable": 90, "canary": 5, "baseline": 5})
    assert [three.draw(x) for x in (0.0499, 0.05, 0.0999, 0.1, 0.999)] == [
        "canary", "baseline", "baseline", "stable", "stable"
    ]  # fmt: skip


def test_copies_that_begin_within_the_dark_step_are_remembered_from_then_on():
    """Nothing else is counted in the dark, and the step would show no window for ever."""

    def at(track: str, weight: int) -> dict[str, object]:
        return {"id": track, "port": None, "version": 1, "digest": f"sha256:{track}", "weight": weight}

    async def moments() -> int:
        router = Router(seed=1, timeout=1)
        tracks = {"stable": at("stable", 100), "canary": at("canary", 0)}
        router.configure("m", tracks)
        router.configure("m", tracks, percent=100)
        seen = 0
        tries = 100  # its first look has a turn, and a moment is a millisecond
        while seen < 2 and tries:
            await asyncio.sleep(0)
            answer = await router.answer(Request("GET", "/windows/m", b""))
            seen = max(len(one.values) for one in parse(answer.body))
            tries -= 1
        router.configure("m", {})
        return seen

    assert asyncio.run(moments()) == 2


# --- users ---

UNIT = {"rollout": {"unit": {"header": "X-User-Id"}}}


@pytest.fixture
def by_user(world, running):
    """A runtime whose version 2 is released by user, at 25 %."""
    one, two = world.version(1), world.version(2, **UNIT)
    world.release(one, two, 25)
    runtime = running(seed=11, timeout=0.5)
    runtime.wait_for("m", {"stable": (1, 75), "canary": (2, 25)})
    return runtime, one, two


def first_requests(samples, runtime) -> dict[str, int]:
    found = samples(runtime.metrics_url)
    return {s.labels["track"]: int(s.value) for s in found if s.name == "sluice_gateway_first_requests_total"}


def track_of(runtime, user: str | None) -> str:
    tensor = {"name": "features", "datatype": "FP32", "shape": [1, 3], "data": [1, 1, 1]}
    request = urllib.request.Request(runtime.infer_url("m"), json.dumps({"inputs": [tensor]}).encode())
    if user is not None:
        request.add_header("x-user-id", user)
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.headers["x-sluice-track"]


def test_a_user_stays_on_a_track_and_is_counted_once_a_step(by_user, world, samples, gateway_counts):
    runtime, one, two = by_user
    users = [f"user-{number}" for number in range(40)]
    seen = {user: {track_of(runtime, user) for _ in range(3)} for user in users}
    assert {len(tracks) for tracks in seen.values()} == {1}
    canary = sum(tracks == {"canary"} for tracks in seen.values())
    assert 0 < canary < 40
    assert first_requests(samples, runtime) == {"canary": canary, "stable": 40 - canary}
    assert sum(counts["200"] for counts in gateway_counts(runtime).values()) == 120
    world.release(one, two, 50)
    runtime.wait_for("m", {"stable": (1, 50), "canary": (2, 50)})
    anew = {user: track_of(runtime, user) for user in users}
    assert sum(first_requests(samples, runtime).values()) == 80
    assert {user for user in users if seen[user] == {"canary"}} != {u for u in users if anew[u] == "canary"}


def test_requests_that_do_not_say_who_they_are_from_count_each_by_itself(by_user, samples):
    runtime, _, _ = by_user
    for _ in range(12):
        track_of(runtime, None)
    assert sum(first_requests(samples, runtime).values()) == 12


def test_without_a_unit_nothing_is_counted_by_user(split, samples, infer):
    infer(split)
    assert first_requests(samples, split) == {}
