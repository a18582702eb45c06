"""Figures from the metrics, weight and readiness from the cluster: one reading."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sluicegate.gate.adapters.cluster import Cluster, Sight
from sluicegate.gate.adapters.source import FailureCounters, Source
from sluicegate.gate.core.counting import TRAFFIC
from sluicegate.gate.core.decision import Reading
from sluicegate.specs.release import Release

GRANULARITY = timedelta(seconds=1)
"""Kubernetes tells moments in whole seconds, cut off."""
SETTLE = timedelta(seconds=5)
"""How long a gateway may take from accepting a route to sending by it (Traefik: 2 s between two reloads)."""


@dataclass(frozen=True)
class Combined:
    """A source of figures, and the cluster that they come from."""

    figures: Source
    cluster: Cluster
    settle: timedelta = SETTLE

    def read(self, release: Release, bads: FailureCounters, now: datetime) -> Reading:
        """See `sluicegate.gate.adapters.source.Source`."""
        # The figures first: what the cluster then says to hold since before them did hold for all of them.
        seen = self.figures.read(release, bads, now)
        return self._in_effect(release, seen, self.cluster.read(release))

    def _in_effect(self, release: Release, seen: Reading, sight: Sight) -> Reading:
        problems = seen.problems + sight.problems
        found = replace(seen, weight=sight.weight, ready=sight.ready, synced=sight.synced, problems=problems)
        if sight.weight is None or sight.since is None:
            return replace(found, weight=None)
        begins = sight.since + GRANULARITY + self.settle
        if seen.at < begins:
            why = f"the weight is in effect since {begins.isoformat()}, the figures are older; wait"
            return replace(found, weight=None, problems=(*problems, why))
        if release.baseline is not None and release.baseline.at < sight.since:
            why = f"the route was changed at {sight.since.isoformat()}, after counting had begun"
            return replace(found, restarted={**found.restarted, TRAFFIC: why})
        return found
