"""A third track: stable's version, as fresh and as loaded as the canary; gates of latency compare with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import ERRORS, POLICY, T0, V1, V2, V3, closed, reading, windows

from sluicegate.gate.core import serialize
from sluicegate.gate.core.budget import clean_requests
from sluicegate.gate.core.commands import adopt, promote, rollback
from sluicegate.gate.core.decision import Decision, Observations, Window
from sluicegate.gate.core.hand_edit import HandEdit
from sluicegate.gate.core.hotfix import hotfix
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Hold, Release, Traffic

SLOW = Gate("slow_requests", 0.02, against="baseline")
WITH = replace(POLICY, gates=(ERRORS, SLOW), baseline=True)
WITHOUT = replace(WITH, gates=(ERRORS, replace(SLOW, against="stable")), baseline=False)
SLOW_WHEN_IDLE = 0.1
"""Share of the requests that are slow on either track with little to do."""


def at(weight: int, policy: Policy = WITH, **more) -> Release:
    beside = policy.baseline and 0 < weight <= 33
    return Release(
        "m", "production", stable=V1, canary=V2, weight=weight, baseline=beside, started=T0, since=T0, **more
    )


def seen(release: Release, canary: int, slow: float, slow_beside: float, number: int = 30):
    """Windows in which so much of the canary's is slow, and of the baseline's; of a busy stable's nothing."""
    stable = canary * (100 - release.weight) // release.weight
    beside = canary if release.baseline else stable
    bad_beside = round(canary * slow_beside) if release.baseline else 0
    counted = windows(
        number,
        canary,
        stable,
        error_rate=(canary, stable, 0, 0),
        slow_requests=(canary, beside, round(canary * slow), bad_beside),
    )
    if not release.baseline:
        return counted
    return tuple(_beside(window) for window in counted)


def _beside(window: Window) -> Window:
    traffic = window.traffic
    return replace(window, traffic=Traffic(traffic.canary, traffic.stable, traffic.canary))


def deciding(release: Release, policy: Policy, found) -> Decision:
    now = T0 + timedelta(seconds=10 * len(found))
    return decide(release, policy, Observations(V2, V2, reading(release.weight, found)), now)


def test_the_first_weight_brings_it_and_one_above_33_ends_it():
    dark = decide(at(0), WITH, Observations(V2, V2, reading(0)), T0).release
    assert (dark.weight, dark.baseline, dark.stable_weight) == (1, True, 98)
    later = promote(at(25), WITH, 33, "more", T0).release
    assert (later.baseline, later.stable_weight) == (True, 34)
    assert not promote(at(25), WITH, 34, "more", T0).release.baseline
    assert not promote(at(0), WITHOUT, 5, "more", T0).release.baseline


def test_a_canary_that_is_slow_only_for_want_of_work_goes_on_beside_it():
    equal = seen(at(5), 6000, SLOW_WHEN_IDLE, SLOW_WHEN_IDLE)
    decision = deciding(at(5), WITH, equal)
    assert (decision.kind, decision.release.weight, decision.release.baseline) == ("advance", 25, True)
    (step,) = decision.release.counts
    assert step.baseline and step.traffic == Traffic(6000, 114_000, 6000)
    alone = seen(at(5, WITHOUT), 6000, SLOW_WHEN_IDLE, 0)
    assert deciding(at(5, WITHOUT), WITHOUT, alone).kind == "rollback"


def test_one_that_is_slower_than_it_is_rolled_back_and_nothing_of_it_stays():
    decision = deciding(at(5), WITH, seen(at(5), 6000, 2 * SLOW_WHEN_IDLE, SLOW_WHEN_IDLE))
    assert decision.kind == "rollback"
    assert "slow_requests: rate difference (canary - baseline)" in decision.reason
    assert "600 of baseline's 6,000" in decision.reason
    assert not decision.release.baseline


