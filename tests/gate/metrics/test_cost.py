"""What answers cost, as a metric: which counters, in which units."""

from __future__ import annotations

import pytest

from sluicegate.gate.metrics.cost import Cost
from sluicegate.gate.metrics.counter import Counted
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Cost as Rule
from sluicegate.specs.yamlio import InputError


def test_without_more_it_is_the_cpu_of_our_servers(model: ModelSpec) -> None:
    assert Cost(at_most=0.5).gate(model) == Rule(
        "cost/cpu_seconds",
        "cpu_seconds",
        'sluice_server_cpu_seconds_total of sluice_server_requests_total{code="200"}',
        at_most=0.5,
    )
    (counter,) = Cost().failure_counters(model)
    assert (counter.at, counter.plus[0].scale, counter.minus) == ("server", 1e6, ())
    assert counter.of is not None and counter.of.equal == {"code": "200"}


def test_another_counter_has_its_own_units_and_answers(model: ModelSpec) -> None:
    gpu = Cost("gpu_seconds", Counted("busy_ms_total", {"gpu": "0"}), Counted("good_total"), per_second=1000)
    (counter,) = gpu.failure_counters(model)
    assert (counter.plus[0].sample, counter.plus[0].scale) == ("busy_ms_total", 1000)
    assert counter.of is not None and counter.of.sample == "good_total"
    assert gpu.gate(model).series == 'busy_ms_total{gpu="0"} of good_total, 1000 a second'


def test_the_label_of_the_track_is_set_already(model: ModelSpec) -> None:
    with pytest.raises(InputError, match="the label track is set twice"):
        Cost(of=Counted("x", {"track": "canary"})).gate(model)
