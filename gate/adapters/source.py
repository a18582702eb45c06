"""From the series of a source to a Reading: the same for every source of figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import numpy as np

from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.release_counters import counters
from sluicegate.gate.adapters.samples import READY, WEIGHT, NoData, Samples
from sluicegate.gate.adapters.units import first_requests
from sluicegate.gate.adapters.windows import windows_of
from sluicegate.gate.core.decision import GATEWAY, Reading
from sluicegate.specs.release import Release


class Source(Protocol):
    """Where the gate gets its figures."""

    def read(self, queries: Sequence[Query], now: datetime) -> list[Reading]:
        """The figures of running releases, one reading a query, in their order.

        Never raises for what the source answers or fails to answer.
        """


def nothing(now: datetime, why: NoData | str) -> Reading:
    """The reading of a source that gives no figures."""
    return Reading(now, None, False, missing={GATEWAY: f"the gateway gives no figures: {why}"})


def reading(query: Query, figures: Figures, now: datetime, clock: datetime | None = None) -> Reading:
    """The reading of one release; whatever is not known is in `missing`, and proves nothing.

    `clock`: the present by the source's own clock, where it has one.
    """
    weight: int | None = None
    ready = False
    try:
        gateway = figures.of_gateway(query)
        weight, ready = _weight_and_readiness(gateway, query.release)
        if query.policy.unit is not None:
            figures = replace(figures, gateway=first_requests(figures.gateway, query.policy.unit))
        from_here = _in_effect(query, figures, gateway)
        found = windows_of(counters(query, from_here), query.policy.window.total_seconds())
    except NoData as error:
        why = f"the gateway gives no figures: {error}"
        return Reading(now, weight, ready, missing={GATEWAY: why}, clock=clock)
    missing = dict(found.missing)
    if "gateway" in figures.problems:
        missing[GATEWAY] = f"the gateway gives no figures: {figures.problems['gateway']}"
        weight, ready = None, False
    return Reading(
        now, weight, ready, found.windows, missing, found.reset, coverage=found.coverage, clock=clock
    )


def _weight_and_readiness(gateway: Samples, release: Release) -> tuple[int | None, bool]:
    """The canary's percent, None where the gateway has no such track; whether every replica sees it ready.

    So must a baseline be: one that fails its requests would make the canary look good. Raises NoData.
    """
    weights = gateway.gauge(WEIGHT, track="canary")
    if len(weights) > 1:
        listed = ", ".join(f"{weight:g}" for weight in weights)
        raise NoData(f"its replicas disagree about the weight: {listed}")
    if weights and weights[0] not in range(101):
        raise NoData(f"{WEIGHT} is {weights[0]}, which is not a whole percentage")
    weight = int(weights[0]) if weights else None
    if release.canary is None:
        return weight, False
    fresh = {"canary": release.canary}
    if release.baseline and release.stable is not None:
        fresh["baseline"] = release.stable
    ready = [gateway.gauge(READY, track=track, digest=of.digest) == [1.0] for track, of in fresh.items()]
    return weight, all(ready)


def _in_effect(query: Query, figures: Figures, gateway: Samples) -> Figures:
    """The figures of the moments at which the committed weight has been in effect without a break."""
    moments = figures.moments
    wrong = np.zeros(len(moments), dtype=bool)
    if query.since is not None:
        wrong = moments < query.since.timestamp()
    else:
        series = gateway.named(WEIGHT, track="canary")
        known = np.zeros(len(moments), dtype=bool)
        for one in series:
            wrong |= ~np.isnan(one.values) & (one.values != query.release.weight)
            known |= ~np.isnan(one.values)
        # Where no replica tells, as while none was scraped, the weight may have been another one.
        wrong |= ~known
    late = np.flatnonzero(wrong)
    return figures.later(int(late[-1]) + 1 if len(late) else 0)
