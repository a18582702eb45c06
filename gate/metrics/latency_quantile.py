"""How long the slowest requests take: shown beside the gates, never decided by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sluicegate.gate.metrics.base import FailureCounter, metric
from sluicegate.gate.metrics.slow_requests import SlowRequests
from sluicegate.specs.buckets import LATENCY_MS
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Quantile


@metric
@dataclass(frozen=True)
class LatencyQuantile:
    """The quantile of each track's latency at the gateway, between two of its bucket edges.

    It decides nothing: whether a request is slow is what `slow_requests` judges. As there, a request that is
    not answered with 2xx is slower than every edge.
    """

    quantile: Annotated[float, Field(gt=0, lt=1)]
    """Of the requests, how many take no longer: 0.95."""
    metric: Literal["latency_quantile"] = "latency_quantile"

    def gate(self, model: ModelSpec) -> Quantile:  # noqa: ARG002
        """One of several: each has its percentage in its name."""
        name = f"{self.metric}/p{100 * self.quantile:.6g}"
        return Quantile(name, self.quantile, tuple(map(float, LATENCY_MS)), against="baseline")

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:
        """For each edge, the requests that take longer."""
        slow = (SlowRequests(over_ms=edge, margin=0.5) for edge in LATENCY_MS)  # type: ignore[arg-type]
        return tuple(counter for one in slow for counter in one.failure_counters(model))
