"""What every decision has in common: release before and after, judgements, a newer version that waits."""

from __future__ import annotations

from dataclasses import replace

from support.releases import T0, V1, V2, V3

from sluicegate.gate.core.assessment import Assessment
from sluicegate.gate.core.case import Case, held
from sluicegate.gate.core.decision import Decision, Interval, Judgement, Observations
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Release

NOW = T0
JUDGED = Judgement("e", 0.01, 9, 1, 0, 0, Interval(), None, False, False, "e: so")
AT_5 = Release("m", "production", stable=V1, canary=V2, weight=5)
CASE = Case(AT_5, Policy((5, 100), ()), Observations(V2, V2), NOW, Assessment(judgements=(JUDGED,)))


def test_a_wait_changes_nothing_and_carries_the_judgements():
    assert CASE.wait("why") == Decision("wait", "why", AT_5, AT_5, (JUDGED,))


def test_a_decision_names_the_state_after_it():
    after = replace(AT_5, weight=25)
    assert CASE.decide("advance", "why", after) == Decision("advance", "why", AT_5, after, (JUDGED,))


def test_a_newer_version_that_waits_is_named_and_an_older_one_is_not():
    newer = replace(CASE, observations=Observations(V3, V3))
    assert newer.wait("why").reason == "why; version 3 waits while this release goes on"
    older = replace(CASE, observations=Observations(V1, V1))
    assert older.wait("why").reason == "why"


def test_the_subject_is_environment_and_weight():
    assert CASE.subject == "production at 5 %"


def test_a_hold_says_since_when_why_and_how_to_go_on():
    assert (
        held(Hold(NOW, "audit")) == "held since 2024-06-01T12:00:00+00:00: audit; release the hold to go on"
    )
