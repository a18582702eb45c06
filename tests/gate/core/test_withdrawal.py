"""What becomes of a canary that main no longer holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import POLICY, T0, V1, V2

from sluicegate.gate.core.decision import Observations, Reading
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Release

NOW = T0 + timedelta(minutes=5)
AT_5 = Release("m", "production", stable=V1, canary=V2, weight=5, started=T0, since=T0)
REVERTED = Observations(V1, V1, withdrawn="main says version 1")


@pytest.mark.parametrize("weight", [0, 5, 100])
def test_stable_gets_all_traffic_and_the_version_is_not_rejected(weight: int):
    release = replace(AT_5, weight=weight)
    decision = decide(release, POLICY, REVERTED, NOW)
    assert (decision.kind, decision.release) == (
        "rollback",
        Release("m", "production", stable=V1, since=NOW),
    )
    assert decision.reason == f"production at {weight} %: version 2 is taken back: main says version 1"


def test_the_same_version_merged_again_starts_again():
    release = decide(AT_5, POLICY, REVERTED, NOW).release
    again = decide(release, POLICY, Observations(V2, V2), NOW)
    assert (again.kind, again.release.canary, again.release.weight) == ("advance", V2, 0)


@pytest.mark.parametrize(
    ("release", "observations"),
    [
        (AT_5, replace(REVERTED, freeze="stocktaking")),
        (replace(AT_5, started=T0 - timedelta(days=9)), REVERTED),
        (AT_5, replace(REVERTED, reading=Reading(NOW, None, False))),
        (replace(AT_5, hotfix="prices are wrong"), REVERTED),
    ],
    ids=["freeze", "past the deadline", "no figures", "hotfix"],
)
def test_nothing_holds_it_up(release: Release, observations: Observations):
    decision = decide(release, POLICY, observations, NOW)
    assert (decision.kind, decision.release.canary, decision.release.hotfix) == ("rollback", None, None)


def test_a_hold_of_the_gate_ends_with_it_and_a_persons_stays():
    overdue = replace(AT_5, hold=Hold(T0, "the deadline has passed"))
    assert decide(overdue, POLICY, REVERTED, NOW).release.hold is None
    held = replace(AT_5, hold=Hold(T0, "audit", by="Olga"))
    decision = decide(held, POLICY, REVERTED, NOW)
    assert (decision.kind, decision.release.hold) == ("rollback", held.hold)


def test_a_canary_that_nobody_can_judge_is_taken_back_without_a_policy():
    gone = Observations(withdrawn="its own rules cannot be read any more: model.yaml is not there")
    decision = decide(AT_5, Policy((100,), ()), gone, NOW)
    assert decision.kind == "rollback" and "cannot be read any more" in decision.reason
