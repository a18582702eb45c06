"""From counters to counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.releases import ERRORS, T0

from sluicegate.gate.core.counting import TRAFFIC, count, reset_gates, step_reset_reason
from sluicegate.gate.core.decision import Reading
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Baseline, CounterDelta, CounterSnapshot, Step, Traffic

NOW = T0 + timedelta(minutes=1)
DRIFT = Gate("score_drift", 0.1, True, 2)
POLICY = Policy((5, 100), (ERRORS, DRIFT))
BASELINE = Baseline(
    T0,
    Traffic(10, 190),
    {
        "error_rate": CounterSnapshot(10, 190, (1,), (2,)),
        "score_drift": CounterSnapshot(9, 180, (5, 3), (90, 60)),
    },
)
TOTALS = {
    "error_rate": CounterSnapshot(60, 1140, (4,), (12,)),
    "score_drift": CounterSnapshot(55, 1130, (30, 20), (600, 400)),
}
TRAFFIC_NOW = Traffic(60, 1140)


def reading(totals, restarted=None, problems=(), traffic=TRAFFIC_NOW):
    return Reading(NOW, 5, True, traffic, totals, restarted or {}, problems)


def running(totals, **more):
    return count(5, BASELINE, POLICY, reading(totals, **more), TRAFFIC_NOW)


def test_what_came_since_the_baseline_is_counted_for_each_gate():
    found = running(TOTALS)
    assert found.step == Step(
        5,
        Traffic(50, 950),
        {
            "error_rate": CounterDelta(1000, (3,), (10,)),
            "score_drift": CounterDelta(996, (25, 17), (510, 340)),
        },
    )
    assert (found.missing, found.reset) == ({}, {})


def test_the_step_has_seen_what_its_least_informed_gate_has_seen():
    assert running(TOTALS).canary == 46


@pytest.mark.parametrize("weight", [0, 100])
def test_without_a_comparison_gates_count_nothing(weight):
    found = count(weight, BASELINE, POLICY, reading(TOTALS), TRAFFIC_NOW)
    assert (found.step, found.canary) == (Step(weight, Traffic(50, 950), {}), 50)


@pytest.mark.parametrize(
    ("totals", "reason"),
    [
        (None, "no data (scrape timed out)"),
        (
            CounterSnapshot(60, 1140, (4, 1), (12, 1)),
            "2 kinds of failures are counted where the policy has 1",
        ),
        (CounterSnapshot(12, 1140, (4,), (12,)), "more failures than requests were counted"),
        (CounterSnapshot(60, 195, (4,), (12,)), "more failures than requests were counted"),
    ],
)
def test_a_gate_without_usable_figures_is_missing_and_the_others_are_counted(totals, reason):
    figures = {**TOTALS, "error_rate": totals}
    if totals is None:
        figures.pop("error_rate")
    found = running(figures, problems=("scrape timed out",))
    assert (found.missing, found.reset) == ({"error_rate": reason}, {})
    assert set(found.step.tallies) == {"score_drift"}


@pytest.mark.parametrize(
    ("baseline", "restarted", "reason"),
    [
        (CounterSnapshot(10, 190, (1,), (2,)), "the server restarted", "the server restarted"),
        (None, None, "it had no figures when the step began"),
        (CounterSnapshot(10, 190, (1, 1), (2, 2)), None, "its kinds of failures are not those of when"),
        (CounterSnapshot(61, 190, (1,), (2,)), None, "its counters went back"),
        (CounterSnapshot(10, 190, (1,), (13,)), None, "its counters went back"),
    ],
)
def test_a_gate_whose_counters_were_reset_is_not_added_up(baseline, restarted, reason):
    before = {**BASELINE.totals, "error_rate": baseline}
    if baseline is None:
        before.pop("error_rate")
    resets = {"error_rate": restarted} if restarted else {}
    found = count(5, Baseline(T0, Traffic(10, 190), before), POLICY, reading(TOTALS, resets), TRAFFIC_NOW)
    assert set(found.step.tallies) == {"score_drift"}
    assert found.reset.keys() == found.missing.keys() == {"error_rate"}
    assert reason in found.reset["error_rate"]


def test_the_gateways_own_reset_is_one_of_the_whole_step():
    assert step_reset_reason(BASELINE, reading(TOTALS)) is None
    assert step_reset_reason(BASELINE, reading(TOTALS, {TRAFFIC: "it restarted"})) == "it restarted"
    for traffic in (Traffic(9, 1140), Traffic(60, 189)):
        assert "counters went back" in step_reset_reason(BASELINE, reading(TOTALS, traffic=traffic))


def test_only_the_gates_that_were_reset_count_from_now():
    after = reset_gates(BASELINE, reading(TOTALS), {"score_drift": "the server restarted"})
    assert after.totals == {**BASELINE.totals, "score_drift": TOTALS["score_drift"]}
    assert (after.at, after.traffic) == (T0, Traffic(10, 190))
    assert (after.began("error_rate"), after.began("score_drift")) == (T0, NOW)
