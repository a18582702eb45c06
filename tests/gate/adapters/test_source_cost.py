"""From series to a reading: what answers cost."""

import math
from dataclasses import replace

import numpy as np
import pytest
from support.readings import NOW, POLICY, RELEASE, Values, gateway, servers
from support.series import series

from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.source import reading
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import (
    ANSWERED,
    FailureCounter,
    Selector,
)
from sluicegate.specs.policy import Cost
from sluicegate.specs.release import CounterDelta

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
