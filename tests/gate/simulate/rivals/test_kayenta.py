from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm
from support.simulation import PLAN, minute, moves

from sluicegate.gate.simulate.rivals.kayenta import Kayenta, is_high, statistic

GOOD = minute(canary=1000, bad=5, stable=1000, bad_stable=5)


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.3])
def test_the_statistic_is_the_asymptotic_test_with_continuity_and_ties(shift):
    random = np.random.default_rng(4)
    x = random.integers(0, 9, 30) / 10
    y = random.integers(0, 8, 25) / 10
    moved = x - shift
    less = mannwhitneyu(moved, y, alternative="two-sided", method="asymptotic", use_continuity=True).pvalue
    assert 2 * norm.sf(abs(statistic(x, y, shift))) == pytest.approx(less)


def test_high_is_a_difference_of_more_than_a_quarter_of_its_estimate():
    random = np.random.default_rng(4)
    control = random.normal(10, 1, 60)
    assert not is_high(random.normal(10, 1, 60), control)
    assert is_high(random.normal(11, 1, 60), control)
    assert not is_high(random.normal(10.35, 1, 60), control)


def test_series_that_are_equal_are_no_difference_and_constant_ones_are_compared():
    assert not is_high(np.array([1.0, 2.0]), np.array([2.0, 1.0]))
    assert is_high(np.full(9, 0.2), np.full(9, 0.1))
    assert not is_high(np.full(9, 0.1), np.full(9, 0.2))


def test_two_series_that_do_not_overlap_are_high_however_short():
    assert is_high(np.array([9.0, 9.5]), np.array([1.0, 1.5]))


def test_an_outage_of_the_control_hides_what_is_high_by_ranks():
    """`effectSize >= 1`: the canary's mean over the control's."""
    random = np.random.default_rng(4)
    canary, control = random.normal(5, 1, 60), random.normal(1, 0.1, 60)
    assert is_high(canary, control)
    assert not is_high(canary, np.concatenate([control[:54], np.full(6, 100.0)]))


def test_it_judges_every_ten_minutes_and_promotes_after_an_hour():
    found = list(moves(Kayenta(PLAN), [GOOD] * 60))
    assert [move for move, _ in found] == ["wait"] * 59 + ["finish"]
    assert {weight for _, weight in found} == {5}


def test_harm_is_seen_at_the_next_judgement():
    worse = minute(canary=1000, bad=90, stable=1000, bad_stable=5)
    assert [move for move, _ in moves(Kayenta(PLAN), [worse] * 20)] == ["wait"] * 9 + ["rollback"]


def test_without_a_point_it_fails():
    empty = minute(canary=0)
    assert list(moves(Kayenta(PLAN), [empty] * 10))[-1][0] == "rollback"
