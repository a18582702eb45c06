"""What every decision has in common: release before and after, judgements, a newer version that waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import T0, V1, V2, V3

from sluicegate.gate.core.assessment import Assessment, WrongSplit
from sluicegate.gate.core.case import BLIND_WINDOWS, Case, held
from sluicegate.gate.core.counting import Running
from sluicegate.gate.core.decision import Decision, Interval, Judgement, Observations
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Release, Step, Traffic

NOW = T0
JUDGED = Judgement("e", 0.01, 0.005, 9, 1, 0, 0, Interval(), None, False, False, "e: so")
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


WINDOW = CASE.policy.window
SILENT = Running(Step(5, Traffic(0, 0), {}), (), 0, {"e": "no such series"})


@pytest.mark.parametrize(
    ("assessment", "cause"),
    [
        (Assessment(), "no figures"),
        (Assessment(running=SILENT), "e: no such series"),
        (Assessment("connection refused", running=SILENT), "connection refused"),
    ],
)
def test_figures_that_stay_away_are_a_problem_with_its_cause_and_a_moment_without_is_none(assessment, cause):
    def blind(windows, **more):
        since = NOW - windows * WINDOW
        observations = Observations(V2, V2, blind_since=since)
        return replace(CASE, assessment=assessment, observations=observations, **more)

    assert blind(BLIND_WINDOWS - 1).problem is None
    since = (NOW - BLIND_WINDOWS * WINDOW).isoformat()
    assert blind(BLIND_WINDOWS).problem == f"without figures since {since}: {cause}"
    assert blind(BLIND_WINDOWS).wait("why").problem == blind(BLIND_WINDOWS).problem
    assert blind(BLIND_WINDOWS, release=replace(AT_5, weight=0)).problem is None
    assert timedelta(seconds=10) == WINDOW


def test_a_wrong_split_is_a_problem_at_once():
    wrong = Assessment("wrong split: so", wrong_split=WrongSplit(50.0, 100, 1))
    assert replace(CASE, assessment=wrong).problem == "wrong split: so"
    assert CASE.problem is None


def test_the_subject_is_environment_and_weight():
    assert CASE.subject == "production at 5 %"


def test_a_hold_says_since_when_why_and_how_to_go_on():
    assert (
        held(Hold(NOW, "audit")) == "held since 2024-06-01T12:00:00+00:00: audit; release the hold to go on"
    )
