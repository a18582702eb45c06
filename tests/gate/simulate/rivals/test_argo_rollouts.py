from __future__ import annotations

from support.simulation import PLAN, minute, moves

from sluicegate.gate.simulate.rivals.argo_rollouts import Background, InSteps

GOOD = minute(bad=1)
BAD = minute(bad=2)
EMPTY = minute(canary=0)


def background(limit, *minutes):
    return list(moves(Background(PLAN, limit), minutes))


def in_steps(*minutes):
    return list(moves(InSteps(PLAN, failure_limit=3, consecutive_success_limit=4), minutes))


def test_each_step_pauses_five_minutes():
    steps = background(0, *[GOOD] * 20)
    assert [weight for _, weight in steps[:-1]] == [1] * 4 + [5] * 5 + [25] * 5 + [50] * 5
    assert steps[-1][0] == "finish"


def test_the_threshold_itself_passes_and_one_failure_is_one_too_many():
    assert background(0, GOOD, GOOD, BAD)[-1] == ("rollback", 1)
    assert background(0, minute(canary=0)) == [("rollback", 1)], "0 / 0 is not below the threshold"


def test_a_failure_limit_counts_over_all_steps():
    assert [move for move, _ in background(3, BAD, BAD, BAD, GOOD, GOOD, GOOD)] == ["wait"] * 6
    assert background(3, BAD, BAD, BAD, *[GOOD] * 9, EMPTY)[-1][0] == "rollback"


def test_with_consecutive_successes_each_step_needs_four_in_a_row():
    steps = in_steps(GOOD, GOOD, BAD, GOOD, GOOD, GOOD, GOOD)
    assert [weight for _, weight in steps] == [1] * 6 + [5]
    assert in_steps(*[GOOD] * 16)[-1] == ("finish", 50)


def test_failures_are_counted_anew_in_each_step():
    assert in_steps(BAD, BAD, BAD, *[GOOD] * 4, BAD, BAD, BAD)[-1] == ("wait", 5)
    assert in_steps(*[BAD] * 4)[-1][0] == "rollback"


def test_ten_measurements_without_them_leave_it_to_a_person():
    three = (GOOD, GOOD, GOOD, BAD)
    assert in_steps(*three, *three, GOOD, GOOD)[-1] == ("hold", 1)
