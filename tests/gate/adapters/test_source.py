"""From series in memory to a reading; each source has its own tests, and so has the arithmetic of windows."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from support.releases import V1, V2
from support.series import series

from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.resets import Starts
from sluicegate.gate.adapters.samples import READY, START, WEIGHT, NoData, Series
from sluicegate.gate.adapters.source import nothing, reading
from sluicegate.gate.core.decision import GATEWAY, Reading
from sluicegate.gate.metrics.base import (
    ANSWERED,
    FIRST_REQUESTS,
    PAIRS,
    REQUESTS,
    SCORE,
    WITHIN,
    FailureCounter,
    Selector,
)
from sluicegate.gate.metrics.error_rate import ErrorRate
from sluicegate.specs.policy import Cost, Gate, Policy, Quantile
from sluicegate.specs.release import CounterDelta, Release, Step, Traffic

NOW = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
RELEASE = Release("m", "production", stable=V1, canary=V2, weight=5)
COUNTERS = {
    "error_rate": (FailureCounter("gateway", (Selector(REQUESTS, unlike={"code": "2.."}),)),),
    "score_drift": (
        FailureCounter("server", (Selector(f"{SCORE}_count"),), (Selector(f"{SCORE}_bucket", le=0.5),)),
    ),
}
POLICY = Policy(
    (5, 100), tuple(Gate(name, 0.01) for name in COUNTERS), window=timedelta(seconds=10), warmup_requests=0
)
Values = Sequence[float | None]


def gateway(
    canary: Values = (9, 12, 19), stable: Values = (90, 190, 290), weight: Values = (5, 5, 5), **more: Values
) -> list[Series]:
    return [
        series(WEIGHT, list(weight), model="m", track="canary"),
        series(READY, [1.0] * len(canary), model="m", track="canary", digest=V2.digest),
        series(REQUESTS, list(canary), model="m", track="canary", code="200"),
        series(REQUESTS, list(stable), model="m", track="stable", code="200"),
        *(series(REQUESTS, list(v), model="m", track="canary", code=code[1:]) for code, v in more.items()),
    ]


def servers(
    canary: Values = (20, 23, 30), stable: Values = (80, 180, 280), scores: bool = True
) -> list[Series]:
    found = []
    for track, version, values in (("canary", V2, canary), ("stable", V1, stable)):
        labels = {"model": "m", "track": track, "digest": version.digest, "job": track}
        found.append(series(ANSWERED, list(values), code="200", **labels))
        if scores:
            found.append(series(f"{SCORE}_count", list(values), **labels))
            found.append(series(f"{SCORE}_bucket", list(values), le="0.5", **labels))
    return found


def read(own: list[Series] | None = None, of_servers: list[Series] | None = None, **more: Any) -> Reading:
    own = gateway() if own is None else own
    of_servers = servers() if of_servers is None else of_servers
    moments = NOW.timestamp() + 10 * np.arange(len(own[0].values))
    query = Query(more.pop("release", RELEASE), COUNTERS, more.pop("policy", POLICY), more.pop("since", None))
    counters = [one for one in own if one.name not in (WEIGHT, READY)]
    return reading(query, Figures(moments, own, of_servers, counters, **more), NOW)


def canary_of(seen: Reading, gate: str = "error_rate") -> list[int | None]:
    return [window.tallies[gate].canary if gate in window.tallies else None for window in seen.windows]


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
    assert [window.warming for window in read(of_servers=[*servers(), new]).windows] == [True, False]


def test_without_counters_of_pods_the_canarys_requests_since_the_release_began_tell():
    policy = replace(POLICY, warmup_requests=5)
    seen = read(of_servers=[], policy=policy)
    assert [window.warming for window in seen.windows] == [True, True]
    before = replace(RELEASE, counts=(Step(1, Traffic(3, 0), {}),))
    seen = read(of_servers=[], policy=policy, release=before)
    assert [window.warming for window in seen.windows] == [True, False]


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


def in_regions(**canary: Values) -> list[Series]:
    """The gateway's, each track's requests by region, those of stable 100 a window in each."""
    own = [one for one in gateway() if one.name != REQUESTS]
    for region, values in canary.items():
        own.append(series(REQUESTS, list(values), model="m", track="canary", code="500", region=region))
    for region in ("eu", "us"):
        labels = {"model": "m", "track": "stable", "code": "200", "region": region}
        own.append(series(REQUESTS, [0, 100, 200], **labels))
    return own


def read_segment(own: list[Series], region: str = "eu") -> Reading:
    entry = ErrorRate(0.01, segments={"region": (region,)})
    (segment,) = entry.by_segment()
    name = f"error_rate/region={region}"
    query = Query(RELEASE, {name: segment.failure_counters(None)}, replace(POLICY, gates=(Gate(name, 0.01),)))  # type: ignore[arg-type]
    moments = NOW.timestamp() + 10 * np.arange(3)
    return reading(query, Figures(moments, own, servers(), own[2:]), NOW)


def test_a_segment_is_counted_by_itself():
    seen = read_segment(in_regions(eu=(0, 5, 9), us=(0, 50, 90)))
    assert seen.missing == {}
    assert [window.traffic for window in seen.windows] == [Traffic(55, 200), Traffic(44, 200)]
    assert [window.tallies["error_rate/region=eu"] for window in seen.windows] == [
        CounterDelta(105, 5, (5,), (0,)),
        CounterDelta(104, 4, (4,), (0,)),
    ]


def test_a_segment_that_has_not_come_yet_has_no_requests():
    seen = read_segment(in_regions(us=(0, 50, 90)))
    assert seen.missing == {}
    assert seen.windows[0].tallies["error_rate/region=eu"] == CounterDelta(100, 0, (0,), (0,))


def test_a_label_that_no_series_carries_is_missing():
    seen = read_segment(gateway())
    assert seen.missing["error_rate/region=eu"].startswith(f"no series of {REQUESTS} has the label region")
    assert all(not window.tallies for window in seen.windows)


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


SHADOW = {
    "shadow": (FailureCounter("shadow", (Selector(PAIRS),), (Selector(WITHIN, equal={"limit": "0.001"}),)),)
}


def pairs(
    number: Values = (100, 200, 300), within: Values = (100, 199, 296), digest: str = V2.digest, **labels: str
) -> list[Series]:
    """What whoever compares answers counts about one canary."""
    known = {"model": "m", "track": "canary", "digest": digest, **labels}
    return [
        series(PAIRS, list(number), **known),
        series(WITHIN, list(within), measure="absolute", limit="0.001", **known),
        series(WITHIN, list(number), measure="absolute", limit="1", **known),
    ]


def read_pairs(*found: Series, weight: int = 0, at_gateway: bool = False, **more: Any) -> Reading:
    """A reading of the dark canary, or of one with traffic."""
    own = gateway(canary=(0, 0, 0), weight=(weight,) * 3)
    own += found if at_gateway else ()
    query = Query(
        replace(RELEASE, weight=weight),
        SHADOW,
        replace(POLICY, gates=(Gate("shadow", 0.01, paired=True),)),
    )
    counters = [one for one in own if one.name not in (WEIGHT, READY)]
    moments = NOW.timestamp() + 10 * np.arange(3)
    of_servers = servers(canary=(0, 0, 0)) + list(() if at_gateway else found)
    return reading(query, Figures(moments, own, of_servers, counters, **more), NOW)


def test_pairs_are_the_canarys_wherever_they_are_counted_and_in_the_dark_as_well():
    for weight in (0, 5):
        for at_gateway in (True, False):
            seen = read_pairs(*pairs(), weight=weight, at_gateway=at_gateway)
            assert (seen.missing, seen.weight) == ({}, weight)
            tallies = [window.tallies["shadow"] for window in seen.windows]
            assert tallies == [CounterDelta(100, 100, (1,), (0,)), CounterDelta(100, 100, (3,), (0,))]


def test_the_pairs_of_several_processes_are_added_up():
    seen = read_pairs(*pairs(instance="a"), *pairs(instance="b"))
    assert [window.tallies["shadow"].canary for window in seen.windows] == [200, 200]


def test_pairs_of_another_artifact_are_none_of_this_canarys():
    seen = read_pairs(*pairs(digest=V1.digest))
    assert "sluice_shadow_pairs_total is not there for this canary" in seen.missing["shadow"]
    assert all("shadow" not in window.tallies for window in seen.windows)


def test_a_limit_that_nobody_counted_at_is_no_data():
    seen = read_pairs(*pairs()[:1])
    assert "sluice_shadow_within_total is not there for the track canary" in seen.missing["shadow"]


def test_what_compares_answers_may_restart_without_a_pair_counting_twice():
    seen = read_pairs(*pairs(number=(100, 5, 25), within=(100, 5, 25)))
    assert ["shadow" in window.tallies for window in seen.windows] == [False, True]
    assert seen.windows[1].tallies["shadow"] == CounterDelta(20, 20, (0,), (0,))


def test_a_restart_is_known_though_the_counters_have_grown_beyond_what_they_were():
    starts = Starts({("shadow", "a"): np.array([1.0, 2.0, 2.0])})
    seen = read_pairs(*pairs(job="shadow", instance="a"), starts=starts)
    assert ["shadow" in window.tallies for window in seen.windows] == [False, True]


def test_more_equal_pairs_than_pairs_are_no_data():
    seen = read_pairs(*pairs(within=(100, 200, 301)))
    assert "less in all than in a part" in seen.missing["shadow"]


BESIDE = replace(RELEASE, baseline=True)
LATENCY = replace(POLICY, gates=(POLICY.gates[0], Gate("slow", 0.01, against="baseline")))
SLOW = {**COUNTERS, "slow": COUNTERS["error_rate"]}


def beside(baseline: Values = (0, 4, 10), ready: float = 1.0) -> list[Series]:
    return [
        *gateway(x500=(0, 1, 1)),
        series(READY, [ready] * 3, model="m", track="baseline", digest=V1.digest),
        series(REQUESTS, list(baseline), model="m", track="baseline", code="200"),
        series(REQUESTS, [0, 2, 2], model="m", track="baseline", code="500"),
    ]


def read_beside(own: list[Series]) -> Reading:
    moments = NOW.timestamp() + 10 * np.arange(3)
    counters = [one for one in own if one.name not in (WEIGHT, READY)]
    query = Query(BESIDE, SLOW, replace(LATENCY, gates=LATENCY.gates))
    return reading(query, Figures(moments, own, servers(), counters), NOW)


def test_a_baseline_is_a_part_of_stable_and_all_that_latency_is_compared_with():
    seen = read_beside(beside())
    assert [window.traffic for window in seen.windows] == [Traffic(4, 106, 6), Traffic(7, 106, 6)]
    assert seen.windows[0].tallies == {
        "error_rate": CounterDelta(110, 4, (1,), (2,)),
        "slow": CounterDelta(10, 4, (1,), (2,)),
    }
    assert (seen.ready, seen.missing) == (True, {})


def test_without_a_ready_baseline_nothing_is_ready():
    assert not read_beside(beside(ready=0.0)).ready


SPENT = Selector("cpu_seconds_total", scale=1e6)
COST = Cost("cost/cpu_seconds", "cpu_seconds", "cpu of answers")


def of_cost(canary: Values = (1.5, 1.75, 2.0), tracks: tuple[str, ...] = ("canary", "stable")) -> Reading:
    """A counter of seconds at the servers, without a digest; stable's goes from 10 to 30."""
    values = {"canary": canary, "stable": (10.0, 20.0, 30.0)}
    spent = [series("cpu_seconds_total", list(values[t]), model="m", track=t) for t in tracks]
    answers = Selector(ANSWERED, equal={"code": "200"})
    counters = {COST.name: (FailureCounter("server", (SPENT,), of=answers),)}
    policy = replace(POLICY, gates=(), costs=(COST,))
    moments = NOW.timestamp() + 10 * np.arange(3)
    figures = Figures(moments, gateway(), [*servers(), *spent])
    return reading(Query(RELEASE, counters, policy), figures, NOW)


