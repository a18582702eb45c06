"""The promise where it is hardest to keep: at the null itself, evaluated from the first request on.

Bounds are binomial: of N rollouts that err with probability alpha, more than `most(N, alpha)` err in 1 run of
1,000. Seeds are fixed, so a pass stays a pass.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from sluicegate.gate.calibrate import simulation
from sluicegate.gate.calibrate.traffic import TrafficSample, flat, independent
from sluicegate.gate.core.judge import judge
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Step, Traffic

ROLLOUTS = 100
HALF = 0.5
"""An alpha at which an error is frequent enough to be counted: doubled, every rollout would err at once."""
FOR_EVER = timedelta(days=10**6)


def most(rollouts, alpha):
    return int(binom.ppf(0.999, rollouts, alpha))


def growing(difference, gates=1):
    """Half of all requests to stable fail; from one evaluation to the next requests grow by 15 %, from 1.

    The wealth of a bet moves with the logarithm of the requests, so this is the worst of steady traffic:
    large stakes get their chance in the first hundred requests, small ones in the last hundred thousand.
    """

    def draw(rng, share, evaluation):
        requests = int(1.15**evaluation)
        canary = rng.binomial(requests, share)
        stable = requests - canary
        each = (len(share), gates)
        return TrafficSample(
            canary,
            stable,
            rng.binomial(np.broadcast_to(canary[:, None], each), 0.5 + difference),
            rng.binomial(np.broadcast_to(stable[:, None], each), 0.5),
        )

    return draw


def at_half(*gates, **more):
    return Policy((50, 100), gates, min_requests=0, deadline=FOR_EVER, alpha=HALF, **more)


@pytest.fixture
def eighty_evaluations(monkeypatch):
    monkeypatch.setattr(simulation, "EVALUATIONS", 80)


def test_a_false_rollback_is_no_more_frequent_than_alpha(eighty_evaluations):
    policy = at_half(Gate("e", 0.01), min_seconds=1e15)
    end = simulation.simulate(growing(0.0), policy, ROLLOUTS, seed=2)
    assert 0.2 * ROLLOUTS < end.rolled_back * ROLLOUTS <= most(ROLLOUTS, HALF)


def test_a_false_rollback_by_any_of_several_gates_is_no_more_frequent_than_alpha(monkeypatch):
    monkeypatch.setattr(simulation, "EVALUATIONS", 45)
    policy = at_half(*(Gate(f"g{i}", 0.01) for i in range(12)), min_seconds=1e15)
    end = simulation.simulate(growing(0.0, gates=12), policy, 40, seed=2)
    assert 0 < end.rolled_back * 40 <= most(40, HALF)


def test_a_promotion_at_the_margin_is_no_more_frequent_than_alpha(eighty_evaluations):
    """A two-sided gate: a difference that is at the margin is not harmful, so only the promotion can err."""
    policy = at_half(Gate("d", 0.1, two_sided=True))
    end = simulation.simulate(growing(0.1), policy, ROLLOUTS, seed=2)
    assert 0.1 * ROLLOUTS < end.finished * ROLLOUTS <= most(ROLLOUTS, HALF)


# --- the simulation decides as the gate does ---

counted = st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(0, 4000)).map(
    lambda t: CounterDelta(t[0] + t[1] + t[2], (t[0],), (t[1],))
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, 5, 25, 50]), counted), min_size=1, max_size=3), st.booleans())
def test_it_concludes_as_the_gate_does_without_the_words(steps, two_sided):
    gate = Gate("e", 0.05, two_sided)
    policy = Policy((1, 5, 25, 50, 100), (gate, Gate("other", 0.1)))
    closed = tuple(Step(weight, Traffic(10, 90), {"e": tally}) for weight, tally in steps)
    for missing in (None, "no data"):
        whole = judge(gate, policy, closed, 50, missing)
        short = simulation.conclude(gate, policy, closed, 50, missing)
        assert (short.harmful, short.non_inferior) == (whole.harmful, whole.non_inferior)


@pytest.mark.parametrize("difference", [0.0, 0.05])
def test_a_rollout_goes_the_same_way_with_the_gates_whole_judgement(difference, monkeypatch):
    traffic = independent(flat(0.005), difference)
    policy = Policy((1, 5, 25, 50, 100), (Gate("error_rate", 0.03),))
    short = simulation.simulate(traffic, policy, 5, seed=9)
    monkeypatch.setattr(simulation, "decide", lambda *inputs, judge: decide(*inputs))
    assert simulation.simulate(traffic, policy, 5, seed=9) == short
