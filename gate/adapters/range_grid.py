"""The moments of a range query: multiples of one step, so that each look has the same."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sluicegate.gate.adapters.history import MOST
from sluicegate.gate.adapters.query import Query

AHEAD_SECONDS = 3600.0
"""How far back is asked where the gate's clock was ahead when it committed the weight."""


def since_of(query: Query, present: float) -> float | None:
    """Since when the step can have been in effect; None where the clocks that noted it were ahead.

    The later of what the cluster says and what was committed: a step that a person begins again changes no
    route.
    """
    noted = [since.timestamp() for since in (query.since, query.release.since) if since is not None]
    return max((since for since in noted if since <= present), default=None)


def step_of(query: Query, present: float) -> float:
    """Seconds between two moments: the window, doubled until there are few enough."""
    since = since_of(query, present)
    elapsed = AHEAD_SECONDS if since is None else present - since
    window = query.policy.window.total_seconds()
    doublings = math.ceil(math.log2(max(elapsed / window / MOST, 1.0)))
    return float(window * 2**doublings)


def by_step(queries: Iterable[Query], present: float) -> dict[float, list[Query]]:
    """The queries that one range query can answer, by its step in seconds."""
    groups: dict[float, list[Query]] = {}
    for query in queries:
        groups.setdefault(step_of(query, present), []).append(query)
    return groups


def grid(queries: Iterable[Query], step: float, present: float) -> dict[str, str]:
    """Start, end and step of the range query: multiples of the step, so that each look has the same."""
    known = [since_of(query, present) for query in queries]
    begins = [present - AHEAD_SECONDS if since is None else since for since in known]
    start = math.floor(min(begins) / step) * step
    end = math.floor(present / step) * step
    return {"start": f"{min(start, end):.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