def test_seconds_are_counted_in_microseconds_of_the_answers_that_they_were_spent_on():
    assert [window.tallies[COST.name] for window in of_cost().windows] == [
        CounterDelta(103, 3, (250_000,), (10_000_000,)),
        CounterDelta(107, 7, (250_000,), (10_000_000,)),
    ]


def test_seconds_that_went_back_cost_their_window_though_the_series_has_no_digest():
    seen = of_cost((1.5, 0.5, 2.0))
    assert [COST.name in window.tallies for window in seen.windows] == [False, True]


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_seconds_that_no_counter_can_have_show_nothing(value: float):
    seen = of_cost((1.5, 1.75, value))
    assert "which a counter of requests cannot be" in seen.missing[COST.name]


def test_seconds_of_one_track_alone_show_nothing():
    seen = of_cost(tracks=("stable",))
    assert seen.missing[COST.name] == "cpu_seconds_total is not there for the track canary"


# --- users ---

BY_USER = replace(POLICY, unit="X-User-Id", gates=(Gate("error_rate", 0.01),))


def first(canary: Values, stable: Values, failed: Values) -> list[Series]:
    return [
        series(FIRST_REQUESTS, list(canary), model="m", track="canary", code="200"),
        series(FIRST_REQUESTS, list(failed), model="m", track="canary", code="500"),
        series(FIRST_REQUESTS, list(stable), model="m", track="stable", code="200"),
    ]


