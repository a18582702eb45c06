"""The smoke test in the decision: what fails is taken back, what was not tested waits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.releases import POLICY, T0, V1, V2, reading

from sluicegate.gate.core.commands import Command, CommandError, apply_command
from sluicegate.gate.core.decision import Decision, Observations, Smoke
from sluicegate.gate.core.machine import decide
from sluicegate.specs.release import Hold, Release

FIRST = Release("m", "production", canary=V2, started=T0, since=T0)
LATER = replace(FIRST, stable=V1)
TESTED = replace(POLICY, smoke=True)
PASSED = Smoke("passed", "20 rows of its evaluation set are answered as expected", 20, 20)
FAILED = Smoke("failed", "row 4 of its evaluation set was answered with 400", 1, 0)
NOT_RUN = Smoke("not_run", "no route to the canary; promote it by hand")


def observing(smoke: Smoke | None, **more) -> Observations:
    return Observations(V2, V2, reading(0), smoke=smoke, **more)


def deciding(release: Release, smoke: Smoke | None, policy=TESTED, **more) -> Decision:
    return decide(release, policy, observing(smoke, **more), T0)


@pytest.mark.parametrize(("release", "weight"), [(FIRST, 100), (LATER, 1)])
def test_a_version_that_passed_gets_its_first_traffic(release, weight):
    decision = deciding(release, PASSED)
    assert (decision.kind, decision.release.weight) == ("advance", weight)
    assert decision.reason.endswith(
        "the smoke test passed: 20 rows of its evaluation set are answered as expected"
    )


@pytest.mark.parametrize("release", [FIRST, LATER])
def test_a_version_that_failed_is_taken_back_and_rejected(release):
    decision = deciding(release, FAILED)
    assert (decision.kind, decision.release.canary, decision.release.weight) == ("rollback", None, 0)
    assert decision.release.stable == release.stable
    why = "production at 0 %: the smoke test failed: row 4 of its evaluation set was answered with 400"
    assert decision.reason == why
    assert [rejection.reason for rejection in decision.release.rejected] == [why]


def test_neither_hold_nor_freeze_keeps_a_version_that_failed():
    held = replace(LATER, hold=Hold(T0, "audit"))
    assert deciding(held, FAILED, freeze="christmas").kind == "rollback"


@pytest.mark.parametrize(
    ("smoke", "reason"),
    [
        (None, "the smoke test has no result yet"),
        (NOT_RUN, "the smoke test could not be run: no route to the canary; promote it by hand"),
    ],
)
def test_without_a_result_it_waits_in_the_dark(smoke, reason):
    for release in (FIRST, LATER):
        decision = deciding(release, smoke)
        assert (decision.kind, decision.commits) == ("wait", False)
        assert decision.reason == f"production at 0 %: {reason}"


def test_a_canary_that_is_not_ready_is_named_before_its_smoke_test():
    decision = decide(LATER, TESTED, Observations(V2, V2, replace(reading(0), ready=False)), T0)
    assert decision.reason == "production at 0 %: the canary is not ready"


@pytest.mark.parametrize("smoke", [None, FAILED, NOT_RUN])
def test_where_the_environment_asks_none_the_reason_says_so(smoke):
    decision = deciding(LATER, smoke, policy=replace(POLICY, smoke=False))
    assert (decision.kind, decision.release.weight) == ("advance", 1)
    assert decision.reason.endswith("goes to 1 %, without evidence yet: no smoke test is asked here")


def test_with_traffic_the_gates_judge_and_no_smoke_test():
    decision = decide(replace(LATER, weight=5), TESTED, observing(FAILED), T0)
    assert decision.kind == "wait"
    assert "smoke" not in decision.reason


def promote(smoke: Smoke | None) -> Decision:
    return apply_command(Command("promote", "hotfix", to=99), LATER, TESTED, observing(smoke), T0)


def test_a_person_may_promote_what_was_not_tested():
    assert promote(None).release.weight == 99
    assert promote(NOT_RUN).release.weight == 99


def test_nobody_promotes_what_failed():
    with pytest.raises(CommandError, match="would roll back at its next evaluation: the smoke test failed"):
        promote(FAILED)
