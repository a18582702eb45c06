"""What can be judged: harm whatever else is wrong, and non-inferiority by figures of the committed weight."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.releases import ERRORS, STEPS, T0, V1, V2, closed, reading, windows

from sluicegate.gate.core.assessment import Assessment, WrongSplit, assess, counts_requests
from sluicegate.gate.core.decision import GATEWAY
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Release, Traffic

POLICY = Policy(STEPS, (ERRORS, Gate("slow_requests", 0.02)))
AT_5 = Release("m", "production", stable=V1, canary=V2, weight=5, started=T0, since=T0)
SEEN = windows(6, 50, 950, error_rate=(50, 950, 0, 4), slow_requests=(50, 950, 1, 9))
READING = reading(5, SEEN)
HARM = windows(6, 100, 1900, error_rate=(100, 1900, 60, 4), slow_requests=(100, 1900, 1, 19))


def test_a_running_step_is_counted_and_each_gate_judged_on_it():
    found = assess(AT_5, POLICY, READING)
    assert (found.blocked_reason, found.wrong_split) == (None, None)
    assert (found.running.step.weight, found.running.step.traffic) == (5, Traffic(50, 950))
    judged = [(j.gate, j.requests, j.bad_canary, j.bad_stable) for j in found.judgements]
    assert judged == [("error_rate", 1000, 0, 4), ("slow_requests", 1000, 1, 9)]


def test_closed_steps_are_judged_together_with_the_running_one():
    earlier = closed(1, 10, 990, error_rate=(10, 990, 2, 3))
    errors, slow = assess(replace(AT_5, counts=(earlier,)), POLICY, READING).judgements
    assert (errors.requests, errors.bad_canary, errors.bad_stable) == (2000, 2, 7)
    assert slow.requests == 1000


def test_a_gate_without_data_is_judged_and_says_so():
    seen = windows(6, 50, 950, error_rate=(50, 950, 0, 4))
    _, slow = assess(AT_5, POLICY, reading(5, seen)).judgements
    assert slow.reason == "slow_requests: no data: nothing is concluded in this step"


def test_without_a_reading_nothing_is_judged():
    assert assess(AT_5, POLICY, None) == Assessment("no metrics were read")


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        (replace(READING, weight=None), "does not report which weight is in effect, 5 % is committed"),
        (replace(READING, weight=1), "1 % is in effect, 5 % is committed"),
        (replace(READING, missing={GATEWAY: "the gateway has no figures"}), "the gateway has no figures"),
        (replace(READING, weight=1, problems=("one", "two")), "(one; two)"),
    ],
)
def test_without_figures_of_the_committed_weight_nothing_is_proven_and_harm_is_still_judged(observed, reason):
    found = assess(AT_5, POLICY, observed)
    assert reason in found.blocked_reason
    assert [judgement.non_inferior for judgement in found.judgements] == [False, False]
    harmful = assess(AT_5, POLICY, replace(observed, windows=HARM))
    assert [judgement.harmful for judgement in harmful.judgements] == [True, False]
    assert reason in harmful.blocked_reason


def test_a_missing_gateway_is_no_matter_where_no_request_is_counted():
    policy = replace(POLICY, min_requests=0)
    found = assess(replace(AT_5, weight=100), policy, reading(100, missing={GATEWAY: "it is silent"}))
    assert found.blocked_reason is None


def test_in_the_dark_nothing_is_compared():
    assert assess(replace(AT_5, weight=0), POLICY, READING) == Assessment()


def test_before_the_first_window_nothing_is_shown():
    found = assess(AT_5, POLICY, reading(5))
    assert found.running.canary == 0
    for judgement in found.judgements:
        assert (judgement.harmful, judgement.non_inferior, judgement.needs) == (False, False, None)
        assert judgement.reason.endswith(
            ": no window has been counted yet: nothing is concluded in this step"
        )


def test_a_gate_that_never_had_figures_is_judged_and_shows_nothing():
    """Requests were seen and no gate counted any: that once would have been a step without gates."""
    found = assess(AT_5, POLICY, reading(5, windows(6, 50, 950)))
    assert [judgement.gate for judgement in found.judgements] == ["error_rate", "slow_requests"]
    assert not any(judgement.non_inferior for judgement in found.judgements)


# --- a wrong split ---


EVEN = windows(6, 500, 500, error_rate=(500, 500, 5, 5), slow_requests=(500, 500, 5, 5))


def test_a_wrong_split_proves_nothing_and_is_named_with_its_windows():
    found = assess(AT_5, POLICY, reading(5, EVEN))
    assert found.wrong_split == WrongSplit(observed=50.0, requests=1000, windows=6)
    assert found.blocked_reason.startswith("wrong split: 50 % of 1,000 requests went to the canary, 5 % is")
    assert "promote to 5 % by hand, which begins the step again" in found.blocked_reason
    assert [judgement.non_inferior for judgement in found.judgements] == [False, False]


def test_a_wrong_split_that_harms_no_more_than_stable_shows_no_harm():
    assert not any(judgement.harmful for judgement in assess(AT_5, POLICY, reading(5, EVEN)).judgements)


def test_a_canary_that_fails_nine_in_ten_is_harmful_though_its_share_is_wrong():
    """It once was kept for ever: at 50 % committed and 30 % seen nothing was judged."""
    seen = windows(6, 300, 700, error_rate=(300, 700, 270, 5), slow_requests=(300, 700, 0, 0))
    found = assess(replace(AT_5, weight=50), POLICY, reading(50, seen))
    assert found.wrong_split.observed == 30.0
    assert [judgement.harmful for judgement in found.judgements] == [True, False]


def test_the_check_of_the_split_is_shared_among_the_steps():
    """What a rollout of one step calls wrong is no proof among two thousand."""
    few = windows(1, 8, 8, error_rate=(8, 8, 0, 0))
    alone = replace(POLICY, steps=(5, 100))
    many = replace(POLICY, steps=tuple(range(1, 101)) * 20)
    assert assess(AT_5, alone, reading(5, few)).wrong_split is not None
    assert assess(AT_5, many, reading(5, few)).wrong_split is None


@pytest.mark.parametrize("weight", [0, 100])
def test_where_one_track_has_all_traffic_there_is_no_split(weight):
    found = assess(replace(AT_5, weight=weight), POLICY, reading(weight, EVEN))
    assert (found.wrong_split, found.blocked_reason) == (None, None)


@pytest.mark.parametrize(
    ("min_requests", "gates", "weight", "counted"),
    [(0, 1, 100, False), (0, 1, 50, True), (0, 0, 50, False), (1, 0, 50, True), (1, 0, 100, True)],
)
def test_requests_are_counted_where_gates_compare_or_requests_must_be_seen(
    min_requests, gates, weight, counted
):
    policy = replace(POLICY, min_requests=min_requests, gates=POLICY.gates[:gates])
    assert counts_requests(policy, weight) is counted


def test_requests_are_counted_for_a_ceiling_at_100_as_well():
    policy = replace(POLICY, min_requests=0, gates=(replace(ERRORS, at_most=0.02),))
    assert counts_requests(policy, 100)


# --- gates that say something of each other ---


def test_a_stable_above_a_ceiling_excuses_the_two_sided_gates():
    drift = Gate("score_drift", 0.1, two_sided=True)
    policy = Policy(STEPS, (replace(ERRORS, at_most=0.02), drift))
    fix = windows(12, 6000, 6000, error_rate=(6000, 6000, 6, 600), score_drift=(6000, 6000, 5000, 3000))
    errors, drifted = assess(replace(AT_5, weight=50), policy, reading(50, fix)).judgements
    assert errors.non_inferior
    assert drifted.non_inferior
    assert not drifted.harmful
    assert drifted.reason == (
        "score_drift: not compared: stable itself is above the ceiling 2 % of error_rate"
    )


def test_another_judge_concludes_in_its_place():
    calls = []

    def judge(gate, policy, evidence):
        calls.append((gate.name, [step.weight for step in evidence.steps], evidence.following))
        calls.append((evidence.missing, evidence.sick_stable, evidence.observed_share))
        return f"judged {gate.name}"

    found = assess(AT_5, POLICY, READING, judge)
    assert found.judgements == ("judged error_rate", "judged slow_requests")
    assert calls[::2] == [("error_rate", [5], 25), ("slow_requests", [5], 25)]
    assert calls[1::2] == [(None, None, None)] * 2
