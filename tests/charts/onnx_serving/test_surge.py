"""surge: stable's pods go as the canary's come, and come back before the canary's go."""

import math

import pytest

STABLE, CANARY = "flight-delay-v1-11111111", "flight-delay-v2-22222222"


def pods(chart, weight, replicas=4, extra=1, **more):
    """(replicas, wave) by Deployment."""
    surge = {"enabled": True, "maxExtra": extra}
    rendered = chart.render(chart.values(weight=weight, replicas=replicas, surge=surge, **more))
    return {
        one["metadata"]["name"]: (
            one["spec"]["replicas"],
            int(one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]),
        )
        for one in rendered.of("Deployment")
    }


@pytest.mark.parametrize("weight", [0, 1, 5, 24, 25, 26, 50, 75, 99, 100])
@pytest.mark.parametrize(("replicas", "extra"), [(1, 1), (4, 1), (7, 3)])
def test_at_each_weight_both_have_their_share_within_the_limit(chart, weight, replicas, extra):
    found = pods(chart, weight, replicas, extra)
    stable, canary = found[STABLE][0], found[CANARY][0]
    assert canary == max(1, math.ceil(replicas * weight / 100))
    assert stable == max(1, min(math.ceil(replicas * (100 - weight) / 100), replicas + extra - canary))
    assert stable + canary <= replicas + extra


def test_the_canary_grows_first_and_stable_shrinks_last(chart):
    assert {name: wave for name, (_, wave) in pods(chart, 25).items()} == {STABLE: 2, CANARY: 0}


def test_on_the_way_back_stable_grows_first(chart):
    assert pods(chart, None) == {STABLE: (4, 0)}
    assert pods(chart, 0) == {STABLE: (4, 0), CANARY: (1, 2)}


def test_finishing_moves_no_pod(chart):
    (replicas, _) = pods(chart, 100)[CANARY]
    tracks = {"stable": chart.track(2, chart.canary, 100), "canary": None}
    assert pods(chart, None, tracks=tracks) == {CANARY: (replicas, 0)}


def beside_a_baseline(chart, weight):
    return {
        "stable": chart.track(1, chart.stable, 100 - 2 * weight),
        "canary": chart.track(2, chart.canary, weight),
        "baseline": chart.track(1, chart.stable, weight),
    }


@pytest.mark.parametrize("weight", [1, 25, 33])
@pytest.mark.parametrize("replicas", [1, 2, 3, 5, 16])
def test_beside_a_baseline_each_has_its_share_within_the_limit(chart, weight, replicas):
    found = pods(chart, None, replicas=replicas, extra=2, tracks=beside_a_baseline(chart, weight))
    stable, canary, baseline = found[STABLE][0], found[CANARY][0], found[f"{STABLE}-baseline"][0]
    assert canary == baseline == max(1, math.ceil(replicas * weight / 100))
    assert stable >= math.ceil(replicas * (100 - 2 * weight) / 100)
    assert stable == min(math.ceil(replicas * (100 - weight) / 100), replicas + 2 - 2 * canary)
    assert stable + canary + baseline <= replicas + 2


@pytest.mark.parametrize("replicas", [2, 3, 5, 16])
def test_the_end_of_a_baseline_starts_no_pod_of_stable_where_there_is_room(chart, replicas):
    """At 50 % stable's pods are the last to change, and the baseline's traffic is stable's by then."""
    beside = pods(chart, None, replicas=replicas, extra=replicas, tracks=beside_a_baseline(chart, 33))
    assert beside[STABLE][0] >= pods(chart, 50, replicas=replicas, extra=replicas)[STABLE][0]


@pytest.mark.parametrize("replicas", [1, 2, 5])
def test_a_baseline_takes_no_pod_from_a_stable_that_keeps_its_traffic(chart, replicas):
    """With one pod more a stable of two would have one for 98 % of the traffic."""
    message = r"surge\.maxExtra: is 1 beside a baseline"
    with pytest.raises(chart.Refused, match=message):
        pods(chart, None, replicas=replicas, extra=1, tracks=beside_a_baseline(chart, 1))


def test_without_it_stable_keeps_all_and_nothing_waits_for_the_route(chart):
    rendered = chart.render(chart.values(weight=50, replicas=4))
    assert rendered[f"Deployment/{STABLE}"]["spec"]["replicas"] == 4
    waves = {
        one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] for one in rendered.of("Deployment")
    }
    assert waves == {"0"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"autoscaling": {"kind": "hpa"}}, r"surge\.enabled: is true with autoscaling\.kind hpa"),
        ({"engine": "kserve", "traffic": "kserve"}, r"surge\.enabled: is true with engine kserve"),
    ],
)
def test_what_sets_pods_by_itself_is_refused(chart, more, message):
    with pytest.raises(chart.Refused, match=message):
        pods(chart, 25, **more)
