from __future__ import annotations

from dataclasses import replace

from sluicegate.gate.core.judge import harm_alpha
from sluicegate.gate.metrics.base import REQUESTS, Selector
from sluicegate.gate.metrics.error_rate import ErrorRate
from sluicegate.gate.metrics.latency_quantile import LatencyQuantile
from sluicegate.gate.metrics.segments import Segment
from sluicegate.gate.metrics.slow_requests import SlowRequests
from sluicegate.specs.model import ModelSpec, Rollout
from sluicegate.specs.policy import Gate, entries, policy

ERRORS = ErrorRate(0.02, relative=0.1, segments={"region": ("eu", "us", "eu"), "tier": ("gold",)})


def test_each_value_is_a_gate_beside_that_of_all_requests(model: ModelSpec) -> None:
    declared = replace(model, rollout=Rollout(gates=(ERRORS,)))
    names = ["error_rate", "error_rate/region=eu", "error_rate/region=us", "error_rate/tier=gold"]
    found = policy(declared, None)
    assert [gate.name for gate in found.gates] == names
    assert {entry.metric for entry in entries(declared)} == {"error_rate"}
    # Four comparisons and the ceiling of all requests.
    assert harm_alpha(found) == found.alpha / 5


def test_a_segment_has_the_margins_of_the_whole_but_no_ceiling(model: ModelSpec) -> None:
    first, *_ = ERRORS.by_segment()
    assert first.gate(model) == Gate("error_rate/region=eu", 0.02, relative=0.1, series='region="eu"')
    assert ErrorRate(0.02).by_segment() == ()


def test_everything_is_counted_with_its_label(model: ModelSpec) -> None:
    (first,) = SlowRequests(over_ms=50, margin=0.1, segments={"region": ("eu",)}).by_segment()
    (counter,) = first.failure_counters(model)
    assert counter.within == {"region": "eu"}
    assert [selector.equal for selector in (*counter.plus, *counter.minus)] == [{"region": "eu"}] * 2
    (errors,) = Segment(ERRORS, "region", "us").failure_counters(model)
    assert errors.plus == (Selector(REQUESTS, equal={"region": "us"}, unlike={"code": "2.."}),)


def test_what_is_only_shown_is_shown_of_a_segment(model: ModelSpec) -> None:
    shown = Segment(LatencyQuantile(0.9), "region", "eu").gate(model)
    assert shown.name == "latency_quantile/p90/region=eu"
