"""Which of several policies counts, field by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sluicegate.specs.policy import Cost, Gate, Pause, Policy
from sluicegate.specs.strictness import stricter_steps, strictest, with_changes

ERRORS = Gate("error_rate", 0.01)
SLOW = Gate("slow_requests", 0.02, parameters={"over_ms": (50.0,)})
OWN = Policy((10, 100), (ERRORS,), min_requests=20, min_seconds=60, deadline=timedelta(hours=24), alpha=0.05)


def against(**other) -> Policy:
    return strictest(OWN, "version 1", replace(OWN, **other))


@pytest.mark.parametrize(
    ("one", "other", "counts"),
    [
        ((1, 5, 25, 50, 100), (10, 100), (1, 5, 25, 50, 100)),
        ((10, 100), (1, 5, 25, 50, 100), (1, 5, 25, 50, 100)),
        ((5, 100), (5, 50, 100), (5, 50, 100)),
        ((5, 50, 100), (5, 50, 100), (5, 50, 100)),
        ((100,), (1, 100), (1, 100)),
        ((1, 50, 100), (5, 10, 100), (1, 5, 10, 50, 100)),
    ],
)
def test_those_steps_are_stricter_whose_weights_are_lower_at_each_point(one, other, counts):
    assert stricter_steps(one, other) == counts
    assert stricter_steps(other, one) == counts


@pytest.mark.parametrize(
    ("field", "stricter", "looser", "words"),
    [
        ("alpha", 0.01, 0.2, "alpha 0.01 of version 1, not 0.05"),
        ("min_requests", 100, 0, "min_requests 100 of version 1, not 20"),
        ("min_seconds", 300, 0, "min_seconds 300 of version 1, not 60"),
        ("deadline", timedelta(hours=2), timedelta(days=9), "deadline 7200 s of version 1, not 86400 s"),
        ("steps", (1, 100), (100,), "steps 1/100 of version 1, not 10/100"),
    ],
)
def test_a_stricter_value_counts_and_a_looser_one_does_not(field, stricter, looser, words):
    counts = against(**{field: stricter})
    assert (getattr(counts, field), counts.overruled) == (stricter, (words,))
    assert against(**{field: looser}) == OWN and against(**{field: looser}).overruled == ()


def test_a_lower_margin_counts():
    counts = against(gates=(replace(ERRORS, margin=0.002),))
    assert counts.gates == (replace(ERRORS, margin=0.002),)
    assert counts.overruled == ("error_rate margin 0.002 of version 1, not 0.01",)
    assert against(gates=(replace(ERRORS, margin=0.5),)).gates == (ERRORS,)


def test_a_gate_that_was_dropped_counts_and_one_that_was_added_as_well():
    counts = against(gates=(SLOW,))
    assert counts.gates == (ERRORS, SLOW)
    assert counts.overruled == ("gate slow_requests of version 1, not none",)


def test_what_cannot_be_compared_stays_as_it_was_and_the_margin_is_still_the_stricter():
    own = replace(OWN, gates=(replace(SLOW, margin=0.01, parameters={"over_ms": (500.0,)}),))
    counts = strictest(own, "version 1", replace(own, gates=(SLOW,)))
    assert counts.gates[0].parameters == {"over_ms": (50.0,)} and counts.gates[0].margin == 0.01
    assert counts.overruled == ("what slow_requests counts by is that of version 1: over_ms 50",)


def test_each_source_overrules_in_turn_and_all_are_named():
    counts = strictest(against(alpha=0.02), "the floor of production", replace(OWN, alpha=0.01))
    assert counts.alpha == 0.01
    assert counts.overruled == (
        "alpha 0.02 of version 1, not 0.05",
        "alpha 0.01 of the floor of production, not 0.02",
    )


def test_a_change_of_its_own_changes_only_what_it_changed():
    loosened = replace(OWN, gates=(replace(ERRORS, margin=0.5), SLOW))
    counts = with_changes(OWN, loosened, replace(loosened, alpha=0.1))
    assert counts == replace(OWN, alpha=0.1), "the margin that came with a version is not adopted in passing"
    assert with_changes(OWN, OWN, replace(OWN, gates=(replace(ERRORS, margin=0.5),))).gates[0].margin == 0.5
    assert with_changes(OWN, OWN, replace(OWN, gates=(ERRORS, SLOW))).gates == (ERRORS, SLOW)
    assert with_changes(replace(OWN, gates=(ERRORS, SLOW)), loosened, OWN).gates == (ERRORS,)


@pytest.mark.parametrize(
    ("field", "stricter", "looser"),
    [
        ("window", timedelta(seconds=30), timedelta(seconds=1)),
        ("warmup_requests", 0, 1000),
        ("split_windows", 2, 99),
        ("blind_for", timedelta(minutes=1), timedelta(days=1)),
    ],
)
def test_windows_and_what_may_be_missing_are_compared_as_well(field, stricter, looser):
    assert getattr(against(**{field: stricter}), field) == stricter
    assert against(**{field: looser}) == OWN


@pytest.mark.parametrize(
    ("mine", "theirs", "harmful_above"),
    [
        (Gate("e", 0.02), Gate("e", 0.01), 0.005),
        (Gate("e", 0.01, tolerance=0.01), Gate("e", 0.01), 0.005),
        (Gate("e", 0.01, tolerance=0.01), Gate("e", 0.01, tolerance=0.0), 0.0),
        (Gate("e", 0.001), Gate("e", 0.01, tolerance=0.0), 0.0),
        (Gate("e", 0.01, tolerance=0.0), Gate("e", 0.01), 0.0),
    ],
)
def test_the_tolerance_is_never_above_what_either_declares(mine, theirs, harmful_above):
    counts = strictest(replace(OWN, gates=(mine,)), "version 1", replace(OWN, gates=(theirs,)))
    assert counts.gates[0].harmful_above == harmful_above


def test_the_lower_ceiling_counts_and_none_is_no_ceiling():
    low, none = replace(ERRORS, at_most=0.02), replace(ERRORS, at_most=None)
    assert strictest(replace(OWN, gates=(none,)), "version 1", replace(OWN, gates=(low,))).gates == (low,)
    assert strictest(replace(OWN, gates=(low,)), "version 1", replace(OWN, gates=(none,))).gates == (low,)


def test_pauses_last_as_long_as_either_says_and_approvals_stay():
    former = replace(OWN, pauses=(Pause(10, 600.0, approval=True), Pause(0, 30.0)))
    counts = strictest(OWN, "version 1", former)
    assert counts.pauses == (Pause(0, 30.0), Pause(10, 600.0, approval=True))
    assert counts.overruled == ("pauses of version 1: 30 s at 0 %, 600 s and approval at 10 %, not none",)
    assert strictest(former, "version 1", OWN) == former
    hasty = replace(OWN, pauses=(Pause(10, 1.0),))
    assert strictest(hasty, "version 1", OWN).pauses == (Pause(10, 60.0),)


def test_an_approval_at_a_weight_that_is_no_step_any_more_is_asked_for_before_it():
    former = replace(OWN, steps=(25, 100), pauses=(Pause(25, approval=True),))
    assert strictest(OWN, "version 1", former).pauses == (Pause(10, approval=True),)


FINE = (1, 5, 25, 50, 100)


@pytest.mark.parametrize(("weight", "asked_at"), [(30, 25), (25, 25), (3, 1), (99, 50), (100, 100)])
@pytest.mark.parametrize("whose", ["own", "the other's"])
def test_an_approval_of_either_side_is_asked_for_before_traffic_goes_beyond_its_weight(
    whose: str, weight: int, asked_at: int
):
    coarse = replace(OWN, steps=(weight, 100), pauses=(Pause(weight, 600.0, approval=True),))
    fine = replace(OWN, steps=FINE)
    one, other = (coarse, fine) if whose == "own" else (fine, coarse)
    counts = strictest(one, "version 1", other)
    assert (counts.steps, counts.pauses) == (FINE, (Pause(asked_at, 600.0, approval=True),))


def test_pauses_that_meet_at_one_step_last_as_long_as_the_longest():
    coarse = replace(OWN, steps=(30, 40, 100), pauses=(Pause(30, 300.0), Pause(40, approval=True)))
    fine = replace(OWN, steps=FINE, pauses=(Pause(25, 200.0),))
    counts = strictest(coarse, "version 1", fine)
    assert counts.pauses == (Pause(25, 300.0, approval=True),)
    assert counts.overruled[-1] == (
        "pauses of version 1: 300 s and approval at 25 %, not 300 s at 30 %, approval at 40 %"
    )


def test_a_longer_time_for_every_step_needs_no_pause():
    assert strictest(OWN, "version 1", replace(OWN, min_seconds=300)).pauses == ()


def test_an_approval_below_the_first_step_is_asked_for_in_the_dark_and_lasts_no_longer():
    floor = replace(OWN, pauses=(Pause(1, approval=True),))
    assert strictest(OWN, "the floor", floor).pauses == (Pause(0, approval=True),)


def drift(*edges: float, **more) -> Gate:
    return Gate("score_drift", 0.1, two_sided=True, kinds=len(edges), parameters={"edges": edges}, **more)


def drifting(mine: Gate, theirs: Gate) -> Policy:
    return strictest(replace(OWN, gates=(mine,)), "version 1", replace(OWN, gates=(theirs,)))


def test_scores_are_compared_at_the_edges_that_both_have_and_what_is_not_is_named():
    counts = drifting(drift(0.2, 0.5, 0.9), drift(0.3, 0.5, 0.9))
    (gate,) = counts.gates
    assert (gate.kinds, gate.parameters["edges"]) == (2, (0.5, 0.9))
    assert counts.overruled == (
        "score_drift is compared at the edges that version 1 has as well: 0.5/0.9, not 0.2/0.5/0.9",
        "score_drift cannot be compared at the edges 0.3 of version 1",
    )


def test_the_same_edges_overrule_nothing_and_none_in_common_stay_those_of_the_former():
    assert drifting(drift(0.5, 0.9), drift(0.5, 0.9)).overruled == ()
    counts = drifting(drift(0.2), drift(0.3, 0.7))
    assert (counts.gates[0].kinds, counts.gates[0].parameters["edges"]) == (2, (0.3, 0.7))
    assert counts.overruled == ("what score_drift counts by is that of version 1: edges 0.3/0.7",)


def test_a_comparison_with_a_baseline_counts_where_either_asks_for_one() -> None:
    beside = replace(SLOW, against="baseline")
    plain = replace(OWN, gates=(SLOW,))
    asked = replace(OWN, gates=(beside,), baseline=True)
    found = strictest(plain, "version 1", asked)
    assert (found.baseline, found.gates) == (True, (beside,))
    assert found.overruled == (
        "baseline true of version 1, not false",
        "slow_requests against baseline of version 1, not stable",
    )
    assert strictest(asked, "version 1", plain) == asked


def test_the_lower_ceiling_of_a_cost_counts_and_one_of_another_series_is_the_others():
    loose = Cost("cost/cpu_seconds", "cpu_seconds", "a of b", at_most=2.0, from_weight=50)
    tight = replace(loose, at_most=1.0, margin_ratio=0.1, from_weight=25)
    own = Policy((1, 100), (), costs=(loose,))
    found = strictest(own, "the floor", replace(own, costs=(tight,)))
    assert found.costs == (tight,)
    assert found.overruled == ("the ceiling of cost/cpu_seconds of the floor: at_most 1, margin_ratio 0.1",)
    assert strictest(replace(own, costs=(tight,)), "the floor", own).costs == (tight,)
    other = replace(loose, series="c of d")
    assert strictest(own, "the floor", replace(own, costs=(other,))).costs == (other,)
    assert strictest(replace(own, costs=()), "the floor", own).costs == (loose,)
    shown = replace(loose, at_most=None)
    assert strictest(own, "the floor", replace(own, costs=(shown,))).costs == (loose,)
    assert with_changes(own, own, replace(own, costs=(shown,))).costs == (shown,)
