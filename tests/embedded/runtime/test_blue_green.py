"""The recipe for blue-green of docs/strategies.md, by the gate's own decisions, on real servers."""

from __future__ import annotations

import json
import urllib.request
from datetime import timedelta

from support.releases import T0, reading, windows

from sluicegate.gate.core.approval import approve
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.going_back import rollback
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate, Pause, Policy
from sluicegate.specs.release import Release
from sluicegate.specs.release_file import render

KEPT = 900
POLICY = Policy(
    (100,),
    (Gate("error_rate", 0.01, at_most=0.5),),
    pauses=(Pause(0, approval=True), Pause(100, min_seconds=KEPT)),
)


def deciding(release: Release, seconds: int = 0) -> Decision:
    """What the gate does after so many seconds in which the canary answered everything."""
    seen = windows(seconds // 10, 10 * seconds, 0, error_rate=(10 * seconds, 0, 0, 0)) if seconds else ()
    observed = Observations(release.canary, release.canary, reading(release.weight, seen))
    return decide(release, POLICY, observations=observed, now=T0 + timedelta(seconds=seconds))


def test_a_preview_then_one_switch_then_the_old_version_stays_and_is_one_commit_away(
    world, running, load, server_pids
):
    one, two = world.version(1), world.version(2)

    def committed(release: Release) -> Release:
        world.write("environments/production/m/release.yaml", render(release))
        return release

    dark = committed(Release("m", "production", stable=one, canary=two, started=T0, since=T0))
    runtime = running(seed=3)
    runtime.wait_for("m", {"stable": (1, 100), "canary": (2, 0)})
    old = server_pids(runtime)["stable"]
    assert "a person has to approve" in deciding(dark).reason
    assert preview(runtime)["model_version"] == "2"

    sending = load(runtime.infer_url("m"), "--connections", "4", "--rate", "100")
    assert set(sending.progress()["by_track"]) <= {"stable"}
    switch = deciding(approve(dark, "seen in the preview").release)
    assert (switch.kind, switch.release.weight) == ("advance", 100)
    switched = committed(switch.release)
    runtime.wait_for("m", {"stable": (1, 0), "canary": (2, 100)})

    early = deciding(switched, KEPT - 60)
    assert (early.kind, "14 min of the 15 min that this step lasts" in early.reason) == ("wait", True)
    assert deciding(switched, KEPT).kind == "finish"
    assert server_pids(runtime)["stable"] == old

    committed(rollback(switched, "users complain", T0, by="Olga").release)
    runtime.wait_for("m", {"stable": (1, 100)})
    assert server_pids(runtime)["stable"] == old, "no cold start"
    sent = sending.finish()
    assert set(sent["by_status"]) == {"200"}
    assert set(sent["by_track"]) == {"stable", "canary"}


def preview(runtime) -> dict:
    """What the new version answers at its own address, before it has any traffic."""
    tensor = {"name": "features", "datatype": "FP32", "shape": [1, 3], "data": [1, 1, 1]}
    body = json.dumps({"inputs": [tensor]}).encode()
    with urllib.request.urlopen(runtime.dark_infer_url("m", "canary"), body, timeout=10) as response:
        return json.loads(response.read())
