"""What proves nothing, and what is counted of requests without figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.releases import ERRORS, delta, spread

from sluicegate.gate.core import interval
from sluicegate.gate.core.stretches import alone, unseen, useless
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import Tally, Traffic

ALPHA = 0.05


@pytest.mark.parametrize(
    ("counts", "proves"),
    [
        ((500, 500, 0, 0), True),
        ((500, 500, 0, 240), True),
        ((500, 500, 0, 250), False),
        ((1, 1, 0, 1), True),
        ((2, 2, 0, 2), False),
    ],
)
def test_a_window_in_which_stable_fails_half_of_several_requests_proves_nothing(counts, proves):
    gate = Gate("e", 0.01)
    found = useless(Tally(delta(0, 0), (delta(*counts),)), gate)
    assert (found is None) == proves


def test_above_its_ceiling_stable_is_no_measure_unless_it_is_there_most_of_the_time():
    gate = Gate("e", 0.01, at_most=0.02)
    well, ill, by_chance = delta(500, 500, 0, 2), delta(500, 500, 0, 50), delta(500, 500, 0, 12)
    some = useless(Tally(delta(0, 0), (well, ill, by_chance, well)), gate)
    assert some.tolist() == [False, False, True, False, False]
    assert useless(Tally(delta(0, 0), (well, ill, ill)), gate) is None
    closed = useless(Tally(well + well + well, (ill, ill)), gate)
    assert closed.tolist() == [False, True, True]


def test_the_windows_of_a_two_sided_gate_all_count():
    assert useless(Tally(delta(0, 0), (delta(100, 900, 0, 900),)), Gate("d", 0.1, two_sided=True)) is None


def test_requests_without_figures_count_against_a_ceiling():
    gate = replace(ERRORS, at_most=0.05)
    rows = [(100, replace(Tally(delta(0, 0), tuple(spread(30, (3000, 0, 0, 0)))), unseen=Traffic(300, 0)))]
    (canary,) = alone(rows, "canary")
    worst = unseen(rows, gate)
    assert interval.is_below([canary], 0.05, ALPHA)
    assert not interval.is_below([canary, *worst.canary], 0.05, ALPHA)
    assert interval.rate([canary], ALPHA, ALPHA, worst).upper > 0.05
