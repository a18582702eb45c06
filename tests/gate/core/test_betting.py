"""Bets against the game played request by request, and what a cap on a window's factor keeps and gives up."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta
from support.bets import Seen, by_request, log_by_counts

from sluicegate.gate.core.betting import (
    HARM_CAP,
    PRECISION,
    PROOF_CAP,
    Stretch,
    log_e_above,
    log_e_below,
    lower_end,
    observed,
    rows_cut,
    upper_end,
    wealth,
)

ONE = (0.0,)
MIXED = (0.0, 0.5, 1.0)
NO_CAP = math.inf


def stretch(*windows, centres=ONE):
    """Windows of one share as the code takes them; a window that is not capped is a sum."""
    values = [[z for _, z in windows[0].outcomes(centre)] for centre in centres]
    counts = [[[number for number, _ in window.outcomes(0.0)] for window in windows]]
    capped = [window.capped for window in windows]
    return Stretch(np.array(values), np.array(counts, dtype=float), np.array(capped))


HISTORIES = [
    [[Seen(0.01, 1, 2, 2, 295)]],
    [[Seen(0.05, 3, 7, 4, 186, capped=False)], [Seen(0.25, 2, 13, 0, 45), Seen(0.25, 0, 20, 3, 60)]],
    [[Seen(0.5, 10, 30, 1, 39)], [Seen(0.99, 3, 37, 1, 2)], [Seen(0.01, 0, 2, 0, 148)]],
    [[Seen(0.25, 0, 8, 30, 2)]],
    [[Seen(0.5, 20, 0, 0, 20), Seen(0.5, 1, 19, 0, 20), Seen(0.5, 0, 20, 1, 19)]],
]


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("m", [-0.9, -0.2, 0.0, 0.01, 0.3, 1.0])
@pytest.mark.parametrize("cap", [PROOF_CAP, HARM_CAP, NO_CAP])
@pytest.mark.parametrize("centres", [ONE, MIXED], ids=["plain", "centred"])
def test_the_e_value_is_the_wealth_of_the_game(history, m, cap, centres):
    stretches = [stretch(*windows, centres=centres) for windows in history]
    flat = list(itertools.chain.from_iterable(history))
    for log_e, above in ((log_e_above, True), (log_e_below, False)):
        expected = math.log(by_request(flat, m, cap, above=above, centres=centres))
        assert log_e(stretches, m, cap)[0] == pytest.approx(expected, abs=1e-9)
        in_closed_form = log_by_counts(flat, m, cap, above=above, centres=centres)
        assert in_closed_form == pytest.approx(expected, abs=1e-9)


COUNT = st.integers(0, 3000)
SHARE = st.integers(1, 99).map(lambda percent: percent / 100)


@st.composite
def several(draw, most=3):
    """Up to three stretches of up to four windows, each with its own share."""
    found = []
    for _ in range(draw(st.integers(1, most))):
        share = draw(SHARE)
        window = st.builds(Seen, st.just(share), COUNT, COUNT, COUNT, COUNT, st.booleans())
        found.append(draw(st.lists(window, min_size=1, max_size=4)))
    return found


def both(history, centres=MIXED):
    return [stretch(*windows, centres=centres) for windows in history]


@settings(max_examples=60)
@given(several(), st.floats(-1, 1), st.sampled_from([PROOF_CAP, HARM_CAP, NO_CAP]))
def test_any_history_has_the_wealth_of_the_closed_form(history, m, cap):
    flat = list(itertools.chain.from_iterable(history))
    for log_e, above in ((log_e_above, True), (log_e_below, False)):
        expected = log_by_counts(flat, m, cap, above=above, centres=MIXED)
        assert log_e(both(history), m, cap)[0] == pytest.approx(expected, rel=1e-9, abs=1e-6)


@settings(max_examples=60)
@given(several(), st.floats(-1, 1))
def test_a_cap_never_adds_evidence_and_a_larger_one_takes_less(history, m):
    for log_e in (log_e_above, log_e_below):
        at_two, at_four, uncut = (log_e(both(history), m, cap)[0] for cap in (2.0, 4.0, NO_CAP))
        assert at_two <= at_four + 1e-9 <= uncut + 2e-9


@settings(max_examples=60)
@given(several(), st.floats(-1, 1), st.floats(-1, 1), st.sampled_from([PROOF_CAP, HARM_CAP, NO_CAP]))
def test_evidence_rises_with_the_distance_of_the_bound(history, one, other, cap):
    low, high = sorted((one, other))
    assert log_e_above(both(history), low, cap)[0] <= log_e_above(both(history), high, cap)[0] + 1e-6
    assert log_e_below(both(history), low, cap)[0] >= log_e_below(both(history), high, cap)[0] - 1e-6


@settings(max_examples=60)
@given(st.lists(st.tuples(COUNT, COUNT, COUNT, COUNT), min_size=1, max_size=6), SHARE, st.floats(-1, 1))
def test_so_many_windows_multiply_the_evidence_by_no_more_than_their_caps(windows, share, m):
    history = [[Seen(share, *window) for window in windows]]
    for cap in (PROOF_CAP, HARM_CAP):
        most = len(windows) * math.log(cap) + 1e-9
        assert log_e_above(both(history), m, cap)[0] <= most
        assert log_e_below(both(history), m, cap)[0] <= most


def test_three_windows_can_show_harm_at_five_percent_and_five_an_advance_and_fewer_cannot():
    line = math.log(1 / 0.05)
    assert 2 * math.log(HARM_CAP) < line <= 3 * math.log(HARM_CAP)
    assert 4 * math.log(PROOF_CAP) < line <= 5 * math.log(PROOF_CAP)


@pytest.mark.parametrize("m", [-0.5, 0.0, 0.01, 0.4])
@pytest.mark.parametrize("share", [0.01, 0.25, 0.99])
@pytest.mark.parametrize("centres", [ONE, MIXED], ids=["plain", "centred"])
def test_the_mean_wealth_under_the_null_is_one_and_with_caps_no_more(m, share, centres):
    """Enumerated: two windows of two requests each, where the rate difference is m exactly."""
    bad_stable = max(-m, 0.0) + 0.3
    chance = (
        share * (bad_stable + m),
        share * (1 - bad_stable - m),
        (1 - share) * bad_stable,
        (1 - share) * (1 - bad_stable),
    )
    windows = list(itertools.combinations_with_replacement(range(4), 2))
    for log_e in (log_e_above, log_e_below):
        mean = {PROOF_CAP: 0.0, HARM_CAP: 0.0, NO_CAP: 0.0}
        for first, second in itertools.product(windows, repeat=2):
            paths = math.prod(1 if one == other else 2 for one, other in (first, second))
            probability = paths * math.prod(chance[outcome] for outcome in (*first, *second))
            seen = [Seen(share, *(window.count(o) for o in range(4))) for window in (first, second)]
            for cap in mean:
                mean[cap] += probability * math.exp(log_e([stretch(*seen, centres=centres)], m, cap)[0])
        assert mean[NO_CAP] == pytest.approx(1, abs=1e-9)
        assert mean[PROOF_CAP] <= 1 + 1e-9
        assert mean[HARM_CAP] <= 1 + 1e-9


@pytest.mark.parametrize("share", [0.25, 0.5])
@pytest.mark.parametrize(("bad_canary", "bad_stable"), [(0.5, 0.5), (0.9, 0.2), (0.0, 0.3), (1.0, 0.1)])
def test_the_exact_probability_of_ever_refuting_the_truth_is_at_most_alpha(share, bad_canary, bad_stable):
    """All sequences of 30 requests, evaluated after each, uncut: a cap only takes from that."""
    alpha, truth = 0.2, bad_canary - bad_stable
    chance = {"c": share * bad_canary, "s": (1 - share) * bad_stable}
    chance["q"] = 1 - chance["c"] - chance["s"]
    for log_e in (log_e_above, log_e_below):
        alive, missed = {(0, 0): 1.0}, 0.0
        for n in range(1, 31):
            step: dict[tuple[int, int], float] = {}
            for (c, s), p in alive.items():
                for state, q in (((c + 1, s), "c"), ((c, s + 1), "s"), ((c, s), "q")):
                    step[state] = step.get(state, 0.0) + p * chance[q]
            # Which track a request without a failure went to does not matter at centre 0.
            counts = np.array([[[c, n - c - s, s, 0]] for c, s in step], dtype=float)
            values = np.array([[z for _, z in Seen(share).outcomes(0.0)]])
            refuted = log_e([Stretch(values, counts, np.array([True]))], truth, NO_CAP) >= -math.log(alpha)
            missed += sum(p for p, out in zip(step.values(), refuted, strict=True) if out)
            alive = {state: p for (state, p), out in zip(step.items(), refuted, strict=True) if not out}
        assert missed <= alpha
        assert sum(alive.values()) + missed == pytest.approx(1)


@pytest.mark.parametrize(
    ("on_stable", "m", "share"), [(0.05, 0.0, 0.5), (0.5, 0.1, 0.05), (0.95, -0.05, 0.25)]
)
def test_the_mixture_of_centres_errs_no_more_often_than_alpha_at_any_look(on_stable, m, share):
    """600 histories of 40 windows, evaluated after each: 99 % sure that no more than alpha ever cross."""
    alpha, histories = 0.2, 600
    rng = np.random.default_rng(5)
    canary = rng.binomial(50, share, size=(histories, 40))
    bad_canary = rng.binomial(canary, on_stable + m)
    bad_stable = rng.binomial(50 - canary, on_stable)
    counts = np.stack([bad_canary, canary - bad_canary, bad_stable, 50 - canary - bad_stable], axis=-1)
    values = np.array([[z for _, z in Seen(share).outcomes(centre)] for centre in MIXED])
    for log_e, cap in ((log_e_above, PROOF_CAP), (log_e_below, HARM_CAP)):
        crossed = np.zeros(histories, dtype=bool)
        for seen in range(1, 41):
            looks = Stretch(values, counts[:, :seen].astype(float), np.ones(seen, dtype=bool))
            crossed |= log_e([looks], m, cap) >= -math.log(alpha)
        most = beta.ppf(0.99, crossed.sum() + 1, histories - crossed.sum())
        assert most <= alpha, crossed.mean()


def test_which_rows_a_cap_cuts():
    quiet, loud = Seen(0.5, 1, 99, 1, 99), Seen(0.5, 90, 10, 0, 100)
    found = rows_cut(stretch(quiet, loud, centres=ONE), 0.005, HARM_CAP, above=False)
    assert found.tolist() == [False, True]


@settings(max_examples=40)
@given(several(), st.sampled_from([PROOF_CAP, HARM_CAP]))
def test_the_ends_are_where_the_evidence_crosses_its_line(history, cap):
    stretches, line, step = both(history), -math.log(0.05), 2.0 ** (2 - PRECISION)
    (upper,), (lower,) = upper_end(stretches, 0.05, cap), lower_end(stretches, 0.05, cap)
    if not observed(stretches):
        assert (lower, upper) == (-math.inf, math.inf)
        return
    assert upper == 1.0 or log_e_above(stretches, upper, cap)[0] >= line
    assert lower == -1.0 or log_e_below(stretches, lower, cap)[0] >= line
    assert upper - step <= -1 or log_e_above(stretches, upper - step, cap)[0] < line
    assert lower + step >= 1 or log_e_below(stretches, lower + step, cap)[0] < line


def test_without_a_request_nothing_is_known():
    for nothing in ([], [stretch(Seen(0.05))]):
        assert not observed(nothing)
        assert upper_end(nothing, 0.05, PROOF_CAP).tolist() == [math.inf]
        assert lower_end(nothing, 0.05, HARM_CAP).tolist() == [-math.inf]


def test_large_counts_and_small_weights_stay_finite():
    rest = Seen(0.01, 10**11, 10**13 - 10**11, 10**13, 10**15 - 2 * 10**13, capped=False)
    truth = 10**11 / 10**13 - 10**13 / (10**15 - 10**13)
    (upper,), (lower,) = upper_end([stretch(rest)], 0.05, 2.0), lower_end([stretch(rest)], 0.05, 4.0)
    assert lower < truth < upper
    assert upper - lower < 1e-4


def test_kinds_are_each_as_if_alone():
    kinds = [Seen(0.05, c, 45 - c, s, 855 - s, capped=False) for c, s in ((1, 2), (9, 0), (4, 80))]
    alone = [stretch(kind) for kind in kinds]
    together = Stretch(alone[0].values, np.concatenate([one.counts for one in alone]), alone[0].capped)
    assert upper_end([together], 0.05, 2.0).tolist() == [upper_end([one], 0.05, 2.0)[0] for one in alone]
    assert lower_end([together], 0.05, 4.0).tolist() == [lower_end([one], 0.05, 4.0)[0] for one in alone]


def test_what_is_kept_of_a_closed_step_is_what_is_computed_anew():
    running = stretch(Seen(0.05, 3, 42, 4, 851), Seen(0.05, 0, 50, 9, 941), centres=MIXED)
    closed = replace(running, closed=True)
    for m, cap, above in itertools.product((0.01, 0.02), (PROOF_CAP, HARM_CAP), (True, False)):
        anew = wealth([running], m, cap, above=above)
        for _ in range(2):
            assert wealth([closed], m, cap, above=above).tolist() == anew.tolist()
