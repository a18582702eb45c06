"""One reading of two sources: figures from metrics, weight and readiness from the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sluicegate.gate.adapters.cluster import Cluster, ReleaseStatus
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.source import Source
from sluicegate.gate.core.counting import counted_now
from sluicegate.gate.core.decision import Reading

GRANULARITY = timedelta(seconds=1)
"""Kubernetes cuts its timestamps off to whole seconds."""
SETTLE = timedelta(seconds=5)
"""How long a gateway may take to route by what it has accepted (Traefik: 2 s between two reloads)."""
AT_ONCE = 8
"""Releases whose cluster is asked at a time."""


@dataclass(frozen=True)
class Combined:
    """A source of figures, and the cluster that they are about."""

    figures: Source
    cluster: Cluster
    settle: timedelta = SETTLE

    def read(self, queries: Sequence[Query], now: datetime) -> list[Reading]:
        """See `sluicegate.gate.adapters.source.Source`.

        The cluster comes first: windows begin where the weight is in effect, by the cluster's own clock.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = list(pool.map(lambda query: self.cluster.read(query.release), queries))
        asked = [self._from(query, status) for query, status in zip(queries, statuses, strict=True)]
        answers = self.figures.read(asked, now)
        return [
            _with_status(
                answer if _counts(query, status) else Reading(now, None, False, clock=answer.clock), status
            )
            for query, status, answer in zip(queries, statuses, answers, strict=True)
        ]

    def _from(self, query: Query, status: ReleaseStatus) -> Query:
        """The query with the moment from which windows count; where none do, only the clock is wanted."""
        if status.since is None or not _counts(query, status):
            return query
        return replace(query, since=status.since + GRANULARITY + self.settle)


def _counts(query: Query, status: ReleaseStatus) -> bool:
    """Whether the committed weight is in effect, and something is counted at it."""
    weight = query.release.weight
    counts = weight > 0 or bool(counted_now(query.policy, query.release))
    return counts and status.weight == weight and status.since is not None


def _with_status(figures: Reading, status: ReleaseStatus) -> Reading:
    return replace(
        figures,
        weight=status.weight if status.since is not None else None,
        ready=status.ready,
        synced=status.synced,
        problems=figures.problems + status.problems,
    )
