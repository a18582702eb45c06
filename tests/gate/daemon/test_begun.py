"""Where main was when a running release started."""

from dataclasses import replace

from support.gate_scene import RELEASE, Scene

from sluicegate.gate.daemon.begun import begun
from sluicegate.gate.daemon.state import state_of


def start(scene: Scene) -> str:
    """Start version 2; the commit that the gate read."""
    read = scene.tip()
    assert scene.tick_one().decision.reason.startswith("production: version 2 starts dark")
    return read


def begun_now(scene: Scene) -> str | None:
    state = state_of(scene.repository, "main")
    return begun(state, state.release("production", "m"))


def test_it_is_the_commit_that_was_read_whatever_was_decided_and_merged_since(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    assert begun_now(scene) is None, "nothing runs"
    read = start(scene)
    scene.merge({"README.md": b"people work beside the gate\n"})
    scene.ticks(8)
    assert scene.release().weight == 50
    assert begun_now(scene) == read


def test_a_version_that_was_taken_back_and_starts_again_starts_again(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    start(scene)
    scene.execute("rollback")
    scene.execute("retry", version=2)
    assert begun_now(scene) is None
    read = start(scene)
    assert begun_now(scene) == read


def test_edits_by_hand_since_do_not_hide_it(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    read = start(scene)
    running = scene.release()
    scene.merge({RELEASE: b"[\n"})
    state = state_of(scene.repository, "main")
    assert begun(state, running) == read
    scene.merge({RELEASE: None})
    state = state_of(scene.repository, "main")
    assert begun(state, running) == read
    other = replace(running, canary=replace(running.canary, version=9))
    assert begun(state, other) is None, "a version that never ran"
