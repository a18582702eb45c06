"""What can be judged: figures of the committed weight and split, since the baseline."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import ERRORS, STEPS, T0, V1, V2

from sluicegate.gate.core.assessment import Assessment, assess, counts_requests
from sluicegate.gate.core.decision import Reading
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import (
    Baseline,
    CounterDelta,
    CounterSnapshot,
    Release,
    Step,
    Traffic,
)

NOW = T0 + timedelta(minutes=1)
POLICY = Policy(STEPS, (ERRORS, Gate("slow_requests", 0.02)))
ZERO = CounterSnapshot(0, 0, (0,), (0,))
BASELINE = Baseline(T0, Traffic(0, 0), {"error_rate": ZERO, "slow_requests": ZERO})
AT_5 = Release(
    "m",
    "production",
    stable=V1,
    canary=V2,
    weight=5,
    started=T0,
    since=T0,
    baseline=BASELINE,
)
TOTALS = {
    "error_rate": CounterSnapshot(50, 950, (0,), (4,)),
    "slow_requests": CounterSnapshot(50, 950, (1,), (9,)),
}
READING = Reading(NOW, 5, True, Traffic(50, 950), TOTALS)


def test_a_running_step_is_counted_and_each_gate_judged_on_it():
    found = assess(AT_5, POLICY, READING)
    assert (found.blocked_reason, found.baseline_reset_reason) == (None, None)
    assert found.running.step == Step(
        5,
        Traffic(50, 950),
        {
            "error_rate": CounterDelta(1000, (0,), (4,)),
            "slow_requests": CounterDelta(1000, (1,), (9,)),
        },
    )
    judged = [(j.gate, j.requests, j.bad_canary, j.bad_stable) for j in found.judgements]
    assert judged == [("error_rate", 1000, 0, 4), ("slow_requests", 1000, 1, 9)]


def test_closed_steps_are_judged_together_with_the_running_one():
    closed = Step(1, Traffic(10, 990), {"error_rate": CounterDelta(1000, (2,), (3,))})
    errors, slow = assess(replace(AT_5, counts=(closed,)), POLICY, READING).judgements
    assert (errors.requests, errors.bad_canary, errors.bad_stable) == (2000, 2, 7)
    assert slow.requests == 1000


def test_a_gate_without_data_is_judged_and_says_so():
    reading = replace(READING, totals={"error_rate": TOTALS["error_rate"]})
    _, slow = assess(AT_5, POLICY, reading).judgements
    assert slow.reason == "slow_requests: no data: nothing is concluded in this step"


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (None, "no metrics were read"),
        (replace(READING, weight=None), "does not report which weight is in effect, 5 % is committed"),
        (replace(READING, weight=1), "1 % is in effect, 5 % is committed"),
        (replace(READING, at=T0 - timedelta(seconds=1)), "older than the committed weight"),
        (replace(READING, traffic=None), "the gateway has no figures"),
        (replace(READING, weight=1, problems=("one", "two")), "(one; two)"),
    ],
)
def test_without_figures_of_the_committed_weight_nothing_is_judged(reading, reason):
    found = assess(AT_5, POLICY, reading)
    assert reason in found.blocked_reason
    assert found == Assessment(blocked_reason=found.blocked_reason)


def test_a_wrong_split_is_not_judged():
    found = assess(AT_5, POLICY, replace(READING, traffic=Traffic(500, 500)))
    assert found.blocked_reason.startswith("wrong split: 50 % of 1,000 requests went to the canary, 5 % is")
    assert found == Assessment(blocked_reason=found.blocked_reason)


def test_before_a_baseline_counting_begins():
    assert assess(replace(AT_5, baseline=None), POLICY, READING) == Assessment(
        baseline_reset_reason="counting begins"
    )


def test_after_a_reset_of_the_gateways_counters_counting_begins_again():
    later = replace(AT_5, baseline=replace(BASELINE, traffic=Traffic(51, 950)))
    found = assess(later, POLICY, READING)
    assert found.baseline_reset_reason.startswith(
        "counting begins again: the gateway's request counters went"
    )
    assert found == Assessment(baseline_reset_reason=found.baseline_reset_reason)


def test_in_the_dark_nothing_is_compared():
    assert assess(replace(AT_5, weight=0, baseline=None), POLICY, READING) == Assessment()


@pytest.mark.parametrize(
    ("min_requests", "gates", "weight", "counted"),
    [(0, 1, 100, False), (0, 1, 50, True), (0, 0, 50, False), (1, 0, 50, True), (1, 0, 100, True)],
)
def test_requests_are_counted_where_gates_compare_or_requests_must_be_seen(
    min_requests, gates, weight, counted
):
    policy = replace(POLICY, min_requests=min_requests, gates=POLICY.gates[:gates])
    assert counts_requests(policy, weight) is counted


def test_another_judge_concludes_in_its_place():
    calls = []

    def judge(gate, policy, steps, following, missing):
        calls.append((gate.name, [step.weight for step in steps], following, missing))
        return f"judged {gate.name}"

    found = assess(AT_5, POLICY, READING, judge)
    assert found.judgements == ("judged error_rate", "judged slow_requests")
    assert calls == [("error_rate", [5], 25, None), ("slow_requests", [5], 25, None)]
