"""From series in memory to a reading; each source has its own tests, and so has the arithmetic of windows."""

from dataclasses import replace
from datetime import timedelta

from support.readings import COUNTERS, NOW, POLICY, RELEASE, canary_of, gateway, read, servers
from support.releases import V1, V2
from support.series import series

from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.resets import Starts
from sluicegate.gate.adapters.samples import START, WEIGHT, NoData
from sluicegate.gate.adapters.source import nothing
from sluicegate.gate.core.decision import GATEWAY
from sluicegate.gate.metrics.base import (
    ANSWERED,
    REQUESTS,
    SCORE,
)
from sluicegate.specs.policy import Quantile
from sluicegate.specs.release import CounterDelta, Step, Traffic


def test_failures_are_counted_beside_the_requests_of_the_same_place():
    seen = read(gateway(x500=(None, 1, 1)))
    assert (seen.at, seen.weight, seen.ready, seen.missing, seen.reset) == (NOW, 5, True, {}, None)
    assert [window.traffic for window in seen.windows] == [Traffic(4, 100), Traffic(7, 100)]
    assert [window.tallies for window in seen.windows] == [
        {"error_rate": CounterDelta(104, 4, (1,), (0,)), "score_drift": CounterDelta(103, 3, (0,), (0,))},
        {"error_rate": CounterDelta(107, 7, (0,), (0,)), "score_drift": CounterDelta(107, 7, (0,), (0,))},
    ]


def test_windows_begin_where_the_committed_weight_is_in_effect_for_good():
    assert canary_of(read(gateway(weight=(1, 5, 5)))) == [7]
    assert canary_of(read(gateway(weight=(5, 1, 5)))) == []
    assert canary_of(read(gateway(weight=(None, 5, 5)))) == [7]
    late = read(gateway(weight=(5, 5, 1)))
    assert (late.weight, late.windows) == (1, ())


def test_windows_begin_where_a_cluster_says_since_when_the_weight_is_in_effect():
    since = NOW + timedelta(seconds=5)
    assert canary_of(read(gateway(weight=(None, None, None)), since=since)) == [7]


def test_replicas_that_disagree_give_no_weight():
    other = series(WEIGHT, [5, 5, 25], model="m", track="canary", instance="b")
    seen = read([*gateway(), other])
    assert (seen.weight, seen.ready, seen.windows) == (None, False, ())
    assert "its replicas disagree about the weight: 5, 25" in seen.missing[GATEWAY]


def test_a_canary_is_ready_before_the_first_request_and_nothing_is_known_of_it():
    seen = read(gateway()[:2])
    assert (seen.weight, seen.ready, seen.windows) == (5, True, ())
    assert "whether there were requests is not known" in seen.missing[GATEWAY]


def test_a_reset_at_the_gateway_begins_the_windows_anew_and_is_named():
    seen = read(gateway(stable=(900, 10, 20)))
    assert len(seen.windows) == 1
    assert seen.reset == (
        f"counters of the gateway were reset or vanished ({REQUESTS} went back), at 2026-11-21 13:00:10 UTC"
    )


def test_a_replica_that_is_seen_late_brings_none_of_what_it_counted_before():
    late = [
        series(REQUESTS, [None, 900, 902], model="m", track="canary", code="500", instance="late"),
        series(REQUESTS, [None, 5000, 5038], model="m", track="stable", code="200", instance="late"),
    ]
    seen = read([*gateway(), *late])
    assert [window.traffic for window in seen.windows] == [Traffic(3, 100), Traffic(9, 138)]
    assert [window.tallies["error_rate"].bad_canary for window in seen.windows] == [(0,), (2,)]


def test_a_server_that_is_seen_late_brings_none_of_its_scores_from_before():
    labels = {"model": "m", "track": "stable", "digest": V1.digest, "job": "stable", "instance": "late"}
    names = {ANSWERED: {"code": "200"}, f"{SCORE}_count": {}, f"{SCORE}_bucket": {"le": "0.5"}}
    late = [series(name, [None, 5000, 5007], **labels, **more) for name, more in names.items()]
    seen = read(of_servers=[*servers(), *late])
    assert [window.tallies["score_drift"].requests for window in seen.windows] == [103, 114]


def test_a_server_that_restarted_costs_its_gate_a_window():
    starts = Starts.of([series(START, [1, 2, 2], job="canary")])
    seen = read(starts=starts)
    assert canary_of(seen, "score_drift") == [None, 7] and canary_of(seen) == [3, 7]
    assert (seen.missing, seen.reset) == ({}, None)


def test_scores_that_do_not_exist_are_missing_whatever_else_is_there():
    seen = read(of_servers=servers(scores=False))
    assert f"{SCORE}_count is not there for the track canary" in seen.missing["score_drift"]
    assert canary_of(seen, "score_drift") == [None, None]


def test_an_edge_that_one_track_lacks_says_what_to_do():
    stable_alone = [s for s in servers() if s.labels["track"] == "stable" or "bucket" not in s.name]
    why = read(of_servers=stable_alone).missing["score_drift"]
    assert "with an edge at 0.5 is not there for the track canary" in why
    assert "keep at least one edge of spec.score that the stable version has" in why


def test_answers_without_a_score_are_missing():
    found = [one if one.name == ANSWERED else series(one.name, [3, 3, 3], **one.labels) for one in servers()]
    assert "not one of the 10 answers" in read(of_servers=found).missing["score_drift"]


def test_another_artifacts_scores_are_none():
    found = [replace(one, labels={**one.labels, "digest": "other"}) for one in servers()]
    assert "score_drift" in read(of_servers=found).missing


