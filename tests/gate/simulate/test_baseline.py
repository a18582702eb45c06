"""A canary that is slow for want of work alone: what a third track is for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluicegate.gate.simulate import files
from sluicegate.gate.simulate.benchmark import SLUICE, Task
from sluicegate.gate.simulate.rules import Ending
from sluicegate.gate.simulate.scenarios import BY_NAME, Scenario
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.yamlio import InputError

MARGIN = 0.02
SLOW = Gate("slow_requests", MARGIN, against="baseline")
WITH = Policy((5, 25, 50, 100), (SLOW,), baseline=True)
WITHOUT = replace(WITH, gates=(replace(SLOW, against="stable"),), baseline=False)
ROLLOUTS = range(10)


def endings(policy: Policy, scenario: Scenario) -> list[Ending]:
    return Task(SLUICE, scenario, policy, 1, ROLLOUTS).endings()


def kinds(policy: Policy, scenario: Scenario) -> set[str]:
    return {ending.kind for ending in endings(policy, scenario)}


UNDER_LOADED = BY_NAME["under-loaded"].at(MARGIN)


def test_beside_a_busy_stable_every_sound_version_is_rolled_back():
    assert kinds(WITHOUT, UNDER_LOADED) == {"rollback"}


def test_beside_a_baseline_every_sound_version_is_released():
    assert kinds(WITH, UNDER_LOADED) == {"finish"}


def test_one_that_is_slower_under_any_load_is_found_beside_it():
    harmful = replace(UNDER_LOADED, setting=replace(UNDER_LOADED.setting, difference=0.11))
    assert kinds(WITH, harmful) == {"rollback"}


def test_where_load_makes_no_difference_it_costs_at_most_three_times_the_requests():
    null = BY_NAME["null"].at(MARGIN)
    with_it, without = (sum(one.requests for one in endings(policy, null)) for policy in (WITH, WITHOUT))
    assert kinds(WITH, null) == {"finish"}
    assert with_it < 3 * without


def test_the_baseline_has_the_lots_after_the_canarys_up_to_33_percent():
    traffic = UNDER_LOADED.traffic(1, 0)
    five, ten = traffic.serve(0, 5), traffic.serve(0, 10)
    assert five.canary + five.baseline == ten.canary
    assert five.bad_canary > 0 and traffic.serve(0, 34).baseline == 0


def test_a_traffic_file_cannot_hold_what_depends_on_the_weight(tmp_path):
    with pytest.raises(InputError, match="depends on the weight"):
        files.write(tmp_path / "traffic", UNDER_LOADED, 1, 1)
