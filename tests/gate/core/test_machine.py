"""decide(): one test a rule, literals in, data out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.releases import ERRORS, POLICY, T0, V1, V2, V3

from sluicegate.gate.core.decision import Observations, Reading
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import (
    Baseline,
    CounterDelta,
    CounterSnapshot,
    Hold,
    Rejection,
    Release,
    Step,
    Traffic,
    Version,
)

SLOW, DRIFT = Gate("slow_requests", 0.02), Gate("score_drift", 0.1, True, 3)
IDLE = Release("flight-delay", "production", stable=V1)
DARK = replace(IDLE, canary=V2, started=T0, since=T0)


def after(seconds=0.0):
    return T0 + timedelta(seconds=seconds)


def reading(weight, traffic=None, *, seconds=60.0, ready=True, **gates):
    """Totals per gate as (canary, stable, bad on canary, bad on stable), all since the source began."""
    totals = {}
    for name, (canary, stable, bad_c, bad_s) in gates.items():
        kinds = (bad_c, bad_s) if isinstance(bad_c, tuple) else ((bad_c,), (bad_s,))
        totals[name] = CounterSnapshot(canary, stable, *kinds)
    return Reading(after(seconds), weight, ready, Traffic(*traffic) if traffic else None, totals)


def observing(reading=None, candidate=V2, upstream=V2, freeze=None):
    return Observations(candidate, upstream, reading, freeze)


def at(weight, counts=(), *, hold=None, **totals):
    """A release at a weight whose counting began at T0 with all counters at 0."""
    zero = {name: CounterSnapshot(0, 0, (0,) * kinds, (0,) * kinds) for name, kinds in totals.items()}
    baseline = Baseline(T0, Traffic(0, 0), zero)
    return replace(DARK, weight=weight, baseline=baseline, counts=counts, hold=hold)


def ticks(release, observations, policy=POLICY, seconds=60.0):
    return decide(release, policy, observations, after(seconds))


CLEAN_5 = reading(5, (1000, 19_000), error_rate=(1000, 19_000, 5, 95))
HARM_5 = reading(5, (100, 1900), error_rate=(100, 1900, 20, 10))


# --- nothing runs ---


def test_a_new_version_starts_dark():
    decision = ticks(IDLE, observing())
    assert decision.kind == "advance"
    assert decision.release == replace(IDLE, canary=V2, weight=0, started=after(60), since=after(60))
    assert decision.reason == "production: version 2 starts dark, beside version 1"


def test_the_first_version_starts_dark_too():
    decision = ticks(Release("m", "production"), observing())
    assert (decision.kind, decision.release.canary, decision.release.weight) == ("advance", V2, 0)


@pytest.mark.parametrize(
    ("release", "observations", "reason"),
    [
        (IDLE, observing(candidate=None), "no version has been merged"),
        (IDLE, observing(candidate=V1, upstream=V1), "version 1 is stable"),
        (replace(IDLE, stable=V3), observing(), "only a higher number starts"),
        (
            replace(IDLE, stable=replace(V2, digest="sha256:other")),
            observing(),
            "only a higher number starts",
        ),
        (
            IDLE,
            observing(upstream=V1),
            "waits until it is stable in the environment before, which has version 1",
        ),
        (IDLE, observing(upstream=None), "which has nothing"),
        (IDLE, observing(upstream=replace(V2, digest="sha256:other")), "waits until it is stable"),
        (replace(IDLE, rejected=(Rejection(2, V2.digest, "bad"),)), observing(), "rejected, retry it"),
        (replace(IDLE, hold=Hold(T0, "audit")), observing(), "held since 2024-06-01T12:00:00+00:00: audit"),
        (IDLE, observing(freeze="christmas"), "freeze: christmas"),
    ],
)
def test_what_speaks_against_a_start(release, observations, reason):
    decision = ticks(release, observations)
    assert (decision.kind, decision.commits) == ("wait", False)
    assert reason in decision.reason


def test_a_rejection_of_other_bytes_under_the_number_does_not_count():
    assert (
        ticks(replace(IDLE, rejected=(Rejection(2, "sha256:other", "bad"),)), observing()).kind == "advance"
    )


# --- dark ---


def test_a_ready_canary_enters_the_first_step_without_evidence():
    decision = ticks(DARK, observing(reading(None)))
    assert (decision.kind, decision.release.weight, decision.release.since) == ("advance", 1, after(60))
    assert decision.release.baseline is None
    assert decision.release.counts == ()


def test_the_first_version_goes_straight_to_100_when_ready():
    decision = ticks(replace(DARK, stable=None), observing(reading(None)))
    assert (decision.kind, decision.release.weight) == ("advance", 100)


@pytest.mark.parametrize("observed", [None, reading(None, ready=False)])
def test_a_canary_that_is_not_known_ready_waits(observed):
    decision = ticks(DARK, observing(observed))
    assert (decision.kind, decision.commits) == ("wait", False)


# --- a weight takes effect ---


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        (None, "no metrics were read"),
        (reading(None, (9, 9)), "does not report which weight is in effect, 5 % is committed"),
        (reading(1, (9, 9)), "1 % is in effect, 5 % is committed"),
        (reading(5, (9, 9), seconds=-1), "older than the committed weight"),
        (reading(5), "the gateway has no figures"),
    ],
)
def test_without_figures_of_the_committed_weight_nothing_is_judged(observed, reason):
    for release in (at(5, error_rate=1), replace(DARK, weight=5)):
        decision = ticks(release, observing(observed))
        assert (decision.kind, decision.commits, decision.judgements) == ("wait", False, ())
        assert reason in decision.reason


def test_problems_of_the_reading_are_in_the_reason():
    broken = replace(reading(None), problems=("gateway: connection refused",))
    assert "(gateway: connection refused)" in ticks(at(5, error_rate=1), observing(broken)).reason


def test_counting_begins_when_the_weight_is_in_effect_and_commits():
    observed = reading(5, (7, 900), error_rate=(7, 900, 1, 3))
    decision = ticks(replace(DARK, weight=5), observing(observed))
    assert (decision.kind, decision.commits) == ("wait", True)
    assert decision.release.baseline == Baseline(after(60), Traffic(7, 900), observed.totals)
    assert decision.reason == "production at 5 %: counting begins"


def test_counting_begins_under_hold_freeze_and_unready_canary_so_that_harm_can_be_observing():
    release = replace(DARK, weight=5, hold=Hold(T0, "audit"))
    observed = reading(5, (7, 900), ready=False, error_rate=(7, 900, 7, 3))
    assert ticks(release, observing(observed, freeze="night")).commits


def test_only_what_was_counted_since_the_baseline_counts():
    base = Baseline(T0, Traffic(500, 9500), {"error_rate": CounterSnapshot(500, 9500, (400,), (5,))})
    observed = reading(5, (600, 11_400), error_rate=(600, 11_400, 400, 15))
    decision = ticks(replace(at(5), baseline=base), observing(observed))
    (judgement,) = decision.judgements
    assert (judgement.requests, judgement.bad_canary, judgement.bad_stable) == (2000, 0, 10)
    assert judgement.canary_requests == 100


# --- harm ---


def test_harm_rolls_back_and_rejects_the_version():
    earlier = (Step(1, Traffic(20, 1980), {"error_rate": CounterDelta(2000, (1,), (9,))}),)
    release = replace(at(5, earlier, error_rate=1), history=(V3,))
    decision = ticks(release, observing(HARM_5))
    assert decision.kind == "rollback"
    assert decision.release == replace(
        IDLE, since=after(60), history=(V3,), rejected=(Rejection(2, V2.digest, decision.reason),)
    )
    (judgement,) = decision.judgements
    assert judgement.harmful
    assert judgement.rate_difference.lower > 0
    assert decision.reason.startswith("production at 5 %: error_rate: rate difference (canary - stable) ")
    assert "over 4,000 requests, harmful (margin 1 %)" in decision.reason
    assert "21 of the canary's 120 requests and 19 of stable's 3,880 failed" in decision.reason


@pytest.mark.parametrize(
    ("release", "observations"),
    [
        (at(5, hold=Hold(T0, "audit"), error_rate=1), observing(HARM_5)),
        (at(5, error_rate=1), observing(HARM_5, freeze="night")),
        (replace(at(5, error_rate=1), started=after(-(10**7))), observing(HARM_5)),
        (at(5, error_rate=1), observing(replace(HARM_5, ready=False))),
        (at(5, error_rate=1), observing(HARM_5, candidate=V3)),
    ],
)
def test_nothing_keeps_a_rollback_back(release, observations):
    assert ticks(release, observations).kind == "rollback"


def test_a_missing_other_metric_does_not_keep_a_rollback_back():
    policy = replace(POLICY, gates=(SLOW, ERRORS))
    assert ticks(at(5, error_rate=1), observing(HARM_5), policy).kind == "rollback"


def test_a_canary_that_crashes_over_and_over_is_rolled_back_before_anything_is_counted_again():
    policy = replace(POLICY, gates=(ERRORS, DRIFT))
    drift = CounterSnapshot(3, 1900, (1, 0, 0), (900, 400, 9))
    observed = replace(
        HARM_5,
        ready=False,
        totals={**HARM_5.totals, "score_drift": drift},
        restarted={"score_drift": "the canary's server restarted"},
    )
    assert ticks(at(5, error_rate=1, score_drift=3), observing(observed), policy).kind == "rollback"


def test_harm_is_split_over_the_gates():
    """6 failures of 100 are harmful for one gate of one, not for one of many."""
    observed = reading(5, (100, 1900), error_rate=(100, 1900, 6, 10))
    alone = ticks(at(5, error_rate=1), observing(observed))
    many = tuple(replace(ERRORS, name=f"g{i}") for i in range(200))
    together = ticks(at(5, error_rate=1), observing(observed), replace(POLICY, gates=(ERRORS, *many)))
    assert (alone.kind, together.kind) == ("rollback", "wait")


def test_failures_at_100_enter_no_statistic():
    release = at(100, (Step(50, Traffic(500, 500), {"error_rate": CounterDelta(1000, (1,), (1,))}),))
    observed = reading(100, (500, 0), error_rate=(500, 0, 500, 0))
    assert ticks(release, observing(observed)).kind == "finish"


def test_a_shift_of_the_scores_beyond_the_margin_rolls_back():
    policy = replace(POLICY, gates=(DRIFT,))
    observed = reading(25, (500, 1500), score_drift=(500, 1500, (450, 350, 10), (1050, 225, 30)))
    decision = ticks(at(25, score_drift=3), observing(observed), policy)
    assert decision.kind == "rollback"
    assert decision.judgements[0].edge == 1
    assert "at edge 2 of 3" in decision.reason


def test_a_shift_within_the_margin_is_not_harmful_even_if_certain():
    policy = replace(POLICY, gates=(DRIFT,))
    observed = reading(50, (10**6, 10**6), score_drift=(10**6, 10**6, (650_000, 0, 0), (600_000, 0, 0)))
    decision = ticks(at(50, score_drift=3), observing(observed), policy)
    assert (decision.kind, decision.release.weight) == ("advance", 100)


# --- counters that are reset ---


def test_a_gate_whose_counters_were_reset_is_counted_again_alone():
    policy = replace(POLICY, gates=(ERRORS, SLOW))
    observed = replace(
        reading(5, (10, 190), error_rate=(10, 190, 0, 1), slow_requests=(3, 150, 0, 0)),
        restarted={"slow_requests": "the canary's server restarted at 12:00:40"},
    )
    decision = ticks(at(5, error_rate=1, slow_requests=1), observing(observed), policy)
    baseline = decision.release.baseline
    assert (decision.kind, decision.commits) == ("wait", True)
    assert baseline.totals == {
        "error_rate": CounterSnapshot(0, 0, (0,), (0,)),
        "slow_requests": observed.totals["slow_requests"],
    }
    assert (baseline.at, baseline.began("error_rate"), baseline.began("slow_requests")) == (T0, T0, after(60))
    assert "slow_requests: the canary's server restarted at 12:00:40" in decision.reason
    assert not ticks(decision.release, observing(replace(observed, restarted={})), policy).commits


def test_counters_that_went_back_are_never_added_up():
    base = Baseline(T0, Traffic(0, 0), {"error_rate": CounterSnapshot(50, 50, (30,), (0,))})
    observed = reading(5, (1000, 19_000), error_rate=(1000, 19_000, 10, 95))
    decision = ticks(replace(at(5), baseline=base), observing(observed))
    assert (decision.kind, decision.commits) == ("wait", True)
    assert "its counters went back" in decision.reason
    assert decision.judgements[0].requests == 0


@pytest.mark.parametrize("restarted", [{}, {"traffic": "the gateway restarted"}])
def test_when_the_gateways_counters_were_reset_the_whole_step_is_counted_again(restarted):
    base = Baseline(T0, Traffic(50, 950), {"error_rate": CounterSnapshot(50, 950, (1,), (5,))})
    traffic = (60, 1140) if restarted else (5, 95)
    observed = replace(reading(5, traffic, error_rate=(*traffic, 0, 0)), restarted=restarted)
    decision = ticks(replace(at(5), baseline=base), observing(observed))
    assert (decision.kind, decision.commits, decision.judgements) == ("wait", True, ())
    assert decision.release.baseline == Baseline(after(60), Traffic(*traffic), observed.totals)
    assert "counting begins again" in decision.reason


def test_a_gate_without_figures_at_the_baseline_is_counted_from_when_it_has_them():
    observed = reading(5, (10, 190), error_rate=(10, 190, 0, 0))
    decision = ticks(at(5), observing(observed))
    assert decision.commits
    assert decision.release.baseline.totals == observed.totals


# --- the split ---


def test_a_wrong_split_is_not_judged_even_if_it_looks_harmful():
    observed = reading(5, (1000, 1000), error_rate=(1000, 1000, 500, 10))
    decision = ticks(at(5, error_rate=1), observing(observed))
    assert (decision.kind, decision.commits, decision.judgements) == ("wait", False, ())
    assert "wrong split: 50 % of 2,000 requests went to the canary, 5 % is committed" in decision.reason


# --- waiting ---


def test_a_hold_waits_with_its_reason():
    decision = ticks(at(5, hold=Hold(T0, "audit"), error_rate=1), observing(CLEAN_5))
    assert (decision.kind, decision.commits) == ("wait", False)
    assert "audit; release the hold" in decision.reason


def test_a_freeze_waits_with_its_reason():
    decision = ticks(at(5, error_rate=1), observing(CLEAN_5, freeze="christmas"))
    assert (decision.kind, decision.commits) == ("wait", False)
    assert "freeze: christmas" in decision.reason


def test_past_the_deadline_it_is_held_once_and_never_promoted():
    release = replace(at(5, error_rate=1), started=after(60 - 24 * 3600 - 1))
    decision = ticks(release, observing(CLEAN_5, freeze="night"))
    assert (decision.kind, decision.release) == (
        "hold",
        replace(release, hold=Hold(after(60), decision.reason)),
    )
    assert "the deadline of 24 h has passed" in decision.reason
    again = ticks(decision.release, observing(CLEAN_5))
    assert (again.kind, again.commits) == ("wait", False)


def test_the_deadline_comes_before_counters_that_are_reset_at_every_evaluation():
    observed = replace(CLEAN_5, restarted={"traffic": "the gateway restarted"})
    release = replace(at(5, error_rate=1), started=after(60 - 24 * 3600 - 1))
    decision = ticks(release, observing(observed))
    assert decision.kind == "hold"
    assert "the deadline of 24 h has passed; counting begins again: the gateway restarted" in decision.reason
    late_harm = ticks(replace(release, started=after(-(10**7))), observing(HARM_5))
    assert late_harm.kind == "rollback"


@pytest.mark.parametrize("began", ["traffic", "error_rate"])
def test_a_held_release_is_not_reset_at_every_evaluation(began):
    release = replace(at(5, error_rate=1), hold=Hold(T0, "audit"))
    commits = 0
    for minute in range(1, 131):
        observed = replace(CLEAN_5, at=after(60 * minute), restarted={began: "it restarted"})
        decision = ticks(release, observing(observed), seconds=60 * minute)
        assert decision.kind == "wait"
        commits += decision.commits
        release = decision.release
    assert commits == 2
    harm = replace(HARM_5, at=after(8000), traffic=Traffic(1100, 20_900))
    total = release.baseline.totals["error_rate"]
    worse = replace(total, canary=1100, stable=20_900, bad_canary=(25,))
    assert (
        ticks(release, observing(replace(harm, totals={"error_rate": worse})), seconds=8000).kind
        == "rollback"
    )


@pytest.mark.parametrize("weight", [0, 100])
def test_the_deadline_holds_a_dark_and_an_unfinished_release_too(weight):
    release = replace(DARK, weight=weight, started=after(-(10**6)))
    assert ticks(release, observing(None)).kind == "hold"


def test_each_step_needs_requests_of_its_own():
    earlier = (Step(1, Traffic(10**6, 99 * 10**6), {"error_rate": CounterDelta(10**8, (0,), (0,))}),)
    observed = reading(5, (19, 361), error_rate=(19, 361, 0, 0))
    decision = ticks(at(5, earlier, error_rate=1), observing(observed))
    assert (decision.kind, decision.judgements[0].non_inferior) == ("wait", True)
    assert "has had 19 of this step's 20 requests" in decision.reason
    more = reading(5, (20, 380), error_rate=(20, 380, 0, 0))
    assert ticks(at(5, earlier, error_rate=1), observing(more)).kind == "advance"


def test_a_gate_that_saw_less_than_the_gateway_has_not_seen_the_step():
    policy = replace(POLICY, gates=(ERRORS, SLOW))
    observed = reading(5, (1000, 19_000), error_rate=(1000, 19_000, 5, 95), slow_requests=(7, 19_000, 0, 95))
    decision = ticks(at(5, error_rate=1, slow_requests=1), observing(observed), policy)
    assert "has had 7 of this step's 20" in decision.reason


def test_each_step_lasts_its_seconds():
    policy = replace(POLICY, min_seconds=90)
    assert "60 s of the 90 s" in ticks(at(5, error_rate=1), observing(CLEAN_5), policy).reason
    assert ticks(at(5, error_rate=1), observing(CLEAN_5), policy, seconds=90).kind == "advance"


def test_an_undecided_gate_waits_and_says_how_much_longer():
    observed = reading(5, (50, 950), error_rate=(50, 950, 0, 0))
    decision = ticks(at(5, error_rate=1), observing(observed))
    assert (decision.kind, decision.commits) == ("wait", False)
    (judgement,) = decision.judgements
    assert not judgement.non_inferior
    assert 2000 < judgement.needs < 3000
    assert "not yet within the margin 1 % at 25 %, needs about 2,4" in decision.reason
    assert "at this traffic" in decision.reason


def test_a_rate_difference_beyond_the_margin_is_promised_nothing():
    observed = reading(50, (500, 500), error_rate=(500, 500, 25, 15))
    decision = ticks(at(50, error_rate=1), observing(observed))
    assert decision.kind == "wait"
    assert decision.judgements[0].needs is None
    assert "nor would it be at the rates seen so far" in decision.reason


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        (replace(CLEAN_5, totals={}, problems=("scrape timed out",)), "no data (scrape timed out)"),
        (
            reading(5, (1000, 19_000), error_rate=(1000, 19_000, (0, 0), (0, 0))),
            "2 kinds of failures are counted where the policy has 1",
        ),
        (reading(5, (1000, 19_000), error_rate=(10, 19_000, 11, 0)), "more failures than requests"),
    ],
)
def test_a_gate_without_usable_data_never_promotes(observed, reason):
    earlier = (Step(1, Traffic(10**6, 99 * 10**6), {"error_rate": CounterDelta(10**8, (0,), (0,))}),)
    decision = ticks(at(5, earlier, error_rate=1), observing(observed))
    assert (decision.kind, decision.commits) == ("wait", False)
    assert decision.judgements[0].rate_difference.upper == float("inf")
    assert f"error_rate: {reason}" in decision.reason


def test_a_canary_that_is_not_ready_does_not_advance():
    decision = ticks(at(5, error_rate=1), observing(replace(CLEAN_5, ready=False)))
    assert (decision.kind, decision.reason) == ("wait", "production at 5 %: the canary is not ready")


def test_a_newer_version_waits_for_the_running_one():
    decision = ticks(at(5, error_rate=1), observing(CLEAN_5, candidate=V3, upstream=V3))
    assert (decision.kind, decision.release.canary) == ("advance", V2)
    assert "version 3 waits while this release goes on" in decision.reason


# --- moving on ---


def test_a_non_inferior_canary_closes_the_step_and_goes_to_the_next():
    decision = ticks(at(5, error_rate=1), observing(CLEAN_5))
    assert decision.kind == "advance"
    assert decision.release == replace(
        DARK,
        weight=25,
        since=after(60),
        counts=(Step(5, Traffic(1000, 19_000), {"error_rate": CounterDelta(20_000, (5,), (95,))}),),
    )
    assert "every gate is within its margin at 25 %: error_rate: rate difference" in decision.reason


def test_every_gate_must_be_non_inferior():
    policy = replace(POLICY, gates=(ERRORS, SLOW))
    observed = reading(
        5, (1000, 19_000), error_rate=(1000, 19_000, 5, 95), slow_requests=(100, 1900, 18, 285)
    )
    decision = ticks(at(5, error_rate=1, slow_requests=1), observing(observed), policy)
    assert decision.kind == "wait"
    assert "slow_requests" in decision.reason
    assert "error_rate" not in decision.reason


def test_the_holdback_goes_to_100_only_when_non_inferior():
    few = reading(99, (297, 3), error_rate=(297, 3, 0, 0))
    many = reading(99, (9900, 100), error_rate=(9900, 100, 0, 0))
    waits, goes = ticks(at(99, error_rate=1), observing(few)), ticks(at(99, error_rate=1), observing(many))
    assert (waits.kind, goes.kind, goes.release.weight) == ("wait", "advance", 100)


def test_the_holdback_still_shows_harm():
    observed = reading(99, (99_000, 1000), error_rate=(99_000, 1000, 30_000, 0))
    assert ticks(at(99, error_rate=1), observing(observed)).kind == "rollback"


def test_at_100_the_canary_becomes_stable():
    older = tuple(Version(n, f"r{n}", f"sha256:{n}") for n in range(100, 110))
    release = replace(
        at(100, (Step(50, Traffic(500, 500), {"error_rate": CounterDelta(1000, (1,), (1,))}),)),
        history=older,
        rejected=(Rejection(2, "sha256:other", "bad"), Rejection(3, "sha256:x", "bad")),
    )
    decision = ticks(release, observing(reading(100, (20, 0))))
    assert decision.kind == "finish"
    assert decision.release == replace(
        IDLE,
        stable=V2,
        since=after(60),
        history=(V1, *older[:9]),
        rejected=(Rejection(3, "sha256:x", "bad"),),
    )


@pytest.mark.parametrize(
    "observed",
    [
        reading(50, (900, 0)),
        reading(100, (19, 0)),
        reading(100, (900, 0), ready=False),
        reading(100),
        None,
    ],
)
def test_at_100_it_must_be_in_effect_ready_and_observing(observed):
    decision = ticks(at(100), observing(observed))
    assert (decision.kind, decision.commits) == ("wait", False)


def test_counting_begins_at_100_too():
    decision = ticks(replace(DARK, weight=100), observing(reading(100, (3, 4))))
    assert (decision.kind, decision.commits) == ("wait", True)


def test_one_step_without_statistics_goes_dark_100_finish():
    policy = Policy(steps=(100,), gates=(ERRORS,), min_requests=0)
    release, kinds = IDLE, []
    for _ in range(3):
        weight = release.weight if release.canary else None
        decision = ticks(release, observing(reading(weight)), policy)
        release, _ = decision.release, kinds.append((decision.kind, decision.release.weight))
    assert kinds == [("advance", 0), ("advance", 100), ("finish", 0)]
    assert release.stable == V2
    assert not ticks(release, observing(reading(None)), policy).commits


def test_a_policy_without_gates_still_needs_requests():
    policy = Policy(steps=(50, 100), gates=())
    assert ticks(at(50), observing(reading(50, (10, 10))), policy).kind == "wait"
    assert ticks(at(50), observing(reading(50, (20, 20))), policy).kind == "advance"
