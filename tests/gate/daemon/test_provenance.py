"""Whether a release.yaml is as a decision left it."""

from dataclasses import replace

from support.clock import START
from support.gate_scene import PEOPLE, RELEASE, Scene
from support.repositories import git

from sluicegate.gate.core import evidence
from sluicegate.gate.core.hand_edit import HandEdit
from sluicegate.gate.daemon.provenance import UNRECORDED, hand_edit
from sluicegate.gate.daemon.state import state_of
from sluicegate.specs.release import Release
from sluicegate.specs.release_file import render


def edit_of(scene: Scene) -> HandEdit | None:
    state = state_of(scene.repository, "main")
    return hand_edit(state, state.release("production", "m"))


def running_at_5_percent(scene: Scene) -> Release:
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(3)
    return scene.release()


def test_what_the_gate_wrote_is_as_it_left_it_and_so_is_what_it_has_not_written_yet(scene: Scene):
    scene.merge_version(1)
    assert edit_of(scene) is None
    scene.merge({RELEASE: render(Release("m", "production"))})
    assert edit_of(scene) is None
    running_at_5_percent(scene)
    assert edit_of(scene) is None


def test_a_remark_changes_nothing_that_a_decision_wrote(scene: Scene):
    running_at_5_percent(scene)
    scene.merge({RELEASE: scene.file(RELEASE) + b"# a remark by people\n"})
    assert edit_of(scene) is None


def test_an_edited_weight_is_named_with_its_commit_and_the_decided_state(scene: Scene):
    decided = running_at_5_percent(scene)
    sha = scene.merge({RELEASE: render(replace(decided, weight=50))})
    assert edit_of(scene) == HandEdit(("weight: 5 -> 50",), sha, f"{PEOPLE[0]} <{PEOPLE[1]}>", decided)


def test_a_decision_that_people_reverted_is_an_edit_too(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(1)
    before = scene.file(RELEASE)
    scene.ticks(1)
    assert scene.file(RELEASE) != before and edit_of(scene) is None
    scene.merge({RELEASE: before})
    assert edit_of(scene) is not None


def test_a_file_that_was_taken_away_is_an_edit(scene: Scene):
    decided = running_at_5_percent(scene)
    work = scene.bare.parent / "work"
    git("clone", "--quiet", str(scene.bare), "work", cwd=work.parent)
    git("rm", "--quiet", RELEASE, cwd=work)
    git("commit", "-qm", "begin anew", cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)
    assert "stable: version 1 -> nothing" in edit_of(scene).changes
    assert scene.tick_one().kind == "hold", "nothing goes straight to 100 % as a first version"
    assert scene.release().stable == decided.stable


def test_versions_that_no_record_has_are_an_edit(scene: Scene):
    decided = running_at_5_percent(scene)
    git("update-ref", "-d", "refs/heads/gate-evidence", cwd=scene.bare)
    assert edit_of(scene).changes == (UNRECORDED,)
    assert edit_of(scene).decided is None
    assert decided.stable is not None


def test_a_main_that_was_set_back_to_before_a_decision_is_where_an_earlier_one_left_it(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(1)
    earlier = scene.tip()
    scene.ticks(1)
    assert scene.tip() != earlier
    git("update-ref", "refs/heads/main", earlier, cwd=scene.bare)
    assert edit_of(scene) is None


def test_a_commit_that_only_says_it_is_the_gates_is_not(scene: Scene):
    decided = running_at_5_percent(scene)
    message = scene.repository.log(scene.tip())[0].message
    text = render(replace(decided, weight=50))
    scene.people.fetch()
    sha = scene.people.commit(scene.tip(), {RELEASE: text}, message, START, PEOPLE)
    scene.people.push({"main": sha})
    assert edit_of(scene).changes == ("weight: 5 -> 50",)


# --- what the gate does about it ---


def test_an_edited_release_is_held_until_it_is_adopted_by_name(scene: Scene):
    decided = running_at_5_percent(scene)
    scene.merge({RELEASE: render(replace(decided, weight=50))})
    for _ in range(3):
        outcome = scene.tick_one()
        assert (outcome.kind, outcome.commit) == ("hold", None)
        assert "weight: 5 -> 50" in outcome.decision.reason
    assert outcome.idle, "a run until idle ends here"
    assert "weight: 5 -> 50" in outcome.problem, "a run says so, and its metrics"
    adopted = scene.execute("adopt", by="Olga <olga@example.org>")
    assert adopted.commit and scene.decisions()[-1]["Gate-By"] == "Olga <olga@example.org>"
    predicate = evidence.read(scene.records()[-1])
    assert predicate.inputs.observations.edit.decided == decided
    assert (predicate.inputs.release.weight, predicate.inputs.command.by) == (50, "Olga <olga@example.org>")
    assert evidence.replay(scene.records()[-1]) == predicate.decision
    scene.tick_until_stable(2)


def test_a_reverted_edit_needs_nobody(scene: Scene):
    decided = running_at_5_percent(scene)
    before = scene.file(RELEASE)
    scene.merge({RELEASE: render(replace(decided, weight=50))})
    assert scene.tick_one().kind == "hold"
    scene.merge({RELEASE: before})
    assert scene.tick_one().kind == "wait"


def test_a_harmful_canary_is_rolled_back_from_an_edited_state_and_that_stays_held(scene: Scene):
    decided = running_at_5_percent(scene)
    scene.merge({RELEASE: render(replace(decided, weight=50))})
    scene.gateway.failure_rate["canary"] = 0.5
    for _ in range(6):
        scene.tick()
        if scene.release().canary is None:
            break
    assert [rejection.version for rejection in scene.release().rejected] == [2]
    assert "not as the gate left it" in scene.release().hold.reason
