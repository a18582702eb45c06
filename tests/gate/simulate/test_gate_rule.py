from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from sluicegate.gate.simulate.gate_rule import GateRule, subject
from sluicegate.gate.simulate.traffic.base import Served, Setting
from sluicegate.specs.policy import Cohorts, Cost, Gate, Policy

ERRORS = Gate("errors", 0.1)
DRIFT = Gate("drift", 0.1, two_sided=True, kinds=3)


def rule(*gates, warmup=0, **setting):
    window = timedelta(seconds=setting.get("seconds", 10))
    policy = Policy(
        (10, 50, 100), gates, min_requests=0, min_seconds=0, warmup_requests=warmup, window=window
    )
    return GateRule(policy, Setting(**setting), np.random.default_rng(1))


def quiet(weight):
    return Served(10 * weight, 1000 - 10 * weight, 0, (100 - weight) // 10)


def broken(weight):
    return Served(10 * weight, 1000 - 10 * weight, 9 * weight, 0)


def until_the_end(rule, served, most=40):
    for _ in range(most):
        move = rule.look(served(rule.weight))
        if move != "wait":
            return move
    return "wait"


def test_a_sound_canary_goes_through_all_steps():
    gate = rule(ERRORS)
    assert gate.weight == 10
    assert until_the_end(gate, quiet) == "finish"


def test_a_broken_one_goes_back():
    assert until_the_end(rule(ERRORS), broken) == "rollback"


def test_a_first_version_has_all_traffic_for_as_long_as_it_is_to_be_kept():
    gate = rule(replace(ERRORS, at_most=0.5), first_for=100.0)
    assert gate.weight == 100
    assert [gate.look(quiet(100)) for _ in range(10)] == ["wait"] * 9 + ["finish"]


def test_windows_that_are_shorter_than_a_look_are_judged_together():
    gate = rule(ERRORS, seconds=1.0)
    assert [gate.look(broken(10)) for _ in range(10)] == ["wait"] * 9 + ["rollback"]


def test_the_first_answers_are_warm_up():
    gate = rule(ERRORS, warmup=150)
    assert [gate.look(broken(10)) for _ in range(2)] == ["wait", "wait"], "so far nothing was counted"
    assert until_the_end(gate, quiet) == "finish"


def test_the_other_gates_see_a_version_like_stable():
    assert until_the_end(rule(ERRORS, Gate("slow", 0.1), DRIFT, failures=0.01), quiet) == "finish"


@pytest.mark.parametrize(
    ("gates", "expected"),
    [((DRIFT, ERRORS), ERRORS), ((ERRORS, Gate("slow", 0.1)), ERRORS), ((DRIFT,), None)],
)
def test_scenarios_are_about_the_first_gate_with_one_kind_of_failure(gates, expected):
    assert subject(Policy((100,), gates)) is expected


def test_pairs_of_answers_are_no_part_of_a_scenario():
    shadow = Gate("shadow", 0.01, paired=True)
    assert subject(Policy((10, 100), (shadow, ERRORS))) == ERRORS
    gate = rule(shadow, ERRORS)
    assert gate.weight == 10
    assert until_the_end(gate, broken) == "rollback"


def test_neither_are_labels_nor_what_answers_cost():
    """A scenario has neither, and without them such a policy would wait for ever."""
    labels = Gate("delayed_labels", 0.1, cohorts=Cohorts(3600, 86_400, 0.9))
    policy = Policy((10, 50, 100), (labels, ERRORS), min_requests=0, min_seconds=0, warmup_requests=0)
    dear = replace(policy, costs=(Cost("cost/cpu_seconds", "cpu_seconds", "cpu", at_most=0.1),))
    assert subject(dear) == ERRORS
    assert until_the_end(GateRule(dear, Setting(), np.random.default_rng(1)), quiet) == "finish"
