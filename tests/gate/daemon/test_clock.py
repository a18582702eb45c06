"""A clock that jumped is named."""

from datetime import timedelta

from support.gate_scene import Scene

from sluicegate.gate.daemon.clock import TOLERANCE, clock_problem
from sluicegate.gate.daemon.state import state_of


def test_a_commit_of_a_later_moment_is_named_with_who_wrote_it(scene: Scene):
    state = state_of(scene.repository, "main")
    committed = scene.repository.log(state.tip)[0].at
    assert clock_problem(state, committed - TOLERANCE) is None
    assert clock_problem(state, committed + timedelta(days=300)) is None
    assert clock_problem(state, committed - timedelta(hours=2)) == (
        f"main's last commit, {state.tip[:12]} by A Person, is 2 h ahead of this gate's clock: "
        "one of the two jumped, set it"
    )


def test_a_gate_whose_clock_went_back_says_so_and_still_rolls_back(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(3)
    scene.clock.now -= timedelta(hours=1)
    scene.merge_version(1)
    outcome = scene.tick_one()
    assert outcome.kind == "rollback" and "ahead of this gate's clock" in outcome.problem
