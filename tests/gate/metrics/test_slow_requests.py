from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Histogram

from sluicegate.gate.metrics.slow_requests import SlowRequests
from sluicegate.specs.buckets import LATENCY_MS
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Gate


@pytest.mark.parametrize("over_ms", LATENCY_MS)
def test_a_failure_is_what_was_not_answered_well_within_the_bound(over_ms: int, model: ModelSpec) -> None:
    registry = CollectorRegistry()
    histogram = Histogram(
        "sluice_gateway_request_duration_seconds",
        "",
        ["code"],
        buckets=[ms / 1000 for ms in LATENCY_MS],
        registry=registry,
    )
    for milliseconds in (1, over_ms, over_ms + 1, 5000):
        histogram.labels("200").observe(milliseconds / 1000)
    histogram.labels("502").observe(0.0001)
    (failures,) = SlowRequests(over_ms, 0.02).failure_counters(model)  # type: ignore[arg-type]
    samples = [sample for family in registry.collect() for sample in family.samples]
    total = sum(s.value for s in samples for one in failures.plus if one.matches(s.name, s.labels))
    within = sum(s.value for s in samples for one in failures.minus if one.matches(s.name, s.labels))
    assert (failures.at, total, total - within) == ("gateway", 5, 3)


def test_one_sided_with_the_declared_margin(model: ModelSpec) -> None:
    assert SlowRequests(50, 0.02).gate(model).parameters == {"over_ms": (50.0,)}
    assert SlowRequests(50, 0.02).gate(model) == Gate(
        "slow_requests", 0.02, two_sided=False, kinds=1, against="baseline"
    )


def test_it_compares_from_the_declared_weight_on(model: ModelSpec) -> None:
    assert SlowRequests(50, 0.02).gate(model).from_weight == 1
    assert SlowRequests(50, 0.02, from_weight=5).gate(model).from_weight == 5
