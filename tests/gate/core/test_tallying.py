"""Windows kept as few numbers: what a closed step keeps decides as all its windows would."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.releases import ERRORS, POLICY, delta, spread

from sluicegate.gate.core import interval
from sluicegate.gate.core.betting import HARM_CAP
from sluicegate.gate.core.interval import harm, is_non_inferior
from sluicegate.gate.core.judge import Evidence, compare
from sluicegate.gate.core.stretches import compared
from sluicegate.gate.core.tallying import MOST, by_window, capped, closed, closed_step, merged
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Step, Tally, Traffic

ALPHA = 0.05
QUIET = delta(10, 190)
LOUD = delta(10, 190, 6, 1)
CEILING = replace(ERRORS, at_most=0.02)
DRIFT = Gate("score_drift", 0.1, two_sided=True)


def test_a_running_step_keeps_every_window_by_itself():
    assert by_window([QUIET, LOUD], ERRORS) == Tally(delta(0, 0), (QUIET, LOUD))


def test_a_closed_step_keeps_the_windows_that_a_cap_cuts_and_the_sum_of_the_others():
    tally = by_window([QUIET, LOUD, QUIET], ERRORS)
    assert capped(tally, ERRORS, 5, 25) == (False, True, False)
    assert closed(tally, ERRORS, 5, 25) == Tally(QUIET + QUIET, (LOUD,))


def test_a_clean_window_of_many_requests_is_cut_for_the_advance():
    many = delta(5000, 95_000)
    assert capped(by_window([many, QUIET], ERRORS), ERRORS, 5, 25) == (True, False)


def test_a_window_that_breaks_or_keeps_a_ceiling_by_itself_is_cut():
    """0.5 % and 1 % tell the tracks apart too little for a cap, and for a ceiling of 20 % far too much."""
    window = delta(200, 200, 2, 1)
    assert capped(by_window([window], ERRORS), ERRORS, 50, 100) == (False,)
    low = replace(ERRORS, at_most=0.2)
    assert capped(by_window([window], low), low, 50, 100) == (True,)


def test_steps_without_a_comparison_are_cut_by_their_ceiling_alone():
    window = delta(500, 0, 400, 0)
    assert capped(by_window([window], ERRORS), ERRORS, 100, 100) == (False,)
    assert capped(by_window([window], CEILING), CEILING, 100, 100) == (True,)


def test_what_was_closed_already_is_not_lost_when_it_is_closed_again():
    tally = Tally(delta(100, 1900, 1, 9), (QUIET, LOUD))
    assert closed(tally, ERRORS, 5, 25).total == tally.total
    assert closed(closed(tally, ERRORS, 5, 25), ERRORS, 5, 25) == closed(tally, ERRORS, 5, 25)


COUNT = st.integers(0, 1500)
WINDOW = st.tuples(COUNT, COUNT, st.integers(0, 60), st.integers(0, 60)).map(
    lambda n: delta(n[0] + n[2], n[1] + n[3], n[2], n[3])
)
GATES = st.sampled_from(
    [ERRORS, CEILING, DRIFT, replace(ERRORS, margin=0.002, tolerance=0.0), replace(DRIFT, at_most=0.5)]
)
STEPS = (1, 5, 25, 50, 100)


@settings(max_examples=80)
@given(GATES, st.lists(WINDOW, min_size=1, max_size=8), st.lists(WINDOW, max_size=5), st.data())
def test_closing_a_step_changes_no_decision_at_any_later_weight(gate, windows, later, data):
    at = data.draw(st.integers(0, 2))
    weight, next_weight = STEPS[at], STEPS[at + 1]
    whole = by_window(windows, gate)
    kept = closed(whole, gate, weight, next_weight)
    assert kept.total == whole.total
    policy = Policy(STEPS, (gate,))
    for now, following in zip(STEPS[at + 1 :], (*STEPS[at + 2 :], 100), strict=True):
        running = Step(now, Traffic(0, 0), {gate.name: by_window(later, gate)})
        found = [
            compare(
                gate,
                policy,
                Evidence([Step(weight, Traffic(0, 0), {gate.name: tally}), running], following),
            )
            for tally in (whole, kept)
        ]
        assert found[0].harm.tolist() == pytest.approx(found[1].harm.tolist(), abs=1e-6)
        if abs(found[0].harm).min() > 1e-6:
            assert found[0].harmful == found[1].harmful
        assert found[0].non_inferior == found[1].non_inferior


def test_at_most_two_hundred_windows_are_kept_and_neighbours_are_merged():
    windows = spread(401, (401, 401, 1, 0))
    found = merged(windows)
    assert len(found) == 101 <= MOST
    assert found[0] == sum(windows[1:4], start=windows[0])
    assert found[-1] == windows[-1]
    assert sum(found[1:], start=found[0]) == sum(windows[1:], start=windows[0])
    assert merged(windows[:MOST]) == tuple(windows[:MOST])
    assert merged([]) == ()


def test_merging_windows_that_say_the_same_only_loses_evidence():
    windows = [delta(60, 60, 6, 0)] * 8
    pairs = [one + two for one, two in zip(windows[::2], windows[1::2], strict=True)]
    rows = [[(50, Tally(delta(0, 0), tuple(kept)))] for kept in (windows, pairs)]
    single, merged_by_two = (harm(compared(row, ERRORS), ERRORS, ALPHA)[0] for row in rows)
    assert merged_by_two <= single
    clean = [[(50, Tally(delta(0, 0), (delta(500 * size, 500 * size),) * (8 // size)))] for size in (1, 2)]
    assert is_non_inferior(compared(clean[0], ERRORS), ERRORS, ALPHA, 100)
    assert not is_non_inferior(compared(clean[1], ERRORS), ERRORS, ALPHA, 100)


@settings(max_examples=40)
@given(st.lists(WINDOW, min_size=1, max_size=12))
def test_merged_windows_never_say_more_than_independent_requests_would(windows):
    """Whatever is merged: the wealth stays below the uncut one, which Ville's bound is about."""
    uncut = interval.log_e_below(compared([(25, Tally(sum(windows, start=delta(0, 0))))], ERRORS), 0.005, 4.0)
    for size in (1, 2, 5):
        rows = [sum(windows[at + 1 : at + size], start=windows[at]) for at in range(0, len(windows), size)]
        stretches = compared([(25, Tally(delta(0, 0), tuple(rows)))], ERRORS)
        cut = interval.log_e_below(stretches, 0.005, HARM_CAP)
        assert cut[0] <= min(uncut[0], len(rows) * math.log(HARM_CAP)) + 1e-9


def test_a_closed_step_keeps_one_by_one_only_what_a_cap_cuts_and_only_gates_of_the_policy():
    running = Step(5, Traffic(30, 570), {name: Tally(delta(0, 0), (QUIET, LOUD, QUIET)) for name in "ab"})
    policy = replace(POLICY, gates=(replace(ERRORS, name="a"), Gate("c", 0.01)))
    assert closed_step(running, policy, 25) == replace(running, tallies={"a": Tally(QUIET + QUIET, (LOUD,))})
    assert closed_step(None, policy, 25) is None
