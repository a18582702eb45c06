from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest
from prometheus_client import CollectorRegistry, Histogram
from pydantic import TypeAdapter

from sluicegate.gate.metrics.base import Selector, either, gates, metric, metrics
from sluicegate.gate.metrics.cost import Cost
from sluicegate.gate.metrics.counter import Counter
from sluicegate.gate.metrics.delayed_labels import DelayedLabels
from sluicegate.gate.metrics.error_rate import ErrorRate
from sluicegate.gate.metrics.input_drift import InputDrift
from sluicegate.gate.metrics.latency_quantile import LatencyQuantile
from sluicegate.gate.metrics.score_drift import ScoreDrift
from sluicegate.gate.metrics.shadow import Shadow
from sluicegate.gate.metrics.slow_requests import SlowRequests


def test_every_file_of_the_package_is_found() -> None:
    assert metrics() == {
        "cost": Cost,
        "counter": Counter,
        "delayed_labels": DelayedLabels,
        "error_rate": ErrorRate,
        "input_drift": InputDrift,
        "latency_quantile": LatencyQuantile,
        "score_drift": ScoreDrift,
        "shadow": Shadow,
        "slow_requests": SlowRequests,
    }


def test_gates_are_told_apart_by_their_metric() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(tuple[gates(), ...])
    text = b'[{"metric": "score_drift", "margin": 0.1}, {"metric": "error_rate", "margin": 0.01}]'
    assert adapter.validate_json(text) == (ScoreDrift(0.1), ErrorRate(0.01))


def test_a_name_is_given_once() -> None:
    @dataclass(frozen=True)
    class Second:
        margin: float
        metric: Literal["error_rate"] = "error_rate"

    @dataclass(frozen=True)
    class Nameless:
        margin: float

    for wrong in (Second, Nameless):
        with pytest.raises(ValueError, match="missing or taken"):
            metric(wrong)


@pytest.mark.parametrize(
    ("selector", "labels", "counts"),
    [
        (Selector("n"), {}, True),
        (Selector("n"), {"code": "500"}, True),
        (Selector("n", equal={"code": "500"}), {"code": "500"}, True),
        (Selector("n", equal={"code": "500"}), {"code": "502"}, False),
        (Selector("n", equal={"code": "500"}), {}, False),
        (Selector("n", like={"shop": either(["de", "a.t"])}), {"shop": "a.t"}, True),
        (Selector("n", like={"shop": either(["de", "a.t"])}), {"shop": "a-t"}, False),
        (Selector("n", like={"shop": either(["de", "a.t"])}), {}, False),
        (Selector("n", unlike={"code": "2.."}), {"code": "200"}, False),
        (Selector("n", unlike={"code": "2.."}), {"code": "2000"}, True),
        (Selector("n", unlike={"code": "2.."}), {"code": "504"}, True),
        (Selector("n", unlike={"code": "2.."}), {}, True),
        (Selector("n", le=1.0), {"le": "1"}, True),
        (Selector("n", le=1.0), {"le": "1.0"}, True),
        (Selector("n", le=0.05), {"le": "5e-2"}, True),
        (Selector("n", le=0.05), {"le": "0.5"}, False),
        (Selector("n", le=0.05), {"le": "+Inf"}, False),
        (Selector("n", le=0.05), {"le": "nonsense"}, False),
        (Selector("n", le=0.05), {}, False),
    ],
)
def test_which_samples_a_selector_takes(selector: Selector, labels: dict[str, str], counts: bool) -> None:
    assert selector.matches("n", labels) is counts
    assert not selector.matches("other", labels)


def test_an_edge_finds_its_bucket_in_what_prometheus_client_writes() -> None:
    registry = CollectorRegistry()
    edges = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]
    Histogram("seconds", "", buckets=edges, registry=registry).observe(0.03)
    samples = [sample for family in registry.collect() for sample in family.samples]
    for edge in edges:
        found = [s.value for s in samples if Selector("seconds_bucket", le=edge).matches(s.name, s.labels)]
        assert found == [1.0 if edge >= 0.03 else 0.0]
