"""One interval decides: what is shown is what is tested, for every gate, weight and history of windows."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.bets import Seen, log_by_counts, log_with_restarts
from support.releases import ERRORS, delta, spread

from sluicegate.gate.core import interval
from sluicegate.gate.core.betting import HARM_CAP, PROOF_CAP
from sluicegate.gate.core.decision import Interval
from sluicegate.gate.core.interval import difference, harm, is_non_inferior
from sluicegate.gate.core.stretches import alone, compared, unseen
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import Tally, Traffic

ALPHA = 0.05
DRIFT = Gate("score_drift", 0.1, two_sided=True)


def tally(*windows, kinds=1):
    """Windows one by one, nothing summed."""
    none = (0,) * kinds
    return Tally(delta(0, 0, none, none), tuple(windows))


def evenly(number, *counts):
    """A tally of so many equal windows."""
    return Tally(delta(0, 0), tuple(spread(number, counts)))


def seen(rows):
    """The same for the game written out in tests/support/bets.py, by step."""
    return [
        [
            Seen(
                weight / 100,
                row.bad_canary[0],
                row.canary - row.bad_canary[0],
                row.bad_stable[0],
                row.requests - row.canary - row.bad_stable[0],
                capped=capped,
            )
            for row, capped in ((counted.rest, False), *((window, True) for window in counted.windows))
        ]
        for weight, counted in rows
        if 0 < weight < 100
    ]


def for_proof(steps):
    """Without the windows in which stable fails half of several requests; none of these has a gain here."""
    return [
        window
        for window in chain.from_iterable(steps)
        if not window.capped
        or window.bad_stable < 2
        or 2 * window.bad_stable < window.bad_stable + window.good_stable
    ]


COUNT = st.integers(0, 2000)


@st.composite
def histories(draw):
    """Steps at rising weights, each a sum and some windows, of any failures on either track."""
    window = st.tuples(COUNT, COUNT, COUNT, COUNT).map(lambda n: delta(n[0] + n[1], n[2] + n[3], n[0], n[2]))
    weights = sorted(draw(st.sets(st.integers(1, 99), min_size=1, max_size=3)))
    return [(weight, Tally(draw(window), tuple(draw(st.lists(window, max_size=5))))) for weight in weights]


MARGINS = st.sampled_from([0.002, 0.01, 0.1])
TOLERANCES = st.sampled_from([None, 0.0, 0.01, 0.05])
FOLLOWING = st.sampled_from([5, 25, 50, 100])


@st.composite
def running_histories(draw):
    """The last step is running: every window by itself, and no sum."""
    rows = draw(histories())
    weight, last = rows[-1]
    return [*rows[:-1], (weight, replace(last, rest=delta(0, 0)))]


@settings(max_examples=60)
@given(histories(), MARGINS, st.booleans())
def test_harm_is_the_game_that_begins_anew(rows, margin, running):
    gate = replace(ERRORS, margin=margin)
    found = harm(compared(rows, gate, running=running), gate, ALPHA)[0]
    expected = log_with_restarts(seen(rows), margin / 2, HARM_CAP, above=False, running=running)
    assert found == pytest.approx(expected + math.log(ALPHA), rel=1e-9, abs=1e-6)


@settings(max_examples=60)
@given(histories(), MARGINS, FOLLOWING)
def test_the_proof_is_the_game_where_stable_is_well(rows, margin, following):
    """Where it is not, a window still takes what it takes, and adds nothing."""
    gate, bound = replace(ERRORS, margin=margin), margin / (following / 100)
    if bound >= 1:
        return
    stretches = compared(rows, gate)
    whole = log_by_counts(list(chain.from_iterable(seen(rows))), bound, PROOF_CAP, above=True)
    well = log_by_counts(for_proof(seen(rows)), bound, PROOF_CAP, above=True)
    found = interval.log_e_above(stretches, bound, PROOF_CAP)[0]
    assert found <= min(whole, well) + 1e-6
    if all(stretch.useless is None for stretch in stretches):
        assert found == pytest.approx(whole, rel=1e-9, abs=1e-6)
    if abs(found + math.log(ALPHA)) > 1e-6:
        assert is_non_inferior(stretches, gate, ALPHA, following) == (found >= -math.log(ALPHA))


@settings(max_examples=80)
@given(running_histories(), MARGINS, TOLERANCES, FOLLOWING, st.booleans())
def test_the_interval_that_is_shown_is_the_one_that_decides(rows, margin, tolerance, following, running):
    """Harm where `lower > tolerance`, and on to the next weight where `upper x next weight <= margin`."""
    gate = Gate("e", margin, tolerance)
    stretches = compared(rows, gate, running=running)
    (shown,) = difference(stretches, gate, ALPHA, ALPHA / 3)
    if abs(shown.lower - gate.harmful_above) > 1e-6:
        assert (harm(stretches, gate, ALPHA / 3)[0] > 0) == (shown.lower > gate.harmful_above)
    if abs(shown.upper - margin / (following / 100)) > 1e-6:
        fits = shown.upper * following / 100 <= margin
        assert is_non_inferior(stretches, gate, ALPHA, following) == fits


@settings(max_examples=40)
@given(histories(), FOLLOWING)
def test_a_two_sided_gate_goes_on_where_both_shown_ends_are_within_its_margin(rows, following):
    bound = DRIFT.margin / (following / 100)
    stretches = compared(rows, DRIFT)
    (shown,) = difference(stretches, DRIFT, ALPHA, ALPHA)
    if min(abs(shown.upper - bound), abs(shown.lower + bound)) > 1e-6:
        within = -bound <= shown.lower and shown.upper <= bound and shown.upper < math.inf
        assert is_non_inferior(stretches, DRIFT, ALPHA, following) == within


@settings(max_examples=40)
@given(histories())
def test_less_alpha_is_wider(rows):
    (narrow,) = difference(compared(rows, ERRORS), ERRORS, 0.1, 0.1)
    (wide,) = difference(compared(rows, ERRORS), ERRORS, 0.01, 0.01)
    assert wide.lower <= narrow.lower
    assert wide.upper >= narrow.upper


@settings(max_examples=40)
@given(histories(), st.integers(1, 500))
def test_more_failures_on_the_canary_never_lower_the_ends(rows, more):
    weight, first = rows[0]
    worse = [(weight, replace(first, rest=first.rest + delta(more, 0, more, 0))), *rows[1:]]
    same = [(weight, replace(first, rest=first.rest + delta(more, 0, 0, 0))), *rows[1:]]
    (before,), (after,) = (difference(compared(r, ERRORS), ERRORS, ALPHA, ALPHA) for r in (same, worse))
    assert after.upper >= before.upper - 1e-6
    assert after.lower >= before.lower - 1e-6


def test_without_an_observation_nothing_is_known():
    for nothing in ([], [(0, tally(delta(0, 500))), (100, tally(delta(500, 0)))], [(5, tally(delta(0, 0)))]):
        stretches = compared(nothing, ERRORS)
        assert difference(stretches, ERRORS, ALPHA, ALPHA) == [Interval(-math.inf, math.inf)]
        assert harm(stretches, ERRORS, ALPHA)[0] < 0
        assert not is_non_inferior(stretches, replace(ERRORS, margin=0.99), ALPHA, 1)


def test_weights_0_and_100_enter_no_comparison():
    counted = (5, tally(delta(20, 380, 1, 2)))
    with_them = [(0, tally(delta(0, 900, 0, 90))), counted, (100, tally(delta(900, 0, 90, 0)))]
    shown = [difference(compared(rows, ERRORS), ERRORS, ALPHA, ALPHA) for rows in (with_them, [counted])]
    assert shown[0] == shown[1]


def test_a_closed_step_is_counted_as_it_is_whatever_was_asked_of_it_before():
    tally = Tally(delta(0, 0), (delta(50, 950, 3, 4), delta(50, 950, 0, 600)))
    rows = [(5, tally), (25, tally)]
    for gate in (Gate("e", 0.01), Gate("e", 0.01, relative=0.5), Gate("e", 0.01, at_most=0.02)):
        for weight in (5, 10):
            step = compared([(weight, tally), rows[1]], gate)[0]
            (anew,) = compared([(weight, tally)], gate)
            assert (step.values.tolist(), step.counts.tolist()) == (
                anew.values.tolist(),
                anew.counts.tolist(),
            )
            assert step.useless.tolist() == anew.useless.tolist()
    fewer = Tally(delta(0, 0), (delta(50, 950, 3, 4), delta(50, 950, 0, 4)))
    assert compared([(5, fewer), rows[1]], Gate("e", 0.01))[0].counts[0, 2].tolist() == [0, 50, 4, 946]


def test_a_margin_that_is_no_number_never_promotes():
    clean = compared([(50, evenly(60, 5 * 10**5, 5 * 10**5, 0, 0))], ERRORS)
    for margin in (math.nan, -2.0):
        assert not is_non_inferior(clean, replace(ERRORS, margin=margin), ALPHA, 100)


# --- a window counts once ---


@pytest.mark.parametrize("weight", [1, 5, 25, 50, 99])
def test_no_window_however_bad_shows_harm_alone_and_neither_do_two(weight):
    awful = delta(weight * 10**6, (100 - weight) * 10**6, weight * 10**6, 0)
    harmful = [
        bool(harm(compared([(weight, tally(*[awful] * number))], ERRORS), ERRORS, ALPHA)[0] > 0)
        for number in (1, 2, 3, 4)
    ]
    assert harmful[:2] == [False, False]
    assert harmful[3]


def test_three_windows_can_show_harm():
    awful = delta(5 * 10**5, 5 * 10**5, 5 * 10**5, 0)
    assert harm(compared([(50, tally(awful, awful, awful))], ERRORS), ERRORS, ALPHA)[0] > 0


@pytest.mark.parametrize(("weight", "following"), [(1, 5), (25, 50), (50, 100)])
def test_no_four_windows_however_clean_advance_and_five_can(weight, following):
    clean = delta(weight * 10**6, (100 - weight) * 10**6)
    shown = [
        is_non_inferior(compared([(weight, tally(*[clean] * number))], ERRORS), ERRORS, ALPHA, following)
        for number in range(1, 7)
    ]
    assert shown[:4] == [False] * 4
    assert shown[5]


def test_requests_of_one_moment_say_less_than_the_same_requests_over_a_minute():
    at_once = compared([(50, tally(delta(3000, 3000, 60, 0)))], ERRORS)
    spread_out = compared([(50, evenly(6, 3000, 3000, 60, 0))], ERRORS)
    assert harm(at_once, ERRORS, ALPHA)[0] < 0 < harm(spread_out, ERRORS, ALPHA)[0]


# --- what it takes ---


def test_clean_requests_until_non_inferior_are_about_what_the_formula_says():
    """Error-free: ln(1/alpha) x w'/w / margin is what the best stake needs; mixing 40 costs 1.65 x."""
    formula = math.log(20) * (0.05 / 0.01) / 0.01

    def shown(requests):
        counted = evenly(60, requests // 100, requests - requests // 100, 0, 0)
        return is_non_inferior(compared([(1, counted)], ERRORS), ERRORS, ALPHA, 5)

    assert not shown(round(1.55 * formula))
    assert shown(round(1.75 * formula))


EDGES = tuple(1 - (i + 1) / 11 for i in range(10))


def requests_of_a_rollout(gate, shares, seed, *, centred=True, per_window=100, step=500):
    """Requests of a harmless rollout, evaluated every 500; `shares` are those above each edge, or failing."""
    rng = np.random.default_rng(seed)
    kinds = replace(gate, kinds=len(shares))
    counting = kinds if centred else replace(kinds, two_sided=False)
    rows, total = [], 0
    for weight, following in ((1, 5), (5, 25), (25, 50), (50, 100)):
        windows = []
        for _ in range(300):
            for _ in range(step // per_window):
                canary = int(rng.binomial(per_window, weight / 100))
                scores = rng.random(per_window)
                bad = scores[:, None] < np.array(shares)
                on_canary, on_stable = bad[:canary].sum(axis=0), bad[canary:].sum(axis=0)
                windows.append(
                    delta(canary, per_window - canary, tuple(map(int, on_canary)), tuple(map(int, on_stable)))
                )
            total += step
            now = [*rows, (weight, tally(*windows, kinds=len(shares)))]
            if is_non_inferior(compared(now, counting), kinds, ALPHA, following):
                rows = now
                break
        else:
            return math.inf
    return total


def test_ten_edges_at_ten_percent_take_no_more_than_a_quarter_more_than_errors_at_one_percent():
    drift = np.median([requests_of_a_rollout(DRIFT, EDGES, seed) for seed in range(5)])
    errors = np.median([requests_of_a_rollout(ERRORS, (0.005,), seed) for seed in range(5)])
    assert drift <= 1.25 * errors, (drift, errors)


@pytest.mark.parametrize(("shares", "less"), [((0.5,), 0.6), ((0.9, 0.97), 0.25)], ids=["half", "near one"])
def test_centred_scores_take_far_fewer_requests(shares, less):
    centred = np.median([requests_of_a_rollout(DRIFT, shares, seed) for seed in range(3)])
    plain = np.median([requests_of_a_rollout(DRIFT, shares, seed, centred=False) for seed in range(3)])
    assert centred <= less * plain, (centred, plain)


def test_rare_scores_take_little_more_for_being_centred():
    centred = requests_of_a_rollout(DRIFT, (0.05, 0.02), 1)
    plain = requests_of_a_rollout(DRIFT, (0.05, 0.02), 1, centred=False)
    assert centred <= 1.5 * plain, (centred, plain)


# --- the failure rate of one track ---


def test_one_tracks_rate_is_of_that_track_alone_wherever_it_had_traffic():
    rows = [
        (0, tally(delta(0, 900, 0, 9))),
        (50, tally(delta(50, 50, 5, 7))),
        (100, tally(delta(70, 0, 3, 0))),
    ]
    canary = [stretch.counts[0, 1].tolist() for stretch in alone(rows, "canary")]
    stable = [stretch.counts[0, 1].tolist() for stretch in alone(rows, "stable")]
    assert canary == [[5, 45], [3, 67]]
    assert stable == [[9, 891], [7, 43]]


@settings(max_examples=60)
@given(histories(), st.sampled_from([0.001, 0.02, 0.5]), st.booleans())
def test_the_rate_that_is_shown_decides_about_the_ceiling(rows, ceiling, running):
    canary = alone(rows, "canary", running=running)
    shown = interval.rate(canary, ALPHA, ALPHA / 2)
    if abs(shown.lower - ceiling) > 1e-6:
        assert interval.is_above(canary, ceiling, ALPHA / 2) == (shown.lower > ceiling)
    if abs(shown.upper - ceiling) > 1e-6:
        assert interval.is_below(canary, ceiling, ALPHA) == (shown.upper <= ceiling)


def test_no_window_alone_breaks_or_keeps_a_ceiling():
    awful = [(100, tally(*[delta(10**6, 0, 10**6, 0)] * number)) for number in (1, 2, 3)]
    assert [interval.is_above(alone([row], "canary"), 0.02, ALPHA) for row in awful] == [False, False, True]
    clean = [(100, tally(*[delta(10**6, 0)] * number)) for number in (4, 6)]
    assert [interval.is_below(alone([row], "canary"), 0.02, ALPHA) for row in clean] == [False, True]


@pytest.mark.parametrize("track", ["canary", "stable"])
def test_a_good_time_hides_little_of_a_ceiling_that_is_broken_later(track):
    """A whole day without a failure, as 200 windows; then three in five fail, where half of them may."""
    day = [delta(43_200, 43_200)] * 200
    broken = [delta(500, 500, 300, 300)] * 12
    one_step = [(50, tally(*day, *broken))]
    later_step = [(25, tally(*day)), (50, tally(*broken))]
    for rows in (one_step, later_step):
        running = alone(rows, track, running=True)
        assert interval.is_above(running, 0.5, ALPHA)
        assert interval.rate(running, ALPHA, ALPHA).lower > 0.5
    assert not interval.is_above(alone([(50, tally(*day))], track, running=True), 0.5, ALPHA)


def test_a_closed_step_begins_no_bets_on_a_ceiling():
    rows = [(50, tally(*[delta(500, 500)] * 30, *[delta(500, 500, 300, 300)] * 20)), (100, tally())]
    assert not interval.is_above(alone(rows, "stable", running=True), 0.5, ALPHA)
    assert interval.is_above(alone(rows[:1], "stable", running=True), 0.5, ALPHA)


def test_without_a_request_no_ceiling_is_broken_or_kept():
    assert not interval.is_above([], 0.0, ALPHA)
    assert not interval.is_below([], 1.0, ALPHA)
    assert interval.rate([], ALPHA, ALPHA) == Interval(-math.inf, math.inf)


@st.composite
def lost_windows(draw):
    """A weight, and what a window really held of which nobody has figures."""
    counts = draw(st.tuples(COUNT, COUNT, COUNT, COUNT))
    return draw(st.integers(1, 99)), delta(counts[0] + counts[1], counts[2] + counts[3], counts[0], counts[2])


SICK_STABLE = (79, delta(0, 10, 0, 5))


@settings(max_examples=60, deadline=None)
@example([(1, Tally(delta(0, 407)))], SICK_STABLE, ERRORS)
@given(histories(), lost_windows(), st.sampled_from([ERRORS, DRIFT]))
def test_requests_without_figures_never_prove_more_than_they_would_have_if_seen(rows, lost, gate):
    weight, really = lost
    hidden = Tally(delta(0, 0), unseen=Traffic(really.canary, really.requests - really.canary))
    worst = unseen([*rows, (weight, hidden)], gate)
    (blind,) = difference(compared(rows, gate), gate, ALPHA, ALPHA, worst)
    (sighted,) = difference(compared([*rows, (weight, tally(really))], gate), gate, ALPHA, ALPHA)
    assert blind.upper >= sighted.upper - 1e-6 or not any(t.total.requests for _, t in rows)
    if gate.two_sided:
        assert blind.lower <= sighted.lower + 1e-6


def test_requests_without_figures_show_no_harm_and_may_forbid_the_advance():
    rows = [(50, evenly(30, 3000, 3000, 600, 600))]
    hidden = [(50, replace(rows[0][1], unseen=Traffic(300, 300)))]
    stretches = compared(rows, DRIFT)
    assert is_non_inferior(stretches, DRIFT, ALPHA, 100, unseen(rows, DRIFT))
    assert not is_non_inferior(stretches, DRIFT, ALPHA, 100, unseen(hidden, DRIFT))
    few = [(50, replace(rows[0][1], unseen=Traffic(20, 20)))]
    assert is_non_inferior(stretches, DRIFT, ALPHA, 100, unseen(few, DRIFT))
    assert np.array_equal(harm(compared(hidden, DRIFT), DRIFT, ALPHA), harm(stretches, DRIFT, ALPHA))
