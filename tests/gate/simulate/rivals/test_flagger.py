from __future__ import annotations

from support.simulation import PLAN, minute, moves

from sluicegate.gate.simulate.rivals.flagger import Flagger

GOOD = minute(bad=1)
BAD = minute(bad=2)


def flagger(*minutes):
    return list(moves(Flagger(PLAN), minutes))


def test_a_pass_is_a_step():
    assert flagger(GOOD, GOOD, GOOD, GOOD) == [("wait", 5), ("wait", 25), ("wait", 50), ("finish", 50)]


def test_a_failed_check_moves_nothing():
    assert flagger(GOOD, BAD, minute(canary=0)) == [("wait", 5)] * 3


def test_the_interval_after_the_fifth_failed_check_rolls_back():
    assert [move for move, _ in flagger(*[BAD] * 4, GOOD, BAD, GOOD)] == ["wait"] * 6 + ["rollback"]
