"""When a newer version takes the place of the one that is being released."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import POLICY, T0, V1, V2, V3

from sluicegate.gate.core.decision import Observations, Reading
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Rejection, Release

NOW = T0 + timedelta(minutes=5)
AT_5 = Release("m", "production", stable=V1, canary=V2, weight=5, started=T0, since=T0)
STARTED_3 = Release("m", "production", stable=V1, canary=V3, started=NOW, since=NOW)
WAITING = Observations(V3, V3, Reading(NOW, None, False))
READY = replace(WAITING, reading=Reading(NOW, 5, True))
UNSEEN = Policy(POLICY.steps, (), min_requests=0, min_seconds=0)
"""A policy under which a ready canary goes on."""


@pytest.mark.parametrize(
    ("release", "observations", "why"),
    [
        (replace(AT_5, weight=0), READY, "it had no traffic yet"),
        (AT_5, WAITING, "the gateway does not report which weight is in effect"),
        (replace(AT_5, hold=Hold(T0, "the deadline has passed")), READY, "it was held: the deadline"),
        (replace(AT_5, started=T0 - timedelta(days=9)), READY, "its deadline has passed"),
    ],
    ids=["dark", "waiting", "held by the gate", "overdue"],
)
def test_a_release_that_does_not_go_on_makes_room(release: Release, observations: Observations, why: str):
    decision = decide(release, POLICY, observations, NOW)
    assert (decision.kind, decision.release) == ("advance", STARTED_3)
    assert "version 3 starts dark in place of version 2: " in decision.reason and why in decision.reason
    assert decision.version == V3


def test_one_that_goes_on_at_this_evaluation_goes_on():
    decision = decide(AT_5, UNSEEN, READY, NOW)
    assert (decision.kind, decision.release.canary, decision.release.weight) == ("advance", V2, 25)
    assert decision.reason.endswith("; version 3 waits while this release goes on")


@pytest.mark.parametrize(
    ("release", "policy", "observations"),
    [
        (AT_5, replace(POLICY, supersede="queue"), WAITING),
        (AT_5, POLICY, replace(WAITING, freeze="stocktaking")),
        (AT_5, POLICY, replace(WAITING, upstream=V2)),
        (AT_5, POLICY, Observations(V1, V1, WAITING.reading)),
        (replace(AT_5, hold=Hold(T0, "audit", by="Olga")), POLICY, WAITING),
        (replace(AT_5, hotfix="prices are wrong"), POLICY, WAITING),
        (replace(AT_5, rejected=(Rejection(3, V3.digest, "harmful"),)), POLICY, WAITING),
        (replace(AT_5, stable=None, weight=100), POLICY, WAITING),
    ],
    ids=[
        "queue",
        "freeze",
        "not yet stable before",
        "older",
        "held by a person",
        "hotfix",
        "rejected",
        "a first version with all traffic",
    ],
)
def test_what_keeps_the_newer_one_waiting(release: Release, policy: Policy, observations: Observations):
    decision = decide(release, policy, observations, NOW)
    assert (decision.kind, decision.release) == ("wait", release)
