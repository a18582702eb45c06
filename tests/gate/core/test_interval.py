"""The interval against a calculation written from the betting game itself, request by request."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluicegate.gate.core.decision import Interval
from sluicegate.gate.core.interval import (
    counts,
    intervals,
    is_harmful,
    is_non_inferior,
    log_e_above,
    log_e_below,
)
from sluicegate.specs.release import CounterDelta

GRID = np.array([10 ** (-4 + i * (math.log10(0.95) + 4) / 39) for i in range(40)])


def outcomes(stretches):
    """Every request of (weight, n, bad on canary, bad on stable) as its share and its Z."""
    for weight, n, bad_c, bad_s in stretches:
        w = weight / 100
        yield from [(w, 0.0)] * (n - bad_c - bad_s)
        yield from [(w, 1 / w)] * bad_c + [(w, -1 / (1 - w))] * bad_s


def wealth(stretches, m, sign):
    """The wealth after betting on each request in turn, averaged over stakes; +1 bets that Z is above m."""
    purses = np.ones(len(GRID))
    for w, z in outcomes(stretches):
        worst = m + 1 / (1 - w) if sign > 0 else 1 / w - min(m, 0)
        with np.errstate(over="ignore"):  # beyond all wealth is wealth enough
            purses *= 1 + sign * GRID / worst * (z - m)
        assert min(purses) > 0
    return purses.mean()


def seen(stretches):
    return counts([(weight, CounterDelta(n, (c,), (s,))) for weight, n, c, s in stretches])


CASES = [
    [(1, 300, 0, 2)],
    [(5, 200, 3, 4), (25, 60, 2, 0)],
    [(50, 80, 10, 1), (99, 40, 3, 1), (1, 150, 0, 0)],
    [(25, 30, 0, 30)],
    [(50, 20, 20, 0)],
]


@pytest.mark.parametrize("stretches", CASES)
@pytest.mark.parametrize("m", [-0.9, -0.2, 0.0, 0.01, 0.3, 1.0])
def test_log_e_is_the_wealth_of_the_bet(stretches, m):
    assert log_e_below(seen(stretches), m)[0] == pytest.approx(math.log(wealth(stretches, m, +1)), abs=1e-9)
    assert log_e_above(seen(stretches), m)[0] == pytest.approx(math.log(wealth(stretches, m, -1)), abs=1e-9)


@pytest.mark.parametrize("stretches", CASES)
def test_ends_are_where_the_wealth_crosses(stretches):
    (found,) = intervals(seen(stretches), 0.05)
    coarse = np.linspace(-1, 1, 41)
    upper = min((m for m in coarse if wealth(stretches, m, -1) >= 20), default=1.0)
    upper = min((m for m in upper - np.arange(30) / 500 if wealth(stretches, m, -1) >= 20), default=1.0)
    lower = max((m for m in coarse if wealth(stretches, m, +1) >= 20), default=-1.0)
    lower = max((m for m in lower + np.arange(30) / 500 if wealth(stretches, m, +1) >= 20), default=-1.0)
    assert found.upper == pytest.approx(upper, abs=0.0026)
    assert found.lower == pytest.approx(lower, abs=0.0026)


@pytest.mark.parametrize("w_percent", [25, 50])
@pytest.mark.parametrize(("bad_canary", "bad_stable"), [(0.5, 0.5), (0.9, 0.2), (0.0, 0.3), (1.0, 0.1)])
def test_exact_probability_of_ever_missing_the_rate_difference(w_percent, bad_canary, bad_stable):
    """All sequences of 30 requests, evaluated after each: the truth is refuted with probability <= alpha."""
    alpha, w, truth = 0.2, w_percent / 100, bad_canary - bad_stable
    chance = {"c": w * bad_canary, "s": (1 - w) * bad_stable}
    for log_e in (log_e_above, log_e_below):
        alive, missed = {(0, 0): 1.0}, 0.0
        for n in range(1, 31):
            step: dict[tuple[int, int], float] = {}
            for (c, s), p in alive.items():
                quiet = 1 - chance["c"] - chance["s"]
                for state, q in (((c + 1, s), chance["c"]), ((c, s + 1), chance["s"]), ((c, s), quiet)):
                    step[state] = step.get(state, 0.0) + p * q
            tally = CounterDelta(n, tuple(c for c, _ in step), tuple(s for _, s in step))
            refuted = log_e(counts([(w_percent, tally)], len(step)), truth) >= -math.log(alpha)
            missed += sum(p for p, out in zip(step.values(), refuted, strict=True) if out)
            alive = {state: p for (state, p), out in zip(step.items(), refuted, strict=True) if not out}
        assert missed <= alpha
        assert sum(alive.values()) + missed == pytest.approx(1)


@pytest.mark.parametrize("m", [-0.5, 0.0, 0.01, 0.4])
@pytest.mark.parametrize("w_percent", [1, 25, 99])
def test_mean_wealth_is_at_most_one_under_the_null(m, w_percent):
    """Enumerated: at the edge of the null (rate difference = m exactly) a bet over four requests is fair."""
    w = w_percent / 100
    bad_s = max(-m, 0.0) + 0.3
    bad_c = bad_s + m
    chance = {"c": w * bad_c, "s": (1 - w) * bad_s, "q": 1 - w * bad_c - (1 - w) * bad_s}
    for log_e in (log_e_above, log_e_below):
        mean = sum(
            math.prod(chance[x] for x in path)
            * math.exp(log_e(seen([(w_percent, 4, path.count("c"), path.count("s"))]), m)[0])
            for path in itertools.product("csq", repeat=4)
        )
        assert mean == pytest.approx(1, abs=1e-9)


stretch = st.tuples(st.integers(1, 99), st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 5000)).map(
    lambda t: (t[0], t[1] + t[2] + t[3], t[2], t[3])
)
several = st.lists(stretch, min_size=1, max_size=4)


@settings(deadline=None)
@given(several, st.floats(-1, 1), st.floats(-1, 1))
def test_e_is_monotone_in_m(stretches, one, other):
    low, high = sorted((one, other))
    assert log_e_above(seen(stretches), low)[0] <= log_e_above(seen(stretches), high)[0] + 1e-6
    assert log_e_below(seen(stretches), low)[0] >= log_e_below(seen(stretches), high)[0] - 1e-6


@settings(deadline=None)
@given(several, st.floats(-1, 1))
def test_mirrored_evidence_mirrors(stretches, m):
    """Swap the tracks, and "m or less" becomes "-m or more" where both use the same stake (m <= 0)."""
    swapped = [(100 - weight, n, s, c) for weight, n, c, s in stretches]
    m = -abs(m)
    left, right = log_e_above(seen(stretches), m)[0], log_e_below(seen(swapped), -m)[0]
    assert left == pytest.approx(right, rel=1e-9, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(several, st.integers(1, 500))
def test_more_bad_requests_on_the_canary_never_lower_the_ends(stretches, more):
    weight, n, bad_c, bad_s = stretches[0]
    worse = [(weight, n + more, bad_c + more, bad_s), *stretches[1:]]
    same = [(weight, n + more, bad_c, bad_s), *stretches[1:]]
    (before,), (after,) = intervals(seen(same), 0.05), intervals(seen(worse), 0.05)
    assert after.upper >= before.upper - 1e-6
    assert after.lower >= before.lower - 1e-6


@settings(max_examples=40, deadline=None)
@given(several)
def test_less_alpha_is_wider(stretches):
    (narrow,), (wide,) = intervals(seen(stretches), 0.1), intervals(seen(stretches), 0.01)
    assert wide.lower <= narrow.lower
    assert wide.upper >= narrow.upper


@settings(max_examples=40, deadline=None)
@given(stretch, st.data())
def test_a_stretch_cut_in_two_says_the_same(whole, data):
    weight, n, bad_c, bad_s = whole
    c, s = data.draw(st.integers(0, bad_c)), data.draw(st.integers(0, bad_s))
    quiet = data.draw(st.integers(0, n - bad_c - bad_s))
    first = (weight, quiet + c + s, c, s)
    second = (weight, n - quiet - c - s, bad_c - c, bad_s - s)
    for m in (-0.3, 0.0, 0.2):
        assert log_e_above(seen([whole]), m)[0] == pytest.approx(
            log_e_above(seen([first, second]), m)[0], abs=1e-6
        )
    assert intervals(seen([whole]), 0.05)[0].upper == pytest.approx(
        intervals(seen([first, second]), 0.05)[0].upper, abs=2e-6
    )


@settings(max_examples=60, deadline=None)
@given(several, st.sampled_from([0.002, 0.01, 0.1]), st.sampled_from([5, 25, 50, 100]))
def test_decisions_agree_with_the_shown_ends(stretches, margin, following):
    found = seen(stretches)
    (ends,) = intervals(found, 0.05, 0.05)
    bound = margin / (following / 100)
    if abs(ends.upper - bound) > 1e-5:
        assert is_non_inferior(found, 0.05, margin, following, two_sided=False) == (ends.upper <= bound)
        shown = is_non_inferior(found, 0.05, margin, following, two_sided=True)
        if abs(ends.lower + bound) > 1e-5:
            assert shown == (found.observed and ends.upper <= bound and -ends.lower <= bound)
    if abs(ends.lower) > 1e-5:
        assert is_harmful(found, 0.05, margin, two_sided=False) == (ends.lower > 0)


def test_without_an_observation_nothing_is_known():
    for nothing in (seen([]), seen([(0, 500, 0, 0), (100, 500, 0, 0)]), seen([(5, 0, 0, 0)])):
        assert intervals(nothing, 0.05) == [Interval(-math.inf, math.inf)]
        assert not is_harmful(nothing, 0.05, 0.01, two_sided=False)
        assert not is_non_inferior(nothing, 0.05, 0.99, 1, two_sided=False)


def test_weights_0_and_100_enter_nothing():
    with_them = seen([(0, 900, 0, 90), (5, 400, 1, 2), (100, 900, 90, 0)])
    assert intervals(with_them, 0.05) == intervals(seen([(5, 400, 1, 2)]), 0.05)


def test_clean_requests_until_non_inferior_are_about_what_the_formula_says():
    """Error-free: ln(1/alpha) x w'/w / margin is what the best stake needs; averaging over 40 costs 2.2 x."""
    formula = math.log(20) * (0.05 / 0.01) / 0.01
    assert not is_non_inferior(seen([(1, round(2.1 * formula), 0, 0)]), 0.05, 0.01, 5, two_sided=False)
    assert is_non_inferior(seen([(1, round(2.25 * formula), 0, 0)]), 0.05, 0.01, 5, two_sided=False)