def test_a_gate_of_latency_counts_each_request_of_the_pair_as_a_fair_coin():
    few = deciding(at(1), WITH, seen(at(1), 300, 0, 0)).judgements[1]
    half = decide(
        at(50, WITHOUT),
        WITHOUT,
        Observations(V2, V2, reading(50, windows(30, 300, 300, slow_requests=(300, 300, 0, 0)))),
        T0 + timedelta(seconds=300),
    ).judgements[1]
    assert (few.against, half.against) == ("baseline", "stable")
    assert few.rate_difference == half.rate_difference


def test_a_closed_step_stays_a_comparison_with_it_above_33_percent():
    step = replace(closed(25, 3000, 9000, slow_requests=(3000, 3000, 300, 300)), baseline=True)
    decision = deciding(at(50, counts=(step,)), WITH, seen(at(50), 3000, 0, 0))
    (_, slow) = decision.judgements
    assert slow.against == "stable"
    assert slow.requests == 6000 + 6000
    alone = deciding(at(50), WITH, seen(at(50), 3000, 0, 0)).judgements[1]
    assert slow.rate_difference.upper != alone.rate_difference.upper


def test_needed_requests_are_those_of_all_tracks():
    strict = replace(WITH, gates=(ERRORS, replace(SLOW, margin=0.002)))
    slow = deciding(at(1), strict, seen(at(1), 30, 0, 0)).judgements[1]
    assert slow.needs is not None and slow.needs > 50 * 100, "one in fifty is the pair's"


@pytest.mark.parametrize(
    ("canary", "stable", "baseline"), [(3000, 57_000, 300), (300, 59_700, 3000), (3000, 57_000, 0)]
)
def test_a_pair_that_is_not_split_in_half_proves_nothing(canary, stable, baseline):
    counted = tuple(
        replace(window, traffic=Traffic(canary // 30, stable // 30, baseline // 30))
        for window in seen(at(5), 3000, 0, 0)
    )
    decision = deciding(at(5), WITH, counted)
    assert (decision.kind, decision.release.weight, decision.release.baseline) == ("hold", 0, False)
    assert "of its own and the baseline's, which is half" in decision.reason


def test_no_way_out_leaves_it_behind():
    running = at(5)
    candidate = Observations(V3, V3, reading(5))
    ways = {
        "rollback": rollback(running, "bad", T0, by="Olga"),
        "hotfix of the canary": hotfix(
            running, WITH, "now", T0, observations=Observations(V2, V2, reading(5))
        ),
        "hotfix of another": hotfix(running, WITH, "now", T0, observations=candidate),
        "blind": decide(
            running, WITH, replace(candidate, reading=None, blind_since=T0), T0 + timedelta(hours=1)
        ),
        "taken back": decide(running, WITH, replace(candidate, withdrawn="reverted"), T0),
        "superseded": decide(replace(running, hold=Hold(T0, "overdue")), WITH, candidate, T0),
        "finish": deciding(replace(at(100), counts=()), WITH, windows(9, 900, 0, error_rate=(900, 0, 0, 0))),
    }
    assert {name: way.release.baseline for name, way in ways.items()} == dict.fromkeys(ways, False)


def test_what_people_adopt_is_as_the_file_says():
    edited = Observations(edit=HandEdit(("weight: 25 -> 5",)))
    assert adopt(at(5), "known", T0, observations=edited).release.baseline
    assert not adopt(at(5, WITHOUT), "known", T0, observations=edited).release.baseline


def test_the_least_that_a_rollout_takes_is_about_the_same_with_it():
    assert clean_requests(replace(WITH, gates=(SLOW,)), 1000.0)[0] == pytest.approx(
        clean_requests(replace(WITHOUT, gates=(SLOW,)), 1000.0)[0], rel=0.3
    )


def test_records_without_one_have_no_key_for_it():
    for value in (at(5, WITHOUT), WITHOUT, closed(5, 1, 1, e=(1, 1, 0, 0))):
        assert "baseline" not in str(serialize.dump(value))
    assert serialize.load(Release, serialize.dump(at(5))) == at(5)
