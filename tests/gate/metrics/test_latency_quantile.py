from __future__ import annotations

from sluicegate.gate.metrics.latency_quantile import LatencyQuantile
from sluicegate.gate.metrics.slow_requests import SlowRequests
from sluicegate.specs.buckets import LATENCY_MS
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Quantile


def test_each_quantile_has_a_name_of_its_own(model: ModelSpec) -> None:
    edges = tuple(float(edge) for edge in LATENCY_MS)
    assert LatencyQuantile(0.95).gate(model) == Quantile("latency_quantile/p95", 0.95, edges, "baseline")
    assert LatencyQuantile(0.999).gate(model).name == "latency_quantile/p99.9"


def test_over_an_edge_is_what_slow_requests_calls_slow(model: ModelSpec) -> None:
    counters = LatencyQuantile(0.95).failure_counters(model)
    slow = [SlowRequests(over_ms=edge, margin=0.1).failure_counters(model) for edge in LATENCY_MS]  # type: ignore[arg-type]
    assert [(counter,) for counter in counters] == slow