def test_large_counts_and_small_weights_stay_finite():
    (ends,) = intervals(counts([(1, CounterDelta(10**15, (10**11,), (10**13,)))]), 0.05)
    truth = 10**11 / (0.01 * 10**15) - 10**13 / (0.99 * 10**15)
    assert ends.lower < truth < ends.upper
    assert ends.upper - ends.lower < 1e-4


def edges(n, w, canary, stable):
    """Nine edges of a score histogram: shares above each edge on either track."""
    bad_c, bad_s = tuple(round(n * w * p) for p in canary), tuple(round(n * (1 - w) * p) for p in stable)
    return counts([(round(100 * w), CounterDelta(n, bad_c, bad_s))], len(canary))


FLAT = tuple(1 - (i + 1) / 10 for i in range(9))


@pytest.mark.parametrize("direction", [1, -1])
def test_a_shift_beyond_the_margin_is_harmful_in_both_directions(direction):
    shifted = tuple(min(max(p + direction * 0.35, 0), 1) for p in FLAT)
    assert is_harmful(edges(4000, 0.25, shifted, FLAT), 0.05 / 3, 0.1, two_sided=True)
    assert not is_non_inferior(edges(4000, 0.25, shifted, FLAT), 0.05, 0.1, 50, two_sided=True)


