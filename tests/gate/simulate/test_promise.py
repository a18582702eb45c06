"""The promise where it is hardest to keep: at the null itself, evaluated from the first request on.

Bounds are binomial: of N rollouts that err with probability alpha, more than `most(N, alpha)` err in 1 run of
1,000. Seeds are fixed, so a pass stays a pass.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from scipy.stats import binom

from sluicegate.gate.simulate.benchmark import SLUICE, Task
from sluicegate.gate.simulate.scenarios import Scenario
from sluicegate.gate.simulate.score import score
from sluicegate.gate.simulate.traffic.base import Rates, Setting
from sluicegate.specs.policy import Gate, Policy

pytestmark = pytest.mark.slow

ROLLOUTS = 100
HALF = 0.5
"""An alpha at which an error is frequent enough to be counted: doubled, every rollout would err at once."""
OFTEN = 0.75
"""The same for bets on harm, of which three quarters are laid at first: at 0.5 not all would err."""
FOR_EVER = timedelta(days=10**6)


def most(rollouts, alpha):
    return int(binom.ppf(0.999, rollouts, alpha))


def growing(_rng, setting):
    """Three in ten requests to stable fail; from one window to the next requests grow by 15 %, from 1.

    The wealth of a bet moves with the logarithm of the requests, so this is the worst of steady traffic:
    large stakes get their chance in the first hundred requests, small ones in the last hundred thousand.
    """
    failures = np.full(setting.windows, setting.failures)
    return Rates(1.15 ** np.arange(setting.windows), failures + setting.difference, failures)


def erring(alpha, *gates, **more):
    return Policy((50, 100), gates, min_requests=0, deadline=FOR_EVER, alpha=alpha, warmup_requests=0, **more)


def run(policy, difference=0.0, rollouts=ROLLOUTS, windows=80):
    setting = Setting(failures=0.3, difference=difference, windows=windows)
    scenario = Scenario("growing", "", growing, setting, difference=difference)
    return score(SLUICE, scenario, 0.01, Task(SLUICE, scenario, policy, 2, range(rollouts)).endings())


def test_a_false_rollback_is_no_more_frequent_than_alpha():
    end = run(erring(OFTEN, Gate("e", 0.01, tolerance=0.0), min_seconds=1e15))
    assert 0.1 * ROLLOUTS < end.rolled_back.count <= most(ROLLOUTS, OFTEN)


def test_a_false_rollback_by_any_of_several_gates_is_no_more_frequent_than_alpha():
    gates = (Gate(f"g{i}", 0.01, tolerance=0.0) for i in range(24))
    end = run(erring(HALF, *gates, min_seconds=1e15), rollouts=30, windows=40)
    assert 0 < end.rolled_back.count <= most(30, HALF)


def test_a_promotion_at_the_margin_is_no_more_frequent_than_alpha():
    """The difference is tolerated, so only the promotion can err."""
    end = run(erring(HALF, Gate("e", 0.1, tolerance=0.1), min_seconds=0), difference=0.1)
    assert 0.1 * ROLLOUTS < end.finished.count <= most(ROLLOUTS, HALF)


@pytest.mark.parametrize("difference", [0.0, 0.4])
def test_it_can_finish_and_it_can_roll_back(difference):
    end = run(erring(HALF, Gate("e", 0.2), min_seconds=0), difference=difference, rollouts=10)
    assert end.finished.count + end.rolled_back.count == 10
    assert (end.finished.count > 5) == (difference == 0)
