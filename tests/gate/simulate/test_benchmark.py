"""The product's own promise, on its own code: what it decides, and what other rules do on the same traffic.

Every seed is fixed, so a pass stays a pass; the whole table is `make simulate`.
"""

from __future__ import annotations

import pytest

from sluicegate.gate.simulate import benchmark as module
from sluicegate.gate.simulate.benchmark import SLUICE, Task, benchmark
from sluicegate.gate.simulate.rivals.all import RIVALS
from sluicegate.gate.simulate.scenarios import BY_NAME
from sluicegate.gate.simulate.score import score
from sluicegate.gate.simulate.traffic.late_break import AFTER
from sluicegate.specs.policy import Gate, Policy

pytestmark = pytest.mark.slow

MARGIN = 0.01
POLICY = Policy((1, 5, 25, 50, 100), (Gate("error_rate", MARGIN),))
CEILING = Policy(POLICY.steps, (Gate("error_rate", MARGIN, at_most=0.5),))
ROLLOUTS = range(100)


def scores(names, rules=(SLUICE,), rollouts=ROLLOUTS, seed=1, policy=POLICY):
    found = benchmark(policy, [BY_NAME[name].at(MARGIN) for name in names], rules, rollouts, seed)
    return {(score.scenario, score.rule): score for score in found}


@pytest.fixture(scope="module")
def harmless():
    return scores(("null", "autocorrelated", "cold-start", "stalls-1-busy", "stalls-5", "episodes"))


@pytest.fixture(scope="module")
def others():
    return scores(
        ("at-margin", "beyond-margin", "regression", "broken", "tolerable-busy"), rollouts=range(60)
    )


def test_a_sound_version_is_rolled_back_less_often_than_alpha(harmless):
    bounds = {name: score.rolled_back.upper for (name, _), score in harmless.items() if name != "episodes"}
    assert max(bounds.values()) < POLICY.alpha, bounds


def test_episodes_are_longer_than_a_window_and_still_seldom_end_a_release(harmless):
    assert harmless["episodes", SLUICE].rolled_back.share <= 0.05


def test_a_sound_version_finishes(harmless):
    assert {name for (name, _), score in harmless.items() if score.finished.share < 0.95} == set()


def test_what_a_harmless_release_costs(harmless):
    quiet = harmless["null", SLUICE].to_finish
    assert 240 <= quiet.seconds <= 300
    assert 24_000 <= quiet.requests <= 30_000


def test_a_difference_at_the_margin_or_beyond_is_promoted_less_often_than_alpha(others):
    bounds = {name: score.finished.upper for (name, _), score in others.items() if name != "tolerable-busy"}
    assert max(bounds.values()) < POLICY.alpha, bounds


def test_harm_is_found_early(others):
    assert others["broken", SLUICE].rolled_back.share == 1
    assert others["broken", SLUICE].to_rollback.canary <= 60
    assert others["regression", SLUICE].rolled_back.share == 1
    assert others["regression", SLUICE].to_rollback.canary <= 100


def test_a_first_version_that_breaks_after_an_hour_is_taken_back_within_minutes():
    """All that judges it is the ceiling, and an hour without a fault must not hide that it is broken."""
    found = scores(("first-late",), rules=(SLUICE, *RIVALS), rollouts=range(3), policy=CEILING)
    assert [*found] == [("first-late", SLUICE)], "other tools have nothing to compare it with"
    late = found["first-late", SLUICE]
    assert late.rolled_back.count == 3
    assert AFTER < late.to_rollback.seconds <= AFTER + 300


def test_tolerable_is_tolerated(others):
    assert others["tolerable-busy", SLUICE].finished.share > 0.9


def test_each_rival_goes_through_the_same_traffic():
    found = scores(("stalls-1",), rules=(*RIVALS,), rollouts=range(4))
    assert [score.rule for score in found.values()] == [*RIVALS]
    assert found["stalls-1", "argo-rollouts-0"].rolled_back.count >= 3


def test_the_number_of_processors_changes_nothing(monkeypatch):
    scenario = BY_NAME["stalls-1"].at(MARGIN)
    alone = Task(SLUICE, scenario, POLICY, 1, range(8)).endings()
    monkeypatch.setattr(module, "processors", lambda: 2)
    monkeypatch.setattr(module, "BATCH", 3)
    assert scores(("stalls-1",), rollouts=range(8))["stalls-1", SLUICE] == score(
        SLUICE, scenario, MARGIN, alone
    )


def test_another_seed_is_other_traffic():
    one, other = (
        Task(SLUICE, BY_NAME["null"].at(MARGIN), POLICY, seed, range(4)).endings() for seed in (1, 2)
    )
    assert one != other
