"""What the gate tells of each outcome: of real releases, in a real repository."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support.gate_scene import ENVIRONMENT, MODEL, Scene
from support.specs import environment_yaml, model_yaml

from sluicegate.gate.daemon.announce import REMINDED, Announcement, announcements_of
from sluicegate.gate.daemon.outcome import Outcome


def told(outcome: Outcome) -> list[tuple[int, str, int]]:
    return [(one.version.version, one.stage, one.weight) for one in announcements_of(outcome)]


def of(outcome: Outcome) -> Announcement:
    (one,) = announcements_of(outcome)
    return one


def test_a_release_is_told_from_its_start_to_its_end(scene: Scene) -> None:
    scene.release_version_1()
    revision = scene.merge_version(2)
    news = []
    for _ in range(40):
        news += announcements_of(scene.tick_one())
        if news[-1].stage == "stable":
            break
    assert {one.version.revision for one in news} == {revision}
    decided = [(one.stage, one.weight, one.step) for one in news if one.decided]
    assert decided[0] == ("running", 0, 0)
    assert [weight for _, weight, _ in decided] == sorted(weight for _, weight, _ in decided)
    assert decided[-1] == ("stable", 100, len(news[-1].steps))
    assert all(one.evidence for one in news if one.decided)


def test_a_waiting_release_says_how_many_requests_it_needs_and_how_long_they_take(scene: Scene) -> None:
    scene.release_version_1()
    scene.gateway.per_reading = 400
    scene.merge_version(2)
    waiting = next(one for one in map(of, (scene.tick_one() for _ in range(20))) if one.needs)
    window = 10.0
    assert waiting.seconds == waiting.needs * window / 400
    assert waiting.evaluation.judgements[0].needs == waiting.needs


def test_it_is_said_of_the_gate_that_takes_the_longest(scene: Scene) -> None:
    scene.release_version_1()
    scene.merge_version(2)
    outcome = next(one for one in (scene.tick_one() for _ in range(20)) if of(one).needs)
    (judged,) = of(outcome).evaluation.judgements
    quick = replace(judged, needs=9000, needs_seconds=30.0)
    slow = replace(judged, gate="counter/checkout", unit="checkouts", needs=40, needs_seconds=3600.0)
    never = replace(judged, gate="error_rate", needs=None, needs_seconds=None)
    assert outcome.decision is not None
    for judgements, expected in (
        ((quick, slow), (40, "checkouts", 3600.0)),
        ((quick, slow, never), (None, "requests", None)),
        ((replace(slow, non_inferior=True), quick), (9000, "requests", 30.0)),
    ):
        one = of(replace(outcome, decision=replace(outcome.decision, judgements=judgements)))
        assert (one.needs, one.units, one.seconds) == expected


def test_a_rollback_is_told_with_its_reason_and_not_again(scene: Scene) -> None:
    scene.release_version_1()
    scene.merge_version(2)
    scene.gateway.failure_rate["canary"] = 0.5
    rolled_back = next(one for one in (of(scene.tick_one()) for _ in range(20)) if one.stage == "rolled back")
    assert rolled_back.decided
    assert "harmful" in rolled_back.evaluation.reason
    assert rolled_back.weight == 0
    assert of(scene.tick_one()).reminder


def test_who_commanded_it_is_said(scene: Scene) -> None:
    scene.release_version_1()
    scene.merge_version(2)
    scene.tick_one()
    held = of(scene.execute("hold", by="Olga <olga@example.org>", reason="a doubt"))
    assert (held.stage, held.by, held.command) == ("held", "Olga <olga@example.org>", "hold")
    assert "a doubt" in held.evaluation.reason


def test_a_version_whose_place_is_taken_is_told_to_have_ended(scene: Scene) -> None:
    scene.release_version_1()
    scene.merge_version(2)
    scene.tick_one()
    scene.merge_version(3)
    assert told(scene.tick_one()) == [(2, "ended", 0), (3, "running", 0)]


def test_how_it_ended_is_told_again_for_a_day(scene: Scene) -> None:
    """A gate that starts cannot know whether the one before it still told it."""
    scene.merge_version(1)
    scene.tick_until_stable(1)
    assert told(scene.tick_one()) == [(1, "stable", 100)]
    scene.begin_anew()
    assert told(scene.tick_one()) == [(1, "stable", 100)]
    scene.begin_anew()
    scene.clock.now += REMINDED + timedelta(hours=1)
    assert told(scene.tick_one()) == []


def test_a_merged_version_that_cannot_start_is_told_with_what_it_lacks(scene: Scene) -> None:
    scene.merge({ENVIRONMENT: environment_yaml("production", require="[verdict]")})
    revision = scene.merge_version(2)
    one = of(scene.tick_one())
    assert (one.stage, one.version.revision, one.weight) == ("waiting", revision, 0)
    assert "version 2 waits for a verdict" in (one.problem or "")
    assert not one.decided


def test_what_waits_for_nobody_is_not_told(scene: Scene) -> None:
    """A frozen environment: the version starts by itself."""
    scene.release_version_1()
    freeze = '  freeze: [{from: "2020-01-01T00:00:00Z", until: "2099-01-01T00:00:00Z", reason: holidays}]\n'
    scene.merge({ENVIRONMENT: environment_yaml("production", extra=freeze)})
    scene.merge_version(2)
    assert [one.stage for one in announcements_of(scene.tick_one())] != ["waiting"]


def test_what_cannot_be_judged_is_told_to_nobody(scene: Scene) -> None:
    scene.merge({MODEL: model_yaml().replace(b"version: 1", b"version: one")})
    outcome = scene.tick_one()
    assert outcome.problem is not None
    assert told(outcome) == []
