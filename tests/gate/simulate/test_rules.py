from __future__ import annotations

import numpy as np

from sluicegate.gate.simulate.rules import Ending, run
from sluicegate.gate.simulate.traffic.base import Draw, Rates, Traffic


class Script:
    """A rule that has made up its mind: (move, weight in the next window), one a window."""

    def __init__(self, weight, *moves):
        self.weight = weight
        self.moves = list(moves)
        self.seen = []

    def look(self, served):
        self.seen.append(served)
        move, self.weight = self.moves.pop(0)
        return move


class Even:
    """Ten requests of every lot in each window; one of lot 0 fails on the canary, one of lot 99 on stable."""

    def __init__(self, cold=0):
        self.cold = cold

    def draw(self, rng, first, count):
        requests = np.full((count, 100), 10)
        if_canary = np.zeros((count, 100), dtype=int)
        if_stable = np.zeros((count, 100), dtype=int)
        if_canary[:, 0] = 1
        if_stable[:, 99] = 1
        return Draw(requests, if_canary, if_stable)


def traffic(windows=5, cold=0):
    return Traffic(Even(cold), np.random.default_rng(0), windows)


def test_it_ends_with_the_rules_move_and_counts_up_to_there():
    rule = Script(1, ("wait", 25), ("wait", 25), ("rollback", 0))
    assert run(rule, traffic(), 10) == Ending("rollback", 30, 3000, 10 + 250 + 250, 3)
    assert [served.canary for served in rule.seen] == [10, 250, 250]


def test_what_the_canary_has_alone_is_no_exposure():
    rule = Script(50, ("wait", 100), ("finish", 100))
    assert run(rule, traffic(), 10) == Ending("finish", 10, 1000, 500, 1)


def test_of_a_first_version_all_is_exposure():
    rule = Script(100, ("wait", 100), ("rollback", 0))
    assert run(rule, traffic(), 10, first=True) == Ending("rollback", 20, 2000, 2000, 2)


def test_traffic_that_ends_first_leaves_it_undecided():
    rule = Script(1, ("wait", 1), ("wait", 1))
    assert run(rule, traffic(windows=2), 10) == Ending("wait", 20, 2000, 20, 2)


def test_a_cold_canary_fails_its_first_answers_whatever_the_window():
    rule = Script(1, ("wait", 1), ("wait", 1), ("finish", 1))
    run(rule, traffic(cold=14), 10)
    assert [served.bad_canary for served in rule.seen] == [10, 4, 1]


def test_the_same_traffic_shows_each_weight_its_own_share():
    rates = Rates(np.full(3, 1e5), np.full(3, 0.2), np.full(3, 0.1))
    same = Traffic(rates, np.random.default_rng(5), 3)
    at_1, at_50, at_0, at_100 = (same.serve(2, weight) for weight in (1, 50, 0, 100))
    assert at_1.canary + at_1.stable == at_50.canary + at_50.stable
    assert at_1.bad_canary < at_50.bad_canary < at_100.bad_canary
    assert (at_0.canary, at_0.bad_canary, at_100.stable, at_100.bad_stable) == (0, 0, 0, 0)
    assert abs(at_50.bad_canary / at_50.canary - 0.2) < 0.01
    assert abs(at_50.bad_stable / at_50.stable - 0.1) < 0.01
