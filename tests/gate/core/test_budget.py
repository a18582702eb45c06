"""How many more requests: enough, and not many too many."""

from __future__ import annotations

import pytest

from sluicegate.gate.core.budget import LIMIT, clean_requests, more_requests
from sluicegate.gate.core.interval import counts, is_non_inferior
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta

ERRORS = Gate("error_rate", 0.01)


@pytest.mark.parametrize(("weight", "following"), [(1, 5), (5, 25), (50, 100)])
def test_with_as_many_more_clean_requests_it_is_non_inferior_and_with_a_tenth_less_not(weight, following):
    so_far = (weight, CounterDelta(100, (0,), (0,)))
    more = more_requests(counts([so_far]), weight, 0.05, ERRORS, following)

    def non_inferior(extra):
        ahead = counts([so_far, (weight, CounterDelta(extra, (0,), (0,)))])
        return is_non_inferior(ahead, 0.05, ERRORS.margin, following, two_sided=False)

    assert non_inferior(more)
    assert not non_inferior(round(0.9 * more))


def test_errors_on_both_tracks_cost_more():
    clean = counts([(50, CounterDelta(1000, (0,), (0,)))])
    noisy = counts([(50, CounterDelta(1000, (20,), (20,)))])
    needed = [more_requests(seen, 50, 0.05, ERRORS, 100) for seen in (clean, noisy)]
    assert needed[0] < needed[1]


def test_beyond_the_margin_no_number_is_given():
    assert more_requests(counts([(50, CounterDelta(1000, (30,), (10,)))]), 50, 0.05, ERRORS, 100) is None


def test_a_rollout_without_errors_takes_what_the_simulation_takes():
    """Simulated: 8,000 requests in steps of 500 at a margin of 0.01, 37,000 at 0.002."""
    for margin, low, high in ((0.01, 7000, 8000), (0.002, 35_000, 37_500)):
        policy = Policy((1, 5, 25, 50, 100), (Gate("error_rate", margin),))
        assert low < sum(clean_requests(policy)) < high


def test_the_least_is_what_each_step_must_see():
    assert clean_requests(Policy((1, 50, 100), (Gate("e", 0.99),), min_requests=30)) == (3000, 60)
    assert clean_requests(Policy((100,), (ERRORS,))) == ()


def test_a_margin_that_cannot_be_shown_counts_as_the_limit():
    assert clean_requests(Policy((1, 100), (Gate("e", 1e-9),)))[0] == LIMIT
