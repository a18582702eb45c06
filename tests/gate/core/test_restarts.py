"""Bets that begin anew: no more is laid than there is, and what came before hides little for long."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta
from support.bets import Seen, log_with_restarts

from sluicegate.gate.core import betting
from sluicegate.gate.core.betting import HARM_CAP, Stretch
from sluicegate.gate.core.restarts import GRIDS, STEPS, WHOLE, WINDOWS, log_e_above, log_e_below

NO_CAP = math.inf


def stretch(*windows, running=False):
    """A step whose first row is its sum of small windows, here of none."""
    values = np.array([[z for _, z in Seen(windows[0].share).outcomes(0.0)]])
    rows = [Seen(windows[0].share, capped=False), *windows]
    counts = [[[number for number, _ in row.outcomes(0.0)] for row in rows]]
    return Stretch(
        values, np.array(counts, dtype=float), np.array([row.capped for row in rows]), running=running
    )


def steps_of(history):
    return [stretch(*step, running=step is history[-1]) for step in history]


def laid_in(step):
    """What is laid at the beginnings of steps up to this one, and within it where it has 200 windows."""
    nothing = [stretch(Seen(0.5)) for _ in range(step)]
    # Without a request each bet is worth what was laid on it: nothing is lost and nothing won.
    running = stretch(*[Seen(0.5)] * 200, running=True)
    whole = math.exp(log_e_below([*nothing, running], 0.0, NO_CAP)[0])
    beginnings = math.exp(log_e_below([*nothing, stretch(Seen(0.5))], 0.0, NO_CAP)[0])
    return beginnings, whole - beginnings


def test_all_that_is_ever_laid_is_no_more_than_one():
    """Twelve steps, each cut anew as often as that may happen, from 200 windows to 200 windows."""
    steps = [laid_in(step) for step in range(12)]
    laid = steps[-1][0] + sum(GRIDS * within for _, within in steps)
    assert 0.95 < laid <= 1
    assert pytest.approx(1) == WHOLE + STEPS + WINDOWS


COUNT = st.integers(0, 1000)


@st.composite
def histories(draw):
    found = []
    for share in draw(st.lists(st.sampled_from([0.01, 0.25, 0.5]), min_size=1, max_size=3)):
        window = st.builds(Seen, st.just(share), COUNT, COUNT, COUNT, COUNT)
        found.append(draw(st.lists(window, min_size=1, max_size=12)))
    return found


@settings(max_examples=40, deadline=None)
@given(histories(), st.floats(-1, 1), st.sampled_from([HARM_CAP, NO_CAP]))
def test_the_e_value_is_that_of_the_game(history, m, cap):
    for log_e, above in ((log_e_above, True), (log_e_below, False)):
        expected = log_with_restarts(history, m, cap, above=above)
        assert log_e(steps_of(history), m, cap)[0] == pytest.approx(expected, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("m", [-0.5, 0.0, 0.01, 0.4])
@pytest.mark.parametrize("cap", [HARM_CAP, NO_CAP])
def test_the_mean_under_the_null_is_no_more_than_what_was_laid(m, cap):
    """Enumerated: three windows of two requests each, where the rate difference is m exactly."""
    share, bad_stable = 0.25, max(-m, 0.0) + 0.3
    chance = (
        share * (bad_stable + m),
        share * (1 - bad_stable - m),
        (1 - share) * bad_stable,
        (1 - share) * (1 - bad_stable),
    )
    pairs = list(itertools.combinations_with_replacement(range(4), 2))
    for log_e in (log_e_above, log_e_below):
        mean = 0.0
        for windows in itertools.product(pairs, repeat=3):
            paths = math.prod(1 if one == other else 2 for one, other in windows)
            probability = paths * math.prod(chance[outcome] for window in windows for outcome in window)
            seen = [Seen(share, *(window.count(outcome) for outcome in range(4))) for window in windows]
            mean += probability * math.exp(log_e([stretch(*seen, running=True)], m, cap)[0])
        laid = math.exp(log_e([stretch(*[Seen(share)] * 3, running=True)], m, cap)[0])
        assert mean <= laid + 1e-9
        if cap == NO_CAP:
            assert mean == pytest.approx(laid)


def test_it_errs_no_more_often_than_alpha_at_any_look():
    """400 histories of 40 windows, evaluated after each: 99 % sure that no more than alpha ever cross."""
    alpha, histories_, share, bad = 0.3, 400, 0.5, 0.05
    rng = np.random.default_rng(5)
    canary = rng.binomial(50, share, size=(histories_, 40))
    bad_canary, bad_stable = rng.binomial(canary, bad), rng.binomial(50 - canary, bad)
    counts = np.stack([bad_canary, canary - bad_canary, bad_stable, 50 - canary - bad_stable], axis=-1)
    counts = np.concatenate([np.zeros_like(counts[:, :1]), counts], axis=1).astype(float)
    values = np.array([[z for _, z in Seen(share).outcomes(0.0)]])
    crossed = np.zeros(histories_, dtype=bool)
    for seen in range(2, 42):
        looks = Stretch(values, counts[:, :seen], np.arange(seen) > 0, running=True)
        crossed |= log_e_below([looks], 0.0, HARM_CAP) >= -math.log(alpha)
    assert beta.ppf(0.99, crossed.sum() + 1, histories_ - crossed.sum()) <= alpha, crossed.mean()


@settings(max_examples=30, deadline=None)
@given(histories(), st.integers(1, 60))
def test_what_came_before_hides_no_more_than_the_logarithm_of_a_share(history, number):
    """However much was lost: the windows from one on say what they say alone, less a fixed amount."""
    share = history[-1][0].share
    outage = [Seen(share, 0, 100, 900, 0)] * number
    after = [Seen(share, 30, 70, 0, 900)] * 10
    found = log_e_below(steps_of([*history[:-1], [*outage, *after]]), 0.005, HARM_CAP)[0]
    alone = betting.log_e_below([stretch(*after)], 0.005, HARM_CAP)[0]
    step = len(history) - 1
    least = WINDOWS / GRIDS / ((step + 1) * (step + 2)) / (2 * number * (number + 1))
    assert found >= alone + math.log(least) - 1e-9


def test_windows_of_a_closed_step_begin_nothing():
    windows = [Seen(0.5, 0, 100, 90, 10)] * 5 + [Seen(0.5, 20, 80, 0, 100)] * 5
    running = log_e_below([stretch(*windows, running=True)], 0.005, HARM_CAP)[0]
    closed = log_e_below([stretch(*windows)], 0.005, HARM_CAP)[0]
    assert closed == pytest.approx(math.log(WHOLE) + betting.log_e_below([stretch(*windows)], 0.005, 4.0)[0])
    assert running > closed


def test_without_a_stretch_nothing_is_won():
    assert log_e_below([], 0.005, HARM_CAP).tolist() == [0.0]
