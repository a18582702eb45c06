"""One gate's judgement: the lines that its e-values must cross, exactly, and the sentence.

The lines are checked against the betting game written out again here, for every count around them: with
another alpha or margin at least one of these counts is decided otherwise.
"""

from __future__ import annotations

import math

import pytest

from sluicegate.gate.core.decision import Interval
from sluicegate.gate.core.judge import compare, harm_alpha, judge
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Step, Traffic

STAKES = [10 ** (-4 + i * (math.log10(0.95) + 4) / 39) for i in range(40)]
STEPS = (1, 5, 25, 50, 100)


def e_value(weight, requests, bad_canary, bad_stable, m, sign):
    """Average wealth of the bets that the rate difference is above (+1) or below (-1) m."""
    w = weight / 100
    worst = m + 1 / (1 - w) if sign > 0 else 1 / w - min(m, 0)
    total = 0.0
    for stake in STAKES:
        bet = sign * stake / worst
        wealth = (requests - bad_canary - bad_stable) * math.log1p(-bet * m)
        wealth += bad_canary * math.log1p(bet * (1 / w - m))
        wealth += bad_stable * math.log1p(bet * (-1 / (1 - w) - m))
        total += math.exp(wealth)
    return total / len(STAKES)


def step(weight, requests, bad_canary, bad_stable, name="e"):
    canary = requests * weight // 100
    tally = CounterDelta(requests, (bad_canary,), (bad_stable,))
    return Step(weight, Traffic(canary, requests - canary), {name: tally})


def policy(gate, gates=1, alpha=0.05):
    others = tuple(Gate(f"other{i}", 0.01) for i in range(gates - 1))
    return Policy(STEPS, (gate, *others), alpha=alpha)


def crossing(values, line):
    """Whether values lie on both sides of the line, the nearest within a factor of 2."""
    below = max(value for value in values if value < line)
    above = min(value for value in values if value >= line)
    return below > line / 2 and above < line * 2


@pytest.mark.parametrize("gates", [1, 3, 10])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_harm_is_shown_exactly_where_the_e_value_reaches_gates_over_alpha(gates, alpha):
    gate = Gate("e", 0.01)
    values = []
    for bad_canary in range(100, 220):
        value = e_value(50, 20_000, bad_canary, 100, 0.0, +1)
        values.append(value)
        found = compare(gate, policy(gate, gates, alpha), [step(50, 20_000, bad_canary, 100)], 100, None)
        assert found.harmful == (value >= gates / alpha), bad_canary
    assert crossing(values, gates / alpha)


@pytest.mark.parametrize("gates", [1, 3])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
@pytest.mark.parametrize(("weight", "following", "margin"), [(50, 100, 0.02), (25, 50, 0.01), (5, 25, 0.03)])
def test_non_inferiority_is_shown_exactly_where_the_e_value_reaches_one_over_alpha(
    gates, alpha, weight, following, margin
):
    gate = Gate("e", margin)
    values = []
    for requests in range(200, 12_000, 40):
        value = e_value(weight, requests, 1, 9, margin / (following / 100), -1)
        values.append(value)
        found = compare(gate, policy(gate, gates, alpha), [step(weight, requests, 1, 9)], following, None)
        assert found.non_inferior == (value >= 1 / alpha), requests
    assert crossing(values, 1 / alpha)


def test_a_two_sided_gate_is_harmful_beyond_its_margin_and_not_before():
    gate = Gate("d", 0.1, two_sided=True)
    values = []
    for bad_canary in range(1000, 1700, 5):
        up = e_value(50, 4000, bad_canary, 1000, 0.1, +1)
        down = e_value(50, 4000, bad_canary, 1000, -0.1, -1)
        value = (up + down) / 2
        values.append(value)
        found = compare(gate, policy(gate), [step(50, 4000, bad_canary, 1000, "d")], 100, None)
        assert found.harmful == (value >= 20), bad_canary
    assert crossing(values, 20)


def test_harm_alpha_is_split_over_the_gates():
    gate = Gate("e", 0.01)
    assert harm_alpha(policy(gate, gates=4, alpha=0.08)) == pytest.approx(0.02)


