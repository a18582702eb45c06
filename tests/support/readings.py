"""The gateway's and the servers' series of one release, in memory, and the reading that is made of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.samples import READY, WEIGHT, Series
from sluicegate.gate.adapters.source import reading
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import (
    ANSWERED,
    REQUESTS,
    SCORE,
    FailureCounter,
    Selector,
)
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Release
from support.releases import V1, V2
from support.series import series

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
