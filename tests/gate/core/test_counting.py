"""From windows to counts, and each reason why there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.releases import ERRORS, delta, reading, windows

from sluicegate.gate.core.counting import always_warming, count, counted_gates
from sluicegate.gate.core.decision import GATEWAY
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Step, Traffic

DRIFT = Gate("score_drift", 0.1, two_sided=True, kinds=2)
POLICY = Policy((5, 100), (ERRORS, DRIFT))
SEEN = windows(3, 60, 1140, error_rate=(60, 1140, 3, 12), score_drift=(57, 1137, (30, 18), (600, 402)))
NO_DRIFT = replace(SEEN[2], tallies={"error_rate": SEEN[2].tallies["error_rate"]})
QUIET = replace(SEEN[2], traffic=Traffic(0, 0), tallies={"error_rate": delta(0, 0)})


def counted(*seen, policy=POLICY, **more):
    return count(5, policy, reading(5, seen, **more))


def test_every_window_is_kept_for_each_gate():
    found = counted(*SEEN)
    assert (found.step.weight, found.step.traffic) == (5, Traffic(60, 1140))
    for gate in POLICY.gates:
        tally = found.step.tallies[gate.name]
        assert tally.windows == tuple(window.tallies[gate.name] for window in SEEN)
        assert tally.rest == delta(0, 0, (0,) * gate.kinds, (0,) * gate.kinds)
    assert found.missing == {}
    assert found.seconds == 30


def test_the_step_has_seen_what_its_least_informed_gate_has_seen():
    assert counted(*SEEN).canary == 57
    assert counted(*SEEN, policy=replace(POLICY, gates=(ERRORS,))).canary == 60


def test_windows_in_which_a_pod_was_warming_up_enter_neither_tracks_figures_nor_the_time():
    warming = replace(SEEN[0], warming=True)
    found = counted(warming, *SEEN[1:])
    assert found.windows == SEEN[1:]
    assert (found.step.traffic, found.seconds) == (Traffic(40, 760), 20)
    assert found.step.tallies["error_rate"].total == delta(40, 760, 2, 8)


def test_pods_that_warm_up_in_every_window_of_a_steps_least_time_are_named():
    policy = replace(POLICY, warmup_requests=3)
    newest = [replace(window, warming=True) for window in windows(6, 60, 1140)]
    why = always_warming(policy, 5, reading(5, [*SEEN, *newest]))
    assert why is not None and "warming up for 60 s" in why and "last 60 requests are not judged" in why
    assert always_warming(policy, 5, reading(5, [SEEN[0], *newest[1:]])) is None, "not for long enough"
    assert always_warming(policy, 5, reading(5, [*newest, SEEN[0]])) is None, "one that counts"
    assert always_warming(policy, 0, reading(0, newest)) is None, "no traffic"


def test_a_canary_with_little_traffic_may_take_its_time_to_get_warm():
    seldom = [replace(window, warming=True) for window in windows(60, 100, 1900)]
    assert always_warming(POLICY, 5, reading(5, seldom)) is None
    assert always_warming(POLICY, 5, reading(5, [*seldom, *seldom[:1]])) is not None


@pytest.mark.parametrize("weight", [0, 100])
def test_without_a_comparison_gates_count_nothing(weight):
    found = count(weight, POLICY, reading(weight, SEEN))
    assert found.step == Step(weight, Traffic(60, 1140), {})
    assert (found.canary, found.missing) == (60, {})


def test_at_100_a_ceiling_is_counted_and_in_the_dark_nothing():
    ceiling = replace(ERRORS, at_most=0.02)
    policy = replace(POLICY, gates=(ceiling, DRIFT))
    assert counted_gates(policy, 100) == (ceiling,)
    assert counted_gates(policy, 0) == ()
    assert counted_gates(policy, 5) == (ceiling, DRIFT)
    found = count(100, policy, reading(100, SEEN))
    assert set(found.step.tallies) == {"error_rate"}


def test_the_gateway_without_figures_leaves_every_gate_without():
    found = counted(*SEEN, missing={GATEWAY: "connection refused"})
    assert found.missing == {"error_rate": "connection refused", "score_drift": "connection refused"}


def test_a_gate_has_the_sources_own_reason_before_the_gateways():
    found = counted(*SEEN, missing={"score_drift": "no such series", GATEWAY: "connection refused"})
    assert found.missing == {"error_rate": "connection refused", "score_drift": "no such series"}


def test_before_the_first_window_nothing_has_been_counted():
    for seen in ((), (replace(SEEN[0], warming=True),)):
        found = counted(*seen)
        assert set(found.missing.values()) == {"no window has been counted yet"}
        assert (found.step.tallies, found.canary, found.seconds) == ({}, 0, 0)


def test_a_gate_without_figures_in_the_newest_window_has_no_data():
    found = counted(*SEEN[:2], NO_DRIFT)
    assert found.missing == {"score_drift": "no data"}


def test_figures_that_were_away_for_a_while_may_be_the_bad_ones():
    found = counted(SEEN[0], NO_DRIFT, SEEN[2])
    assert found.missing == {"score_drift": "no figures of 20 of the canary's 60 requests"}
    many = windows(
        20, 400, 7600, error_rate=(400, 7600, 3, 12), score_drift=(380, 7600, (30, 18), (600, 402))
    )
    short = replace(many[5], tallies={"error_rate": many[5].tallies["error_rate"]})
    assert counted(*many[:5], short, *many[6:]).missing == {}, "one window in twenty is no gap"


def test_figures_that_a_gate_had_before_still_count_for_harm():
    found = counted(*SEEN[:2], NO_DRIFT)
    assert found.step.tallies["score_drift"].windows == tuple(w.tallies["score_drift"] for w in SEEN[:2])


@pytest.mark.parametrize(
    ("unsound", "reason"),
    [
        (delta(20, 380, (1, 1), (4, 4)), "2 kinds of failures are counted where the policy has 1"),
        (replace(delta(20, 380, 1, 4), bad_stable=()), "more failures than requests were counted"),
        (delta(20, 380, 21, 4), "more failures than requests were counted"),
        (delta(20, 380, 1, 381), "more failures than requests were counted"),
        (replace(delta(20, 380, 1, 4), canary=401), "more failures than requests were counted"),
        (delta(-1, 380, 0, 4), "more failures than requests were counted"),
        (delta(20, 380, -1, 4), "more failures than requests were counted"),
    ],
)
def test_counts_that_cannot_be_are_left_out_and_nothing_is_shown_in_this_step(unsound, reason):
    broken = replace(SEEN[1], tallies={**SEEN[1].tallies, "error_rate": unsound})
    found = counted(SEEN[0], broken, SEEN[2])
    assert found.missing == {"error_rate": reason}
    assert found.step.tallies["error_rate"].windows == tuple(
        window.tallies["error_rate"] for window in (SEEN[0], SEEN[2])
    )


def test_a_window_without_requests_is_no_missing_figure():
    found = counted(*SEEN, QUIET, policy=replace(POLICY, gates=(ERRORS,)))
    assert found.missing == {}
    assert found.step.tallies["error_rate"].windows[-1] == delta(0, 0)


def test_what_a_gate_counts_by_itself_has_to_be_split_as_requests_are():
    counter = Gate("error_rate", 0.01, series="failed_total of all_total")
    policy = replace(POLICY, gates=(counter,))
    assert counted(*SEEN, policy=policy).missing == {}
    few = windows(3, 60, 1140, error_rate=(1, 1140, 0, 12))
    found = counted(*few, policy=policy)
    assert found.missing["error_rate"].startswith("what it counts is not split between the tracks")
    assert found.step.tallies == {}
    assert counted(*few, policy=replace(POLICY, gates=(ERRORS,))).missing == {}
    alone = windows(3, 60, 0, error_rate=(1, 0, 0, 0))
    ceiling = replace(policy, gates=(replace(counter, at_most=0.5),))
    assert count(100, ceiling, reading(100, alone)).missing == {}


def test_the_fewest_requests_are_named_where_a_gate_has_its_own():
    segment = Gate("segment", 0.01, series='region="eu"')
    policy = replace(POLICY, gates=(ERRORS, segment))
    seen = windows(3, 60, 1140, error_rate=(60, 1140, 3, 12), segment=(6, 114, 0, 0))
    found = counted(*seen, policy=policy)
    assert (found.canary, found.fewest) == (6, "segment")
    assert counted(*seen, policy=replace(policy, gates=(ERRORS,))).fewest is None


def test_requests_without_figures_are_counted_beside_the_others():
    found = counted(*SEEN, NO_DRIFT, *SEEN, *SEEN, *SEEN)
    lost = NO_DRIFT.traffic
    assert "score_drift" not in found.missing
    assert found.step.tallies["score_drift"].unseen == lost
    assert found.step.tallies["error_rate"].unseen is None


def test_beside_a_baseline_the_unseen_of_a_segment_are_as_many_as_the_baselines_requests_say():
    """The baseline has 60 of stable's 1,140 requests: as many as the canary, and not a nineteenth of it."""
    segment = Gate("slow/region=eu", 0.01, series='region="eu"', against="baseline")
    seen = windows(12, 720, 13_680, **{segment.name: (360, 360, 0, 0)})
    beside = [replace(w, traffic=replace(w.traffic, baseline=w.traffic.canary)) for w in seen]
    beside[3] = replace(beside[3], tallies={})
    found = count(5, replace(POLICY, gates=(segment,)), reading(5, beside), baseline=True)
    assert found.step.tallies[segment.name].unseen == Traffic(30, 30)
