"""What a running release waits for; waiting commits nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.deciding import CLEAN_5, EARLIER, HARM_5, SLOW, after, at, decision_on, observing, seen
from support.releases import ERRORS, POLICY, T0, V2, V3, reading, windows

from sluicegate.gate.core.decision import GATEWAY
from sluicegate.specs.policy import Pause
from sluicegate.specs.release import Hold


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        (None, "no metrics were read"),
        (reading(None), "does not report which weight is in effect, 5 % is committed"),
        (reading(1), "1 % is in effect, 5 % is committed"),
        (reading(5, missing={GATEWAY: "the gateway has no figures"}), "the gateway has no figures"),
    ],
)
def test_without_figures_of_the_committed_weight_nothing_goes_on(observed, reason):
    decision = decision_on(at(5, EARLIER), observing(observed))
    assert (decision.kind, decision.commits) == ("wait", False)
    assert not any(judgement.non_inferior for judgement in decision.judgements)
    assert reason in decision.reason


def test_problems_of_the_reading_are_in_the_reason():
    broken = reading(None, problems=("gateway: connection refused",))
    assert "(gateway: connection refused)" in decision_on(at(5), observing(broken)).reason


def test_before_the_first_window_it_waits_and_commits_nothing():
    decision = decision_on(at(5), observing(reading(5)))
    assert (decision.kind, decision.commits) == ("wait", False)
    assert decision.reason == "production at 5 %: the canary has had 0 of this step's 20 requests"


def test_a_step_that_is_counted_again_says_why():
    observed = replace(seen(5, 5, 95, error_rate=(5, 95, 0, 0)), reset="the gateway restarted at 12:00:40")
    decision = decision_on(at(5), observing(observed))
    assert decision.reason.endswith("20 requests (counted again: the gateway restarted at 12:00:40)")


def test_a_hold_waits_with_its_reason():
    decision = decision_on(at(5, hold=Hold(T0, "audit")), observing(CLEAN_5))
    assert (decision.kind, decision.commits) == ("wait", False)
    assert "audit; release the hold" in decision.reason


def test_a_freeze_waits_with_its_reason():
    decision = decision_on(at(5), observing(CLEAN_5, freeze="christmas"))
    assert (decision.kind, decision.commits) == ("wait", False)
    assert "freeze: christmas" in decision.reason


def test_a_held_release_commits_nothing_however_often_its_counters_are_reset():
    release = at(5, hold=Hold(T0, "audit"))
    for minute in range(1, 11):
        observed = replace(CLEAN_5, at=after(60 * minute), reset="it restarted")
        assert not decision_on(release, observing(observed), seconds=60 * minute).commits


def test_each_step_needs_requests_of_its_own():
    few, enough = (seen(5, n, 19 * n, error_rate=(n, 19 * n, 0, 0)) for n in (19, 20))
    decision = decision_on(at(5, EARLIER), observing(few))
    assert (decision.kind, decision.judgements[0].non_inferior) == ("wait", True)
    assert "has had 19 of this step's 20 requests" in decision.reason
    assert decision_on(at(5, EARLIER), observing(enough)).kind == "advance"


def test_a_gate_that_saw_less_than_the_gateway_has_not_seen_the_step():
    policy = replace(POLICY, gates=(ERRORS, SLOW))
    observed = seen(5, 1000, 19_000, error_rate=(1000, 19_000, 5, 95), slow_requests=(7, 19_000, 0, 95))
    assert "has had 7 of this step's 20" in decision_on(at(5), observing(observed), policy).reason


def test_each_step_lasts_its_seconds_by_the_clock_of_what_counted_it():
    policy = replace(POLICY, min_seconds=130)
    waits = decision_on(at(5), observing(CLEAN_5), policy, seconds=10**5)
    assert waits.reason.endswith("2 min of the 2.17 min that this step lasts")
    assert (
        decision_on(at(5), observing(CLEAN_5), replace(policy, min_seconds=120), seconds=1).kind == "advance"
    )


def test_a_step_that_a_person_has_to_approve_waits_for_that_alone():
    policy = replace(POLICY, pauses=(Pause(5, approval=True),))
    waits = decision_on(at(5), observing(CLEAN_5), policy)
    assert waits.kind == "wait"
    assert "everything else is shown; a person has to approve: sluice gate approve" in waits.reason
    goes = decision_on(at(5, approved=5), observing(CLEAN_5), policy)
    assert (goes.kind, goes.release.approved) == ("advance", None)
    assert decision_on(at(5, approved=1), observing(CLEAN_5), policy).kind == "wait"
    assert decision_on(at(5), observing(HARM_5), policy).kind == "rollback"


def test_an_undecided_gate_waits_and_says_how_much_longer():
    decision = decision_on(at(5), observing(seen(5, 50, 950, error_rate=(50, 950, 0, 0))))
    assert (decision.kind, decision.commits) == ("wait", False)
    (judgement,) = decision.judgements
    assert not judgement.non_inferior
    assert 1000 < judgement.needs < 3000
    assert "not yet within the margin 1 % at 25 %, needs about " in decision.reason
    assert "at this traffic" in decision.reason


def test_a_rate_difference_beyond_the_margin_is_promised_nothing():
    decision = decision_on(at(50), observing(seen(50, 500, 500, error_rate=(500, 500, 22, 15))))
    assert decision.kind == "wait"
    assert decision.judgements[0].needs is None
    assert "nor would it be at the rates seen so far" in decision.reason


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        (
            reading(5, windows(6, 1000, 19_000), missing={"error_rate": "scrape timed out"}),
            "scrape timed out",
        ),
        (reading(5, windows(6, 1000, 19_000)), "no data"),
        (
            seen(5, 1000, 19_000, error_rate=(1000, 19_000, (0, 0), (0, 0))),
            "2 kinds of failures are counted where the policy has 1",
        ),
        (seen(5, 1000, 19_000, error_rate=(12, 19_000, 18, 0)), "more failures than requests"),
    ],
)
@pytest.mark.parametrize("earlier", [(), EARLIER], ids=["in the first step", "later"])
def test_a_gate_without_usable_data_never_promotes(observed, reason, earlier):
    decision = decision_on(at(5, earlier), observing(observed))
    assert (decision.kind, decision.commits) == ("wait", False)
    assert decision.judgements[0].rate_difference.upper == float("inf")
    assert f"error_rate: {reason}" in decision.reason


def test_a_canary_that_is_not_ready_does_not_advance():
    decision = decision_on(at(5), observing(replace(CLEAN_5, ready=False)))
    assert (decision.kind, decision.reason) == ("wait", "production at 5 %: the canary is not ready")


def test_a_newer_version_waits_for_the_running_one():
    decision = decision_on(at(5), observing(CLEAN_5, candidate=V3, upstream=V3))
    assert (decision.kind, decision.release.canary) == ("advance", V2)
    assert "version 3 waits while this release goes on" in decision.reason
