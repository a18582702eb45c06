"""From series to a reading: pairs of answers to the same request."""

from dataclasses import replace
from typing import Any

import numpy as np
from support.readings import NOW, POLICY, RELEASE, Values, gateway, servers
from support.releases import V1, V2
from support.series import series

from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.resets import Starts
from sluicegate.gate.adapters.samples import READY, WEIGHT, Series
from sluicegate.gate.adapters.source import reading
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import (
    PAIRS,
    WITHIN,
    FailureCounter,
    Selector,
)
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import CounterDelta

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
