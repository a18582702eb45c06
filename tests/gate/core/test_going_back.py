"""Where a person's rollback leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import POLICY, T0, V1, V2, V3

from sluicegate.gate.core.command import CommandError
from sluicegate.gate.core.commands import retry
from sluicegate.gate.core.decision import Observations
from sluicegate.gate.core.going_back import rollback
from sluicegate.gate.core.machine import decide
from sluicegate.specs.release import Hold, Rejection, Release, Version

NOW = T0 + timedelta(minutes=5)
V4 = Version(4, "4" * 40, "sha256:" + "4" * 64)
WHY = "rolled back by hand: users complain"
IDLE = Release("m", "production", stable=V3, history=(V2, V1))
AT_5 = replace(IDLE, canary=V4, weight=5, started=T0, since=T0)


@pytest.mark.parametrize("release", [IDLE, replace(IDLE, hold=Hold(T0, "audit"))], ids=["idle", "held"])
def test_any_version_of_the_history_becomes_stable_at_once(release: Release):
    decision = rollback(release, "users complain", NOW, to=1, by="Olga")
    assert decision.release == Release(
        "m",
        "production",
        stable=V1,
        stable_since=NOW,
        history=(V2,),
        since=NOW,
        rejected=(Rejection(3, V3.digest, WHY),),
        hold=Hold(NOW, WHY, "Olga"),
    )


def test_a_canary_goes_as_well_and_both_are_rejected():
    after = rollback(AT_5, "users complain", NOW, to=2).release
    assert (after.stable, after.canary, after.weight) == (V2, None, 0)
    assert [rejection.version for rejection in after.rejected] == [4, 3]


def test_to_the_stable_version_only_the_canary_goes():
    assert rollback(AT_5, "users complain", NOW, to=3) == rollback(AT_5, "users complain", NOW)


@pytest.mark.parametrize(
    ("release", "to", "message"),
    [
        (IDLE, 3, "Version 3 is stable already"),
        (IDLE, 9, "Version 9 was not stable here; name one of 2, 1"),
        (replace(IDLE, history=()), None, "There is no version to go back to; hold the release"),
    ],
)
def test_a_version_that_was_never_stable_is_refused(release: Release, to: int | None, message: str):
    with pytest.raises(CommandError, match=message):
        rollback(release, "users complain", NOW, to=to)


def test_one_command_starts_again():
    release = rollback(AT_5, "users complain", NOW).release
    assert decide(release, POLICY, Observations(V4, V4), NOW).kind == "wait"
    decision = retry(release, 4, "was the network", NOW)
    assert decision.reason == "hold released, version 4 may start again: was the network"
    assert decide(decision.release, POLICY, Observations(V4, V4), NOW).release.canary == V4


def test_a_hold_for_another_reason_outlasts_the_retry():
    release = replace(IDLE, rejected=(Rejection(4, V4.digest, "harmful"),), hold=Hold(T0, "audit", "Olga"))
    decision = retry(release, 4, "was the network", NOW)
    assert decision.release == replace(release, rejected=())
    assert "once the hold is released" in decision.reason
