"""decide(): a new version starts dark, harm counts first, and each step leads to the next."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.deciding import CLEAN_5, DARK, IDLE, SLOW, after, at, decision_on, observing, seen
from support.releases import ERRORS, POLICY, V1, V2, closed, reading

from sluicegate.gate.core.machine import RULES, roll_back
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Rejection, Release, Traffic, Version


def test_a_new_version_starts_dark():
    decision = decision_on(IDLE, observing())
    assert decision.kind == "advance"
    assert decision.release == replace(IDLE, canary=V2, weight=0, started=after(120), since=after(120))
    assert decision.reason == "production: version 2 starts dark, beside version 1"


def test_the_first_version_starts_dark_too():
    decision = decision_on(Release("m", "production"), observing())
    assert (decision.kind, decision.release.canary, decision.release.weight) == ("advance", V2, 0)


def test_a_ready_canary_enters_the_first_step_without_evidence():
    decision = decision_on(DARK, observing(reading(None)))
    assert (decision.kind, decision.release.weight, decision.release.since) == ("advance", 1, after(120))
    assert decision.release.counts == ()


def test_the_first_version_goes_straight_to_100_when_ready():
    decision = decision_on(replace(DARK, stable=None), observing(reading(None)))
    assert (decision.kind, decision.release.weight) == ("advance", 100)


@pytest.mark.parametrize("observed", [None, reading(None, ready=False)])
def test_a_canary_that_is_not_known_ready_waits(observed):
    decision = decision_on(DARK, observing(observed))
    assert (decision.kind, decision.commits) == ("wait", False)


def test_harm_comes_before_every_other_rule():
    assert RULES[0] is roll_back


def test_a_non_inferior_canary_closes_the_step_and_goes_to_the_next():
    decision = decision_on(at(5), observing(CLEAN_5))
    assert decision.kind == "advance"
    (step,) = decision.release.counts
    assert decision.release == replace(DARK, weight=25, since=after(120), counts=(step,))
    assert (step.weight, step.traffic) == (5, Traffic(1000, 19_000))
    total = step.tallies["error_rate"].total
    assert (total.requests, total.bad_canary, total.bad_stable) == (20_000, (5,), (95,))
    assert "every gate is within its margin at 25 %: error_rate: rate difference" in decision.reason


def test_every_gate_must_be_non_inferior():
    policy = replace(POLICY, gates=(ERRORS, SLOW))
    counts = {"error_rate": (1000, 19_000, 5, 95), "slow_requests": (100, 1900, 18, 285)}
    decision = decision_on(at(5), observing(seen(5, 1000, 19_000, number=12, **counts)), policy)
    assert decision.kind == "wait"
    assert "slow_requests" in decision.reason
    assert "error_rate" not in decision.reason


def test_the_holdback_goes_to_100_only_when_non_inferior():
    few = seen(99, 297, 3, error_rate=(297, 3, 0, 0))
    many = seen(99, 9900, 100, error_rate=(9900, 100, 0, 0))
    waits, goes = (decision_on(at(99), observing(observed)) for observed in (few, many))
    assert (waits.kind, goes.kind, goes.release.weight) == ("wait", "advance", 100)


def test_the_holdback_still_shows_harm():
    observed = seen(99, 99_000, 1000, error_rate=(99_000, 1000, 30_000, 0))
    assert decision_on(at(99), observing(observed)).kind == "rollback"


def test_at_100_the_canary_becomes_stable():
    older = tuple(Version(n, f"r{n}", f"sha256:{n}") for n in range(100, 110))
    release = replace(
        at(100, (closed(50, 500, 500, error_rate=(500, 500, 1, 1)),)),
        history=older,
        rejected=(Rejection(2, "sha256:other", "bad"), Rejection(3, "sha256:x", "bad")),
    )
    decision = decision_on(release, observing(seen(100, 20, 0)))
    assert decision.kind == "finish"
    assert decision.release == replace(
        IDLE,
        stable=V2,
        stable_since=after(120),
        since=after(120),
        history=(V1, *older[:9]),
        rejected=(Rejection(3, "sha256:x", "bad"),),
    )


@pytest.mark.parametrize(
    "observed",
    [
        seen(50, 900, 0),
        seen(100, 19, 0),
        seen(100, 900, 0, number=5),
        replace(seen(100, 900, 0), ready=False),
        reading(100),
        None,
    ],
    ids=["not in effect", "too few", "too short", "not ready", "no window", "no reading"],
)
def test_at_100_it_must_be_in_effect_ready_and_observed(observed):
    decision = decision_on(at(100), observing(observed))
    assert (decision.kind, decision.commits) == ("wait", False)


def test_one_step_without_statistics_goes_dark_100_finish():
    policy = Policy(steps=(100,), gates=(ERRORS,), min_requests=0, min_seconds=0)
    release, kinds = IDLE, []
    for _ in range(3):
        weight = release.weight if release.canary else None
        decision = decision_on(release, observing(reading(weight)), policy)
        release, _ = decision.release, kinds.append((decision.kind, decision.release.weight))
    assert kinds == [("advance", 0), ("advance", 100), ("finish", 0)]
    assert release.stable == V2
    assert not decision_on(release, observing(reading(None)), policy).commits


def test_a_policy_without_gates_still_needs_requests():
    policy = Policy(steps=(50, 100), gates=(), min_seconds=0)
    assert decision_on(at(50), observing(seen(50, 10, 10)), policy).kind == "wait"
    assert decision_on(at(50), observing(seen(50, 20, 20)), policy).kind == "advance"
