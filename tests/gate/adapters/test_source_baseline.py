"""From series to a reading: a third track beside the canary."""

from dataclasses import replace

import numpy as np
from support.readings import COUNTERS, NOW, POLICY, RELEASE, Values, gateway, servers
from support.releases import V1
from support.series import series

from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.samples import READY, WEIGHT, Series
from sluicegate.gate.adapters.source import reading
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import (
    REQUESTS,
)
from sluicegate.specs.policy import Gate
from sluicegate.specs.release import CounterDelta, Traffic

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