def test_a_series_twice_is_no_data():
    seen = read([*gateway(), gateway()[3]])
    assert "the same series twice" in seen.missing[GATEWAY]
    twice = read(of_servers=[*servers(), servers()[0]])
    assert "the same series twice" in twice.missing["score_drift"] and canary_of(twice) == [3, 7]


def test_a_server_that_does_not_answer_is_named_and_its_earlier_windows_stay():
    problems = {"canary": NoData("it did not answer")}
    seen = read(of_servers=servers(canary=(20, 23, None)), problems=problems)
    assert seen.missing == {"score_drift": "it did not answer"}
    assert canary_of(seen, "score_drift") == [3, None]


def test_a_gateway_that_does_not_answer_is_named_and_its_windows_stay():
    seen = read(problems={"gateway": NoData("it did not answer")})
    assert (seen.weight, seen.ready) == (None, False)
    assert seen.missing == {GATEWAY: "the gateway gives no figures: it did not answer"}
    assert canary_of(seen) == [3, 7]


def test_pods_that_have_not_answered_their_warm_up_make_a_window_warm():
    policy = replace(POLICY, warmup_requests=22)
    assert [window.warming for window in read(policy=policy).windows] == [True, False]
    new = series(ANSWERED, [None, 40, 50], model="m", digest=V1.digest, track="stable", instance="new")
    assert [window.warming for window in read(of_servers=[*servers(), new], policy=policy).windows] == [
        True,
        False,
    ]


def test_without_counters_of_pods_the_canarys_requests_since_the_release_began_tell():
    policy = replace(POLICY, warmup_requests=5)
    seen = read(of_servers=[], policy=policy)
    assert [window.warming for window in seen.windows] == [True, True]
    before = replace(RELEASE, counts=(Step(1, Traffic(3, 0), {}),))
    seen = read(of_servers=[], policy=policy, release=before)
    assert [window.warming for window in seen.windows] == [True, False]


def test_requests_that_are_not_known_at_first_are_none_of_the_warm_up():
    policy = replace(POLICY, warmup_requests=5)
    late = gateway(canary=(None, 7009, 7012, 7019), stable=(None, 90, 190, 290), weight=(5,) * 4)
    seen = read(late, [], policy=policy)
    assert [window.warming for window in seen.windows] == [True, True]


def test_a_gateway_that_restarts_begins_the_warm_up_by_requests_again_and_no_more():
    """It had counted far more before: that many requests would have been left out once more."""
    policy = replace(POLICY, warmup_requests=5)
    again = gateway(canary=(7000, 7009, 2, 9, 16), stable=(90, 190, 50, 150, 250), weight=(5,) * 5)
    seen = read(again, [], policy=policy)
    assert [window.warming for window in seen.windows] == [True, False]


def test_a_canary_whose_servers_alone_count_no_answers_has_its_warm_up_by_requests():
    policy = replace(POLICY, warmup_requests=5)
    stable = [one for one in servers() if one.labels["track"] == "stable"]
    assert [window.warming for window in read(of_servers=stable, policy=policy).windows] == [True, True]
    late = servers(canary=(None, None, 9))
    assert [window.warming for window in read(of_servers=late, policy=policy).windows] == [True, True]
    assert [window.warming for window in read(policy=policy).windows] == [False, False]


def test_series_that_a_pod_never_counts_in_are_no_pods_that_do_not_get_warm():
    """A server that counts by version, of which most are idle, would be in its warm-up for long."""
    policy = replace(POLICY, warmup_requests=5)
    labels = {"model": "m", "digest": V2.digest, "track": "canary", "job": "canary", "instance": "a"}
    counted = [series(ANSWERED, [20, 23, 30], code="200", version="1", **labels)]
    idle = [series(ANSWERED, [0, 0, 0], code="200", version=f"{n}", **labels) for n in range(2, 9)]
    stable = [one for one in servers() if one.labels["track"] == "stable"]
    seen = read(of_servers=[*stable, *counted, *idle], policy=policy)
    assert [window.warming for window in seen.windows] == [False, False]


def test_at_100_percent_the_canary_is_counted_alone_by_gates_with_a_ceiling():
    policy = replace(POLICY, gates=(replace(POLICY.gates[0], at_most=0.02), POLICY.gates[1]))
    for stable in (V1, None):
        release = replace(RELEASE, stable=stable, weight=100)
        found = [one for one in gateway(weight=(100,) * 3, x500=(0, 0, 2)) if one.labels["track"] == "canary"]
        seen = read(found, [], policy=policy, release=release)
        assert seen.missing == {}
        assert [window.tallies for window in seen.windows] == [
            {"error_rate": CounterDelta(3, 3, (0,), (0,))},
            {"error_rate": CounterDelta(9, 9, (2,), (0,))},
        ]


def test_what_is_only_shown_is_counted_at_every_weight_but_in_the_dark():
    policy = replace(POLICY, shown=(Quantile("p95", 0.95, (10.0,)),))
    counters = {**COUNTERS, "p95": COUNTERS["error_rate"]}
    for weight, counted in ((0, []), (5, [*COUNTERS, "p95"]), (100, ["p95"])):
        assert list(Query(replace(RELEASE, weight=weight), counters, policy).counted) == counted


def test_in_the_dark_nothing_is_counted_and_readiness_is_known():
    seen = read(gateway(weight=(0, 0, 0)), [], release=replace(RELEASE, weight=0))
    assert (seen.weight, seen.ready, seen.missing) == (0, True, {})


def test_no_figures_say_why():
    assert nothing(NOW, "it is down").missing == {GATEWAY: "the gateway gives no figures: it is down"}
