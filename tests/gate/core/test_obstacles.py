"""What a running release waits for, and that the first obstacle is the one that is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import T0, V1, V2, reading, windows

from sluicegate.gate.core.assessment import Assessment
from sluicegate.gate.core.case import Case
from sluicegate.gate.core.counting import Running
from sluicegate.gate.core.decision import Interval, Judgement, Observations
from sluicegate.gate.core.obstacles import (
    dark_for,
    missing_approval,
    obstacle,
    undecided_gates,
)
from sluicegate.specs.policy import Gate, Pause, Policy
from sluicegate.specs.release import Release, Step, Traffic

NOW = T0 + timedelta(seconds=100)
AT_5 = Release("m", "production", stable=V1, canary=V2, weight=5, since=T0)
DECIDED = Judgement("a", 0.01, 0.005, 1000, 50, 0, 0, Interval(), None, False, True, "a: within")
UNDECIDED = replace(DECIDED, gate="b", non_inferior=False, reason="b: not yet", needs=2000, needs_seconds=200)
NEVER = replace(UNDECIDED, gate="c", reason="c: never", needs=None, needs_seconds=None)
WINDOWS = windows(10, 50, 950)
SEEN = Assessment(running=Running(Step(5, Traffic(50, 950), {}), WINDOWS, 50), judgements=(DECIDED,))
READY = reading(5, WINDOWS)
CASE = Case(
    AT_5,
    Policy((5, 100), (Gate("a", 0.01),), min_requests=50, min_seconds=100),
    Observations(V2, V2, READY),
    NOW,
    SEEN,
)


def with_(assessment=SEEN, reading=READY, **policy):
    return replace(
        CASE,
        assessment=assessment,
        observations=Observations(V2, V2, reading),
        policy=replace(CASE.policy, **policy),
    )


def test_nothing_is_in_the_way_when_all_was_seen_and_every_gate_is_non_inferior():
    assert obstacle(CASE) is None


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (with_(Assessment(blocked_reason="wrong split")), "wrong split"),
        (with_(reading=None), "the canary is not ready"),
        (with_(reading=replace(READY, ready=False)), "the canary is not ready"),
        (
            with_(reading=replace(READY, ready=False, problems=("no pod",))),
            "the canary is not ready (no pod)",
        ),
        (with_(min_requests=51), "the canary has had 50 of this step's 51 requests"),
        (with_(min_seconds=101), "100 s of the 101 s that this step lasts"),
        (
            with_(reading=replace(READY, reset="it restarted"), min_requests=51),
            "the canary has had 50 of this step's 51 requests (counted again: it restarted)",
        ),
        (
            with_(reading=replace(READY, reset="it restarted"), min_seconds=101),
            "100 s of the 101 s that this step lasts (counted again: it restarted)",
        ),
        (with_(pauses=(Pause(5, min_seconds=110),)), "100 s of the 110 s that this step lasts"),
        (
            with_(pauses=(Pause(5, approval=True),)),
            "everything else is shown; a person has to approve: "
            "sluice gate approve m --env production --reason ...",
        ),
    ],
)
def test_each_obstacle_has_its_reason(case, reason):
    assert obstacle(case) == reason


def test_beside_a_baseline_either_may_be_what_is_not_ready():
    case = with_(reading=replace(READY, ready=False))
    beside = replace(case, release=replace(AT_5, baseline=True))
    assert obstacle(beside) == "the canary or its baseline is not ready"


def test_figures_come_before_exposure_and_exposure_before_evidence():
    undecided = replace(SEEN, judgements=(UNDECIDED,))
    unready = replace(READY, ready=False)
    assert obstacle(with_(undecided, unready, min_requests=51)) == "the canary is not ready"
    assert "of this step's 51 requests" in obstacle(with_(undecided, min_requests=51))
    assert obstacle(with_(undecided)).startswith("b: not yet")


def test_the_slowest_gate_says_how_long_it_takes_at_this_traffic():
    faster = replace(UNDECIDED, gate="d", reason="d: soon", needs=9000, needs_seconds=20)
    reason = undecided_gates(with_(replace(SEEN, judgements=(DECIDED, UNDECIDED, faster))))
    assert reason == "b: not yet; d: soon (about 3.33 min at this traffic)"


def test_no_time_is_promised_when_one_gate_would_never_get_there():
    assert undecided_gates(with_(replace(SEEN, judgements=(UNDECIDED, NEVER)))) == "b: not yet; c: never"


def test_in_the_dark_no_gate_is_in_the_way_and_at_100_a_ceiling_may_be():
    case = with_(replace(SEEN, judgements=(UNDECIDED,)))
    assert undecided_gates(replace(case, release=replace(AT_5, weight=0))) is None
    assert undecided_gates(replace(case, release=replace(AT_5, weight=100))).startswith("b: not yet")


def test_in_the_dark_no_exposure_is_needed():
    dark = replace(with_(replace(SEEN, running=None), min_seconds=10**6), release=replace(AT_5, weight=0))
    assert obstacle(dark) is None


def test_in_the_dark_time_passes_since_the_start_where_a_pause_is_declared():
    dark = replace(with_(pauses=(Pause(0, min_seconds=101),)), release=replace(AT_5, weight=0))
    assert dark_for(dark) == 100
    assert obstacle(dark) == "100 s of the 101 s that this step lasts"
    assert obstacle(replace(dark, now=NOW + timedelta(seconds=1))) is None


def test_an_approval_is_of_one_step_and_comes_after_the_evidence():
    approving = {"pauses": (Pause(5, approval=True), Pause(25, approval=True))}
    case = with_(**approving)
    assert missing_approval(replace(case, release=replace(AT_5, approved=5))) is None
    assert missing_approval(replace(case, release=replace(AT_5, approved=1))) is not None
    undecided = with_(replace(SEEN, judgements=(UNDECIDED,)), **approving)
    assert obstacle(undecided).startswith("b: not yet")


def test_the_gate_that_has_too_few_requests_of_its_own_is_named():
    few = replace(SEEN, running=replace(SEEN.running, canary=3, fewest="e/region=eu"))
    assert obstacle(replace(CASE, assessment=few)) == (
        "the canary has had 3 of this step's 50 requests that e/region=eu counts"
    )
