"""What a running release waits for, and that the first obstacle is the one that is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import T0, V1, V2

from sluicegate.gate.core.assessment import Assessment
from sluicegate.gate.core.case import Case
from sluicegate.gate.core.counting import Running
from sluicegate.gate.core.decision import Interval, Judgement, Observations, Reading
from sluicegate.gate.core.obstacles import obstacle, seconds_per_request, undecided_gates
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Baseline, Release, Step, Traffic

NOW = T0 + timedelta(seconds=100)
AT_5 = Release(
    "m", "production", stable=V1, canary=V2, weight=5, since=T0, baseline=Baseline(T0, Traffic(0, 0), {})
)
DECIDED = Judgement("a", 0.01, 1000, 50, 0, 0, Interval(), None, False, True, "a: within")
UNDECIDED = replace(DECIDED, gate="b", non_inferior=False, reason="b: not yet", needs=2000)
NEVER = replace(UNDECIDED, gate="c", reason="c: never", needs=None)
SEEN = Assessment(running=Running(Step(5, Traffic(50, 950), {}), 50), judgements=(DECIDED,))
READY = Reading(NOW, 5, True, Traffic(50, 950))
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
        (with_(Assessment(baseline_reset_reason="counting begins")), "counting begins"),
        (with_(reading=None), "the canary is not ready"),
        (with_(reading=replace(READY, ready=False)), "the canary is not ready"),
        (
            with_(reading=replace(READY, ready=False, problems=("no pod",))),
            "the canary is not ready (no pod)",
        ),
        (with_(min_requests=51), "the canary has had 50 of this step's 51 requests"),
        (with_(min_seconds=101), "100 s of the 101 s that this step lasts"),
    ],
)
def test_each_obstacle_has_its_reason(case, reason):
    assert obstacle(case) == reason


def test_figures_come_before_exposure_and_exposure_before_evidence():
    undecided = replace(SEEN, judgements=(UNDECIDED,))
    unready = replace(READY, ready=False)
    assert obstacle(with_(undecided, unready, min_requests=51)) == "the canary is not ready"
    assert "of this step's 51 requests" in obstacle(with_(undecided, min_requests=51))
    assert obstacle(with_(undecided)).startswith("b: not yet")


def test_the_slowest_gate_says_how_long_it_takes_at_this_traffic():
    assert seconds_per_request(CASE) == 0.1
    faster = replace(UNDECIDED, gate="d", reason="d: soon", needs=10)
    reason = undecided_gates(with_(replace(SEEN, judgements=(DECIDED, UNDECIDED, faster))))
    assert reason == "b: not yet; d: soon (about 3.33 min at this traffic)"


def test_no_time_is_promised_when_one_gate_would_never_get_there():
    assert undecided_gates(with_(replace(SEEN, judgements=(UNDECIDED, NEVER)))) == "b: not yet; c: never"


@pytest.mark.parametrize("weight", [0, 100])
def test_where_nothing_is_compared_no_gate_is_in_the_way(weight):
    case = with_(replace(SEEN, judgements=(UNDECIDED,)))
    assert undecided_gates(replace(case, release=replace(AT_5, weight=weight))) is None


def test_in_the_dark_no_exposure_is_needed():
    dark = replace(with_(replace(SEEN, running=None), min_seconds=10**6), release=replace(AT_5, weight=0))
    assert obstacle(dark) is None
