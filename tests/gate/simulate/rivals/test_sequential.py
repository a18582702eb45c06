from __future__ import annotations

from math import inf, log, sqrt

import pytest
from support.simulation import PLAN, minute, moves

from sluicegate.gate.simulate.rivals.sequential import Sequential, halfwidth, lower_end
from sluicegate.gate.simulate.traffic.base import Served

FAIR = minute(canary=100, bad=1, stable=1900, bad_stable=19)


def test_the_halfwidth_is_the_published_one():
    """Equation 134 of arXiv 2103.06476, with rho from equation 161 at 2 alpha, worked out by hand."""
    rho = sqrt((-2 * log(0.1) + log(-2 * log(0.1) + 1)) / 5000)
    n, s2, alpha = 20_000, 0.04, 0.05
    expected = sqrt(s2) * sqrt(
        2 * (n * rho**2 + 1) / (n * rho) ** 2 * log(1 + sqrt(n * rho**2 + 1) / (2 * alpha))
    )
    assert halfwidth(s2, n, alpha) == pytest.approx(expected)


def test_while_a_track_has_no_variance_nothing_is_said():
    assert lower_end(Served(1000, 1000, 500, 0), 0.05) == -inf
    assert lower_end(Served(1, 1000, 1, 5), 0.05) == -inf
    assert lower_end(Served(1000, 1000, 500, 5), 0.05) > 0.3


def test_it_ramps_for_a_quarter_of_an_hour_and_ships_after_an_hour():
    found = list(moves(Sequential(PLAN), [FAIR] * 60))
    assert found[-1] == ("finish", 50)
    assert [weight for _, weight in found][:15] == [5] * 2 + [12] * 3 + [25] * 3 + [37] * 3 + [50] * 4


def test_a_shown_loser_goes_back():
    worse = minute(canary=1000, bad=100, stable=19_000, bad_stable=190)
    assert list(moves(Sequential(PLAN), [worse] * 9))[-1][0] == "rollback"


def test_the_control_is_as_large_as_the_canary():
    rule = Sequential(PLAN)
    rule.look(minute(canary=500, bad=5, stable=9500, bad_stable=95))
    assert rule._seen.stable == pytest.approx(500, abs=80)