CLEAN, SOME = step(5, 20_000, 5, 95), step(5, 1000, 0, 0)
ERRORS = Gate("e", 0.01)


def test_the_sentence_of_a_gate_that_is_within_its_margin():
    found = judge(ERRORS, policy(ERRORS), [CLEAN], 25, None)
    assert found.reason == (
        "e: rate difference (canary - stable) -0.483 % .. 1.19 % over 20,000 requests, "
        "within the margin 1 % at 25 %"
    )
    assert (found.non_inferior, found.harmful, found.needs, found.edge) == (True, False, None, None)
    assert (found.requests, found.canary_requests, found.bad_canary, found.bad_stable) == (
        20_000,
        1000,
        5,
        95,
    )


def test_the_sentence_of_a_harmful_canary():
    found = judge(ERRORS, policy(ERRORS), [step(5, 2000, 20, 10)], 25, None)
    assert found.harmful
    assert found.reason.endswith(
        " over 2,000 requests, harmful (margin 1 %): "
        "20 of the canary's 100 requests and 10 of stable's 1,900 failed"
    )


def test_the_sentence_of_shifted_scores():
    gate = Gate("d", 0.1, two_sided=True, kinds=3)
    tally = CounterDelta(2000, (450, 350, 10), (1050, 225, 30))
    found = judge(gate, policy(gate), [Step(25, Traffic(500, 1500), {"d": tally})], 50, None)
    assert (found.harmful, found.edge, found.bad_canary, found.bad_stable) == (True, 1, 350, 225)
    assert found.reason.endswith(
        " at edge 2 of 3 over 2,000 requests, harmful (beyond the margin 10 %): "
        "350 of the canary's 500 requests and 225 of stable's 1,500 lie above the edge"
    )


def test_the_sentence_of_a_gate_that_needs_more_requests():
    found = judge(ERRORS, policy(ERRORS), [SOME], 25, None)
    assert 2000 < found.needs < 3000
    assert ", not yet within the margin 1 % at 25 %, needs about 2,4" in found.reason


def test_the_sentence_of_a_gate_that_would_never_get_there():
    found = judge(ERRORS, policy(ERRORS), [step(50, 1000, 25, 15)], 100, None)
    assert found.needs is None
    assert found.reason.endswith(
        ", not within the margin 1 % at 100 %, nor would it be at the rates seen so far"
    )


def test_a_gate_without_counts_in_the_running_step_is_not_non_inferior_whatever_was_shown_before():
    found = judge(ERRORS, policy(ERRORS), [CLEAN, Step(25, Traffic(9, 27), {})], 50, "no data")
    assert found.reason == "e: no data: nothing is concluded in this step"
    assert (found.non_inferior, found.needs) == (False, None)
    assert found.rate_difference.upper == math.inf
    assert found.rate_difference.lower > -1


def test_harm_of_closed_steps_is_shown_even_when_the_running_one_has_no_data():
    found = judge(
        ERRORS, policy(ERRORS), [step(5, 2000, 20, 10), Step(25, Traffic(9, 27), {})], 50, "no data"
    )
    assert found.harmful


def test_steps_at_0_and_100_are_not_compared():
    found = judge(ERRORS, policy(ERRORS), [step(0, 900, 0, 90), CLEAN, step(100, 900, 90, 0)], 25, None)
    assert (found.requests, found.bad_canary, found.bad_stable) == (20_000, 5, 95)


def test_the_lower_end_is_split_over_the_gates_and_the_upper_is_not():
    alone = judge(ERRORS, policy(ERRORS), [CLEAN], 25, None).rate_difference
    together = judge(ERRORS, policy(ERRORS, gates=5), [CLEAN], 25, None).rate_difference
    assert together.lower < alone.lower
    assert together.upper == alone.upper


def test_a_two_sided_gate_has_both_ends_at_alpha_however_many_gates_there_are():
    gate = Gate("e", 0.1, two_sided=True)
    alone = judge(gate, policy(gate), [CLEAN], 25, None).rate_difference
    assert judge(gate, policy(gate, gates=5), [CLEAN], 25, None).rate_difference == alone
    assert alone != Interval()
