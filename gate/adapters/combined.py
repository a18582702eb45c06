"""One reading of two sources: figures from metrics, weight and readiness from the cluster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sluicegate.gate.adapters.cluster import Cluster, ReleaseStatus
from sluicegate.gate.adapters.source import FailureCounters, Source
from sluicegate.gate.core.counting import TRAFFIC
from sluicegate.gate.core.decision import Reading
from sluicegate.specs.release import Release

GRANULARITY = timedelta(seconds=1)
"""Kubernetes cuts its timestamps off to whole seconds."""
SETTLE = timedelta(seconds=5)
"""How long a gateway may take to route by what it has accepted (Traefik: 2 s between two reloads)."""


@dataclass(frozen=True)
class Combined:
    """A source of figures, and the cluster that they are about."""

    figures: Source
    cluster: Cluster
    settle: timedelta = SETTLE

    def read(self, release: Release, failure_counters: FailureCounters, now: datetime) -> Reading:
        """See `sluicegate.gate.adapters.source.Source`."""
        # The figures first: a weight that has been in effect since before them was so for all of them.
        figures = self.figures.read(release, failure_counters, now)
        return self._in_effect(release, figures, self.cluster.read(release))

    def _in_effect(self, release: Release, figures: Reading, status: ReleaseStatus) -> Reading:
        problems = figures.problems + status.problems
        reading = replace(
            figures, weight=status.weight, ready=status.ready, synced=status.synced, problems=problems
        )
        if status.weight is None or status.since is None:
            return replace(reading, weight=None)
        settled = status.since + GRANULARITY + self.settle
        if figures.at < settled:
            problem = f"the weight is in effect since {settled.isoformat()}, the figures are older; wait"
            return replace(reading, weight=None, problems=(*problems, problem))
        if release.baseline is not None and release.baseline.at < status.since:
            reason = f"the route was changed at {status.since.isoformat()}, after counting had begun"
            return replace(reading, restarted={**reading.restarted, TRAFFIC: reason})
        return reading