def test_a_shift_within_the_margin_is_not_harmful_and_is_non_inferior():
    shifted = tuple(min(p + 0.04, 1) for p in FLAT)
    assert not is_harmful(edges(200_000, 0.5, shifted, FLAT), 0.05, 0.1, two_sided=True)
    assert is_non_inferior(edges(200_000, 0.5, shifted, FLAT), 0.05, 0.1, 100, two_sided=True)


def test_one_edge_beyond_the_margin_forbids_promotion():
    one_off = (*FLAT[:4], FLAT[4] + 0.15, *FLAT[5:])
    assert not is_non_inferior(edges(200_000, 0.5, one_off, FLAT), 0.05, 0.1, 100, two_sided=True)


def test_several_kinds_are_each_as_if_alone():
    together = counts([(5, CounterDelta(900, (1, 9, 4), (2, 0, 80)))], 3)
    alone = [seen([(5, 900, c, s)]) for c, s in ((1, 2), (9, 0), (4, 80))]
    assert intervals(together, 0.05) == [intervals(one, 0.05)[0] for one in alone]


def test_impossible_margins_never_promote():
    clean = seen([(50, 10**6, 0, 0)])
    assert not is_non_inferior(clean, 0.05, math.nan, 100, two_sided=False)
    assert not is_non_inferior(clean, 0.05, -2.0, 100, two_sided=False)
