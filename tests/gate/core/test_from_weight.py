"""A gate that compares from a weight on: below it nothing is proven or harmed by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support.releases import ERRORS, POLICY, T0, V1, V2, closed, reading, windows

from sluicegate.gate.core.budget import clean_requests
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import Release, Step

SLOW = Gate("slow_requests", 0.02, from_weight=5)
BOTH = replace(POLICY, gates=(ERRORS, SLOW))
ALONE = replace(POLICY, gates=(SLOW,))
HARM = (300, 29_700, 300, 0)
"""Every request of the canary is slow, none of stable's."""
CLEAN = (300, 29_700, 0, 0)


def at(weight: int, *counts: Step) -> Release:
    return Release(
        "m", "production", stable=V1, canary=V2, weight=weight, started=T0, since=T0, counts=counts
    )


def deciding(release: Release, policy=BOTH, number: int = 30, total=(300, 29_700), **gates) -> Decision:
    seen = windows(number, *total, **gates)
    now = T0 + timedelta(seconds=10 * number)
    return decide(release, policy, Observations(V2, V2, reading(release.weight, seen)), now)


def test_below_it_a_difference_is_no_harm_and_keeps_nothing_back():
    decision = deciding(at(1), error_rate=CLEAN, slow_requests=HARM)
    assert (decision.kind, decision.release.weight) == ("advance", 5)
    assert decision.reason.endswith("; slow_requests: not comparable below 5 %")


def test_its_counts_below_it_are_not_kept():
    decision = deciding(at(1), error_rate=CLEAN, slow_requests=HARM)
    (step,) = decision.release.counts
    assert set(step.tallies) == {"error_rate"}


def test_without_figures_of_it_the_release_goes_on_there():
    assert deciding(at(1), error_rate=CLEAN).kind == "advance"


def test_from_it_on_the_same_difference_is_harm():
    decision = deciding(
        at(5, closed(1, 300, 29_700, error_rate=CLEAN)),
        total=(1500, 28_500),
        error_rate=(1500, 28_500, 0, 0),
        slow_requests=(1500, 28_500, 1500, 0),
    )
    assert decision.kind == "rollback"
    assert "slow_requests: " in decision.reason


def test_where_no_gate_compares_something_is_seen_all_the_same():
    few = deciding(at(1), ALONE, total=(19, 1881))
    assert (few.kind, "has had 19 of this step's 20 requests" in few.reason) == ("wait", True)
    short = deciding(at(1), ALONE, number=5)
    assert (short.kind, "50 s of the 60 s" in short.reason) == ("wait", True)
    enough = deciding(at(1), ALONE)
    assert (enough.kind, enough.release.weight) == ("advance", 5)
    assert enough.reason.endswith("slow_requests: not comparable below 5 %")


def test_a_wrong_split_keeps_it_back_there_too():
    assert deciding(at(1), ALONE, total=(3000, 27_000)).kind == "hold"


def test_the_least_that_a_rollout_takes_counts_no_step_below_it():
    later = clean_requests(replace(ALONE, steps=(1, 5, 100)), rate=100.0)
    always = clean_requests(replace(ALONE, steps=(1, 5, 100), gates=(replace(SLOW, from_weight=1),)), 100.0)
    assert later[0] == 20 * 100
    assert always[0] > later[0]
