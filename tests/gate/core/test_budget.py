"""How many more requests: enough, and not many too many."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import ERRORS, STEPS, delta, spread

from sluicegate.gate.core.budget import LIMIT, clean_requests, label_seconds, more_requests, more_windows
from sluicegate.gate.core.interval import is_non_inferior
from sluicegate.gate.core.stretches import SEEN, compared, unseen
from sluicegate.specs.policy import Cohorts, Gate, Policy
from sluicegate.specs.release import Tally, Traffic

POLICY = Policy(STEPS, (ERRORS,))
DRIFT = Gate("score_drift", 0.1, two_sided=True)


def stretches(weight, windows, gate=ERRORS):
    return compared([(weight, Tally(delta(0, 0), tuple(windows)))], gate)


@pytest.mark.parametrize(("weight", "following"), [(1, 5), (5, 25), (50, 100)])
@pytest.mark.parametrize("per_window", [20, 100, 2000])
def test_with_as_many_more_clean_requests_it_is_non_inferior_and_with_a_tenth_less_not(
    weight, following, per_window
):
    begun = [delta(weight, 100 - weight)]
    more = more_requests(ERRORS, POLICY, stretches(weight, begun), weight, following, per_window)

    def non_inferior(extra):
        windows = -(-extra // per_window)
        canary = extra * weight // 100
        ahead = spread(windows, (canary, extra - canary, 0, 0))
        return is_non_inferior(stretches(weight, [*begun, *ahead]), ERRORS, POLICY.alpha, following)

    assert non_inferior(round(1.02 * more))
    assert not non_inferior(round(0.9 * more) - 2 * per_window)


def test_requests_without_figures_cost_more():
    begun = stretches(50, [delta(5000, 5000)] * 3)
    hidden = unseen([(50, Tally(delta(0, 0), (), Traffic(300, 0)))], ERRORS)
    needed = [1000 * more_windows(ERRORS, POLICY, begun, 50, 100, 1000, lost) for lost in (SEEN, hidden)]
    assert needed[0] < needed[1] / 3

    def non_inferior(extra):
        ahead = spread(-(-extra // 1000), (extra // 2, extra // 2, 0, 0))
        shown = stretches(50, [*[delta(5000, 5000)] * 3, *ahead])
        return is_non_inferior(shown, ERRORS, POLICY.alpha, 100, hidden)

    assert non_inferior(round(1.1 * needed[1]))
    assert not non_inferior(round(0.8 * needed[1]))


def test_a_window_counts_once_so_many_requests_a_window_take_more_of_them():
    begun = stretches(50, [delta(50, 50)])
    needed = [more_requests(ERRORS, POLICY, begun, 50, 100, per_window) for per_window in (20, 500, 5000)]
    assert needed[0] < needed[1] < needed[2]
    assert needed[2] == 5 * 5000


def test_errors_on_both_tracks_cost_more():
    clean, noisy = stretches(50, [delta(500, 500)]), stretches(50, [delta(500, 500, 10, 10)])
    needed = [more_requests(ERRORS, POLICY, seen, 50, 100, 100) for seen in (clean, noisy)]
    assert needed[0] < needed[1]


def test_beyond_the_margin_no_number_is_given():
    seen = stretches(50, [delta(500, 500, 30, 10)])
    assert more_requests(ERRORS, POLICY, seen, 50, 100, 100) is None


def test_where_nothing_arrives_or_nothing_has_to_be_shown_no_number_is_given():
    assert more_requests(ERRORS, POLICY, [], 50, 100, 0) is None
    assert more_requests(Gate("e", 1.0), POLICY, [], 50, 100, 100) is None


def test_a_two_sided_gate_needs_both_sides():
    shifted = [delta(500, 500, 300, 260)] * 4
    two, one = DRIFT, replace(DRIFT, two_sided=False)
    needed = [more_requests(gate, POLICY, stretches(50, shifted, gate), 50, 100, 100) for gate in (two, one)]
    assert None not in needed


def test_a_rollout_without_errors_takes_what_the_simulation_takes():
    """Simulated with stakes weighted by sqrt(c): 5,500 requests at a margin of 0.01, 27,500 at 0.002."""
    for margin, low, high in ((0.01, 4800, 6200), (0.002, 24_000, 29_000)):
        policy = Policy(STEPS, (Gate("error_rate", margin),))
        assert low < sum(clean_requests(policy, rate=5)) < high


def test_at_a_high_rate_each_step_takes_five_windows_at_least():
    """A window counts once: 2,000 requests a second are 20,000 a window."""
    assert min(clean_requests(POLICY, rate=2000)[:1]) >= 5 * 20_000
    shorter = replace(POLICY, window=timedelta(seconds=1))
    assert sum(clean_requests(shorter, rate=2000)) < sum(clean_requests(POLICY, rate=2000))


def test_the_least_is_what_each_step_must_see():
    assert clean_requests(Policy((1, 50, 100), (Gate("e", 0.99),), min_requests=30), rate=1)[0] == 3000
    assert clean_requests(Policy((100,), (ERRORS,)), rate=1) == ()


def test_a_margin_that_cannot_be_shown_counts_as_the_limit():
    assert clean_requests(Policy((1, 100), (Gate("e", 1e-9),)), rate=100)[0] == LIMIT


def test_the_last_step_waits_for_labels_where_they_have_a_ceiling():
    labels = Gate("delayed_labels", 0.02, cohorts=Cohorts(3600, 7200, 0.9), from_weight=50)
    rules = Policy((5, 50, 100), (labels,))
    assert label_seconds(rules) == {5: 0, 50: 10_800}
    assert label_seconds(replace(rules, gates=(replace(labels, at_most=0.1),))) == {
        5: 0,
        50: 10_800,
        100: 10_800,
    }


@pytest.mark.parametrize("first", [1, 25, 50])
def test_a_drift_gate_is_budgeted_from_any_first_step(first):
    """Nothing is seen before the first step, whatever number of edges and centres its bets have."""
    drift = replace(DRIFT, kinds=9)
    needed = clean_requests(Policy((first, 100), (ERRORS, drift)), rate=50.0)
    assert 0 < needed[0] < LIMIT