def test_with_a_unit_the_first_requests_alone_count():
    users = first(canary=(1, 2, 4), stable=(20, 40, 60), failed=(0, 1, 1))
    seen = read([*gateway(x500=(None, 3, 9)), *users], policy=BY_USER)
    assert [window.traffic for window in seen.windows] == [Traffic(2, 20), Traffic(2, 20)]
    assert [window.tallies["error_rate"] for window in seen.windows] == [
        CounterDelta(22, 2, (1,), (0,)),
        CounterDelta(22, 2, (0,), (0,)),
    ]


def test_a_gateway_that_counts_no_users_tells_its_weight_and_no_figures():
    seen = read(policy=BY_USER)
    assert (seen.weight, seen.ready, seen.windows) == (5, True, ())
    assert "users are not counted by X-User-Id" in seen.missing[GATEWAY]


def test_where_more_users_came_than_are_remembered_there_are_no_figures_any_more():
    users = first(canary=(1, 2, None), stable=(20, 40, None), failed=(0, 1, None))
    seen = read([*gateway(), *users], policy=BY_USER)
    assert GATEWAY in seen.missing


def test_with_a_unit_a_source_is_asked_for_the_first_requests_as_well():
    names = Query(RELEASE, COUNTERS, BY_USER).sample_names
    assert {REQUESTS, FIRST_REQUESTS} <= names
    assert FIRST_REQUESTS not in Query(RELEASE, COUNTERS, POLICY).sample_names
