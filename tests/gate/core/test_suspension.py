"""Stable gets all traffic, without a rejection, when the split is wrong or figures are missing for long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.deciding import DARK, EARLIER, after, at, decision_on, observing, seen
from support.releases import POLICY, T0, V1, V2, reading

from sluicegate.gate.core.decision import GATEWAY
from sluicegate.specs.release import Hold

EVEN = {"error_rate": (1000, 1000, 10, 10)}


def test_a_wrong_split_goes_nowhere_and_is_a_problem_that_a_person_sees():
    decision = decision_on(at(5), observing(seen(5, 1000, 1000, number=5, **EVEN)))
    assert (decision.kind, decision.commits) == ("wait", False)
    wrong = "wrong split: 50 % of 2,000 requests went to the canary, 5 % is committed"
    assert wrong in decision.reason
    assert wrong in decision.problem


def test_a_canary_that_fails_under_a_wrong_split_is_rolled_back():
    observed = seen(5, 1000, 1000, number=5, error_rate=(1000, 1000, 900, 10))
    decision = decision_on(at(5), observing(observed))
    assert (decision.kind, decision.release.rejected[0].version) == ("rollback", 2)


@pytest.mark.parametrize(("number", "kind"), [(5, "wait"), (6, "hold"), (9, "hold")])
def test_after_six_windows_of_a_wrong_split_stable_gets_all_traffic(number, kind):
    decision = decision_on(at(5), observing(seen(5, 1000, 1000, number=number, **EVEN)))
    assert decision.kind == kind


@pytest.mark.parametrize(
    ("hold", "freeze"), [(None, None), (Hold(T0, "audit"), None), (None, "night")], ids=["", "hold", "freeze"]
)
def test_a_suspension_rejects_nothing_and_neither_hold_nor_freeze_delays_it(hold, freeze):
    release = at(5, EARLIER, hold=hold)
    decision = decision_on(release, observing(seen(5, 1000, 1000, number=6, **EVEN), freeze=freeze))
    assert decision.kind == "hold"
    assert (decision.release.weight, decision.release.canary, decision.release.stable) == (0, V2, V1)
    assert (decision.release.counts, decision.release.rejected) == ((), ())
    assert decision.release.hold == (hold or Hold(after(120), decision.reason)), "a person's hold outlasts it"
    assert "stable gets all traffic, the version is not rejected: wrong split" in decision.reason
    assert decision.reason.endswith("seen for 6 windows")
    again = decision_on(decision.release, observing(reading(0)))
    assert (again.kind, again.commits) == ("wait", False)


def test_the_policy_says_after_how_many_windows():
    policy = replace(POLICY, split_windows=2)
    kinds = [
        decision_on(at(5), observing(seen(5, 1000, 1000, number=number, **EVEN)), policy).kind
        for number in (1, 2)
    ]
    assert kinds == ["wait", "hold"]


# --- blindness ---


def blind(release=None, since=-901.0, weight=5, **more):
    silent = reading(weight, missing={GATEWAY: "connection refused"})
    return decision_on(release or at(weight), observing(silent, blind_since=after(since), **more), seconds=0)


def test_blind_for_longer_than_allowed_gives_stable_all_traffic_without_a_rejection():
    decision = blind()
    assert (decision.kind, decision.release.weight, decision.release.canary) == ("hold", 0, V2)
    assert decision.release.rejected == ()
    assert "without figures for more than 15 min: connection refused" in decision.reason
    assert "connection refused" in decision.problem
    assert blind(since=-900.0).kind == "wait"


@pytest.mark.parametrize("hold", [None, Hold(T0, "audit")])
@pytest.mark.parametrize("freeze", [None, "night"])
def test_neither_a_hold_nor_a_freeze_keeps_a_blind_canary(hold, freeze):
    assert blind(at(5, hold=hold), freeze=freeze).release.weight == 0


def test_without_any_reading_it_is_blind_as_well():
    decision = decision_on(at(5), observing(None, blind_since=after(-901)), seconds=0)
    assert (decision.kind, decision.release.weight) == ("hold", 0)


def test_a_first_version_is_not_suspended_for_there_is_nothing_that_could_take_its_traffic():
    first = replace(at(100), stable=None)
    assert blind(first, weight=100).kind == "wait"


def test_in_the_dark_there_is_no_traffic_to_give_back():
    assert blind(DARK, weight=0).kind != "hold"


def test_a_moment_without_figures_is_no_problem_yet():
    assert blind(since=-59.0).problem is None
    assert blind(since=-60.0).problem.startswith("without figures since 2024-06-01T11:59:00+00:00: connect")
