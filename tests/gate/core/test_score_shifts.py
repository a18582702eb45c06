"""Shifts of scores: two-sided gates of many edges, and the edge that is shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.releases import delta, spread

from sluicegate.gate.core import interval
from sluicegate.gate.core.decision import Interval
from sluicegate.gate.core.interval import (
    difference,
    furthest,
    harm,
    is_non_inferior,
)
from sluicegate.gate.core.stretches import SCORE_CENTRES, compared, unseen, values
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import Tally, Traffic

ALPHA = 0.05
DRIFT = Gate("score_drift", 0.1, two_sided=True)


FLAT = tuple(1 - (i + 1) / 10 for i in range(9))


def edges(canary, stable, requests, shares, base=FLAT):
    """Nine edges of a score histogram over sixty windows: shares above each edge on either track."""
    above_canary = tuple(round(requests * canary * p) for p in shares)
    above_stable = tuple(round(requests * stable * p) for p in base)
    counts = (round(requests * canary), round(requests * stable), above_canary, above_stable)
    gate = replace(DRIFT, kinds=len(shares))
    none = (0,) * len(shares)
    rows = [(round(100 * canary), Tally(delta(0, 0, none, none), tuple(spread(60, counts))))]
    return compared(rows, gate), gate


@pytest.mark.parametrize("direction", [1, -1])
def test_a_shift_beyond_the_margin_is_harmful_in_both_directions(direction):
    shifted = tuple(min(max(p + direction * 0.35, 0), 1) for p in FLAT)
    stretches, gate = edges(0.25, 0.75, 4000, shifted)
    assert harm(stretches, gate, ALPHA / 3).max() > 0
    assert not is_non_inferior(stretches, gate, ALPHA, 50)


def test_a_shift_within_the_tolerance_is_not_harmful_and_is_non_inferior():
    shifted = tuple(min(p + 0.04, 1) for p in FLAT)
    stretches, gate = edges(0.5, 0.5, 200_000, shifted)
    assert not (harm(stretches, gate, ALPHA) > 0).any()
    assert is_non_inferior(stretches, gate, ALPHA, 100)


def test_one_edge_beyond_the_margin_forbids_promotion():
    one_off = (*FLAT[:4], FLAT[4] + 0.15, *FLAT[5:])
    stretches, gate = edges(0.5, 0.5, 200_000, one_off)
    assert not is_non_inferior(stretches, gate, ALPHA, 100)


def test_harm_of_a_shift_is_split_over_edges_and_signs_and_the_shown_shift_is_the_one_that_decides():
    shifted = tuple(min(p + 0.12, 1) for p in FLAT)
    for requests in range(2000, 20_000, 2000):
        stretches, gate = edges(0.5, 0.5, requests, shifted)
        beyond = harm(stretches, gate, ALPHA) > 0
        shown = interval.shift(stretches, gate, ALPHA)
        assert [max(end.lower, -end.upper) > gate.harmful_above for end in shown] == beyond.tolist()
    assert beyond.any()


def test_values_have_the_same_mean_at_every_centre():
    """0.3 of the canary's requests fail and 0.2 of stable's: the mean of Z is 0.1, whatever is subtracted."""
    by_centre = values(20, DRIFT)
    assert len(by_centre) == len(SCORE_CENTRES)
    chance = np.array([0.2 * 0.3, 0.2 * 0.7, 0.8 * 0.2, 0.8 * 0.8])
    assert (by_centre @ chance).tolist() == pytest.approx([0.1] * len(SCORE_CENTRES))


COUNTS = st.sampled_from([0, 40, 41, 60, 100])


@st.composite
def shifted_edges(draw):
    """Windows of a few edges, some of which may be counted alike, and of requests without figures."""
    kinds = draw(st.integers(1, 4))
    above = st.tuples(*[COUNTS] * kinds)
    windows = draw(
        st.lists(st.builds(delta, st.just(100), st.just(300), above, above), min_size=1, max_size=3)
    )
    gate = replace(DRIFT, kinds=kinds, two_sided=draw(st.booleans()))
    none = (0,) * kinds
    lost = draw(st.none() | st.builds(Traffic, st.just(5), st.just(15)))
    return [(25, Tally(delta(0, 0, none, none), tuple(windows) * 10, lost))], gate


@settings(max_examples=60)
@given(counted=shifted_edges())
def test_the_edge_that_is_shown_is_the_first_that_can_be_furthest_from_harmless(counted):
    rows, gate = counted
    stretches, hidden = compared(rows, gate), unseen(rows, gate)
    by_kind = difference(stretches, gate, ALPHA, ALPHA / 3, hidden)
    reach = [max(one.upper, -one.lower) if gate.two_sided else one.upper for one in by_kind]

    kind, shown = furthest(stretches, gate, ALPHA, ALPHA / 3, hidden)

    assert kind == reach.index(max(reach))
    assert shown == by_kind[kind]


def test_of_edges_that_are_as_far_up_as_down_the_first_is_shown():
    none = (0, 0)
    mirrored = delta(100, 100, (0, 100), (100, 0))
    rows = [(50, Tally(delta(0, 0, none, none), (mirrored,) * 10))]
    gate = replace(DRIFT, kinds=2)
    down, up = difference(compared(rows, gate), gate, ALPHA, ALPHA)
    assert (down.lower, up.upper) == (-1, 1)
    assert max(down.upper, -up.lower) < 1

    assert furthest(compared(rows, gate), gate, ALPHA, ALPHA) == (0, down)


def test_without_a_request_the_first_edge_is_shown_and_nothing_known_of_it():
    assert furthest([], replace(DRIFT, kinds=3), ALPHA, ALPHA) == (0, Interval())
