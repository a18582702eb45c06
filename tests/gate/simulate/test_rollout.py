from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluicegate.gate.core.judge import Evidence, judge
from sluicegate.gate.simulate.rollout import Rollout, conclude
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Step, Tally, Traffic

POLICY = Policy((10, 50, 100), (Gate("e", 0.1),), min_requests=0, min_seconds=20, warmup_requests=0)
QUIET = (10, Traffic(100, 900), {"e": CounterDelta(1000, 100, (0,), (0,))})
BROKEN = (10, Traffic(100, 900), {"e": CounterDelta(1000, 100, (90,), (0,))})


def observe(rollout, window, **more):
    rollout.count(*window, **more)
    return rollout.decide()


def test_a_release_begins_at_the_first_step():
    assert Rollout(POLICY, conclude).release.weight == 10


def test_it_advances_on_evidence_and_begins_the_windows_anew():
    rollout = Rollout(POLICY, conclude)
    kinds = [observe(rollout, QUIET).kind for _ in range(8)]
    assert "advance" in kinds
    assert kinds[0] == "wait", "a step lasts 20 s"
    assert rollout.release.weight > 10
    assert rollout.release.counts[0].weight == 10


def test_harm_rolls_back():
    rollout = Rollout(POLICY, conclude)
    kinds = [observe(rollout, BROKEN).kind for _ in range(3)]
    assert kinds[-1] == "rollback"
    assert rollout.release.canary is None


def test_windows_that_are_shorter_than_the_policys_count_as_one():
    seconds, traffic, tallies = BROKEN
    long, short = Rollout(POLICY, conclude), Rollout(POLICY, conclude)
    rolled_back = [observe(long, BROKEN).kind for _ in range(3)].index("rollback")
    kinds = [observe(short, (seconds / 10, traffic, tallies)).kind for _ in range(40)]
    assert rolled_back == 2, "a rollback needs three windows"
    assert kinds.index("rollback") == 18, "the third begins after twice nine of these seconds"


def test_a_gate_without_figures_in_a_part_of_a_window_has_none_of_it():
    rollout = Rollout(POLICY, judge)
    seconds, traffic, tallies = BROKEN
    kinds = [observe(rollout, (seconds / 2, traffic, t)).kind for _ in range(10) for t in (tallies, {})]
    assert kinds == ["wait"] * 20
    assert rollout.look().judgements[0].requests == 0


def test_windows_in_which_a_pod_is_warming_up_count_nothing():
    rollout = Rollout(replace(POLICY, warmup_requests=100), conclude)
    assert {observe(rollout, BROKEN, warming=True).kind for _ in range(5)} == {"wait"}


def test_moved_by_hand_the_step_is_closed_with_what_it_counted():
    rollout = Rollout(POLICY, conclude)
    rollout.count(*QUIET)
    assert rollout.look().release.weight == 10
    rollout.move(50)
    assert rollout.release.weight == 50
    assert rollout.release.counts[0].traffic == Traffic(100, 900)


counted = st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(0, 4000)).map(
    lambda t: CounterDelta(t[0] + t[1] + t[2], t[0] + t[2] // 2, (t[0],), (t[1],))
)
windows = st.lists(counted, min_size=1, max_size=4).map(
    lambda rows: Tally(CounterDelta(0, 0, (0,), (0,)), tuple(rows))
)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from([1, 5, 25, 50]), windows), min_size=1, max_size=3), st.booleans())
def test_it_concludes_as_the_gate_does_without_the_words(steps, two_sided):
    gate = Gate("e", 0.05, two_sided=two_sided)
    policy = Policy((1, 5, 25, 50, 100), (gate, Gate("other", 0.1)))
    evidence = Evidence(tuple(Step(weight, Traffic(10, 90), {"e": tally}) for weight, tally in steps), 50)
    for missing in (None, "no data"):
        whole = judge(gate, policy, evidence.of(missing, None))
        short = conclude(gate, policy, evidence.of(missing, None))
        assert (short.harmful, short.non_inferior) == (whole.harmful, whole.non_inferior)


@pytest.mark.parametrize("counts", [QUIET, BROKEN])
def test_a_rollout_goes_the_same_way_with_the_gates_whole_judgement(counts):
    ways = []
    for conclusion in (conclude, judge):
        rollout = Rollout(POLICY, conclusion)
        ways.append([(observe(rollout, counts).kind, rollout.release.weight) for _ in range(3)])
    assert ways[0] == ways[1]


def test_a_policy_that_asks_a_smoke_test_leaves_the_dark_without_one():
    assert Rollout(replace(POLICY, smoke=True), judge).release.weight == POLICY.steps[0]
