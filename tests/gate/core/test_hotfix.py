"""A version that a person sends out at once, from whatever state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import POLICY, T0, V1, V2, V3

from sluicegate.gate.core.command import Command, CommandError
from sluicegate.gate.core.commands import apply_command
from sluicegate.gate.core.decision import Observations, Reading
from sluicegate.gate.core.machine import decide
from sluicegate.specs.release import Hold, Rejection, Release

NOW = T0 + timedelta(minutes=5)
IDLE = Release("m", "production", stable=V1)
AT_5 = replace(IDLE, canary=V2, weight=5, started=T0, since=T0)
DARK = replace(IDLE, canary=V3, started=NOW, since=NOW, hotfix="prices are wrong")


MERGED = Observations(V3, V1)


def hotfix(release, observations=MERGED):
    return apply_command(Command("hotfix", "prices are wrong"), release, POLICY, observations, NOW)


def observed(weight, *, ready=True, **more):
    return Observations(V3, V1, Reading(NOW, weight, ready), **more)


@pytest.mark.parametrize(
    "release",
    [
        IDLE,
        replace(IDLE, hold=Hold(T0, "audit", by="Olga")),
        replace(IDLE, rejected=(Rejection(3, V3.digest, "harmful"),)),
        AT_5,
        replace(AT_5, hold=Hold(T0, "the deadline has passed")),
    ],
    ids=["idle", "held", "rejected", "another version runs", "another version is held"],
)
def test_one_command_starts_it_from_any_state(release):
    decision = hotfix(release)
    assert (decision.kind, decision.release) == ("advance", DARK)
    assert decision.reason == "hotfix: version 3 starts dark: prices are wrong"


def test_it_goes_to_99_as_soon_as_it_is_ready_and_no_sooner():
    assert decide(DARK, POLICY, observed(0, ready=False), NOW).kind == "wait"
    decision = decide(DARK, POLICY, observed(0), NOW)
    assert (decision.kind, decision.release) == ("advance", replace(DARK, weight=99, since=NOW))
    assert decision.reason.endswith("the canary is ready and goes to 99 % by hand: prices are wrong")


def test_a_freeze_does_not_stop_what_a_person_ordered_and_a_hold_does():
    assert decide(DARK, POLICY, observed(0, freeze="stocktaking"), NOW).release.weight == 99
    held = replace(DARK, hold=Hold(NOW, "not yet", by="Olga"))
    assert decide(held, POLICY, observed(0), NOW).kind == "wait"


def test_at_99_it_is_judged_like_any_other():
    out = replace(DARK, weight=99)
    decision = decide(out, POLICY, observed(99), NOW)
    assert (decision.kind, decision.commits) == ("wait", False)


def test_the_canary_that_runs_goes_out_at_once_where_it_is_ready():
    running = replace(AT_5, canary=V3)
    decision = hotfix(running, observed(5))
    assert (decision.release.weight, decision.release.hotfix) == (99, "prices are wrong")
    assert decision.reason == "hotfix: version 3: 5 % -> 99 %: prices are wrong"
    later = hotfix(running, observed(5, ready=False)).release
    assert (later.weight, later.hotfix) == (5, "prices are wrong")
    assert decide(later, POLICY, observed(5), NOW).release.weight == 99


def test_the_first_version_has_nothing_to_hold_back():
    first = replace(DARK, stable=None)
    assert decide(first, POLICY, observed(0), NOW).release.weight == 100


@pytest.mark.parametrize(
    ("release", "observations", "message"),
    [
        (IDLE, Observations(), "No version has been merged"),
        (IDLE, Observations(V1, V1), "Version 1 is stable already"),
        (replace(IDLE, stable=V2), Observations(V1, V2), "below stable version 2; roll back: .*--to 1"),
        (replace(AT_5, canary=V3, weight=99), observed(99), "has 99 % already"),
    ],
)
def test_what_makes_no_sense_is_refused(release, observations, message):
    with pytest.raises(CommandError, match=message):
        hotfix(release, observations)
