"""The stop of everything: what it keeps back, what not, and its end."""

import pytest
from support.gate_scene import Scene

from sluicegate.gate.core.command import CommandError
from sluicegate.gate.daemon.stopping import resume, stop
from sluicegate.specs import layout
from sluicegate.specs.yamlio import InputError

OLGA = "Olga <olga@example.org>"


def stop_all(scene: Scene, *environments: str) -> str:
    return stop(scene.repository, environments, "a fire", by=OLGA, clock=scene.clock)


def running(scene: Scene) -> None:
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(2)


def test_nothing_advances_while_it_is_there_and_all_goes_on_after(scene: Scene):
    running(scene)
    sha = stop_all(scene)
    assert scene.repository.tip("main") == sha
    waiting = scene.ticks(8)
    assert (waiting.kind, waiting.commit) == ("wait", None)
    assert waiting.decision.reason.endswith("freeze: stopped: a fire")
    resume(scene.repository, "put out", by=OLGA, clock=scene.clock)
    assert scene.repository.tree(scene.repository.tip("main")).entry(layout.STOP_FILE) is None
    assert scene.tick_until_stable(2)[-1] == "finish"


def test_a_rollback_is_not_stopped(scene: Scene):
    running(scene)
    stop_all(scene)
    scene.gateway.failure_rate["canary"] = 0.5
    kinds = {scene.tick_one().kind for _ in range(8)}
    assert "rollback" in kinds


def test_only_what_is_named_is_stopped(scene: Scene):
    scene.release_version_1()
    with pytest.raises(InputError, match="there is no environment 'produktion'"):
        stop_all(scene, "produktion")
    stop_all(scene, "production")
    scene.merge_version(2)
    assert "stopped: a fire" in scene.tick_one().decision.reason


def test_a_file_that_cannot_be_read_stops_everything(scene: Scene):
    running(scene)
    scene.merge({layout.STOP_FILE: b"kind: [Stop\n"})
    assert "environments/stop.yaml cannot be read" in scene.ticks(6).decision.reason


def test_the_end_of_no_stop_is_refused(scene: Scene):
    scene.release_version_1()
    scene.tick()
    with pytest.raises(CommandError, match="Nothing is stopped here"):
        resume(scene.repository, "put out", by=OLGA, clock=scene.clock)
