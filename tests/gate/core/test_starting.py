"""Whether the newest version starts: the reasons that speak against it, and their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import T0, V1, V2

from sluicegate.gate.core.assessment import Assessment
from sluicegate.gate.core.case import Case
from sluicegate.gate.core.decision import Observations
from sluicegate.gate.core.starting import start, why_not_eligible, why_not_start
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Rejection, Release

NOW = T0
IDLE = Release("m", "production", stable=V1)


def case(release=IDLE, candidate=V2, upstream=V2, freeze=None):
    observations = Observations(candidate, upstream, freeze=freeze)
    return Case(release, Policy((5, 100), ()), observations, NOW, Assessment())


def test_a_new_version_starts_dark_beside_the_stable_one():
    decision = start(case())
    assert (decision.kind, decision.reason) == (
        "advance",
        "production: version 2 starts dark, beside version 1",
    )
    assert decision.release == replace(IDLE, canary=V2, started=NOW, since=NOW)


def test_the_first_version_starts_dark_as_the_first():
    decision = start(case(Release("m", "production")))
    assert decision.reason == "production: version 2 starts dark, as the first version"


def test_without_a_version_nothing_starts():
    decision = start(case(candidate=None))
    assert (decision.kind, decision.reason) == ("wait", "production: no version has been merged")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (case(candidate=V1, upstream=V1), "version 1 is stable, nothing is newer"),
        (case(replace(IDLE, stable=replace(V2, digest="other"))), "only a higher number starts"),
        (case(replace(IDLE, rejected=(Rejection(2, V2.digest, "bad"),))), "retry it or merge another: bad"),
        (case(upstream=replace(V2, digest="other")), "stable in the environment before, which has version 2"),
        (case(upstream=None), "stable in the environment before, which has nothing"),
        (case(upstream=V1), "stable in the environment before, which has version 1"),
        (case(replace(IDLE, hold=Hold(NOW, "audit"))), "held since 2024-06-01T12:00:00+00:00: audit"),
        (case(freeze="christmas"), "freeze: christmas"),
    ],
)
def test_what_speaks_against_a_start(given, reason):
    assert reason in why_not_start(given, given.observations.candidate)
    decision = start(given)
    assert (decision.kind, decision.commits) == ("wait", False)
    assert decision.reason.endswith(why_not_start(given, given.observations.candidate))


def test_a_rejection_of_other_bytes_under_the_number_does_not_count():
    rejected = (Rejection(2, "sha256:other", "bad"),)
    assert start(case(replace(IDLE, rejected=rejected))).kind == "advance"


def test_a_hold_is_named_before_a_freeze_and_neither_makes_a_version_ineligible():
    given = case(replace(IDLE, hold=Hold(NOW, "audit")), freeze="christmas")
    assert why_not_eligible(given, V2) is None
    assert "audit" in why_not_start(given, V2)
    old = case(replace(given.release, stable=V2), freeze="christmas")
    assert why_not_start(old, V2) == "version 2 is stable, nothing is newer"


def observing(**observed):
    return replace(case(), observations=Observations(V2, V2, **observed))


def test_a_version_bakes_where_it_is_stable_before_it_starts_here():
    until = NOW + timedelta(minutes=5)
    baking = observing(baking_until=until)
    assert why_not_start(baking, V2) == (
        "version 2 bakes in the environment before until 2024-06-01T12:05:00+00:00"
    )
    assert why_not_start(replace(baking, now=until), V2) is None


def test_no_more_releases_run_than_may():
    crowd = "3 releases run here, and no more may: a, b, c"
    assert why_not_start(observing(crowded=crowd), V2) == crowd
