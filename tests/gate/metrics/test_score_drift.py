from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry, Histogram

from sluicegate.gate.metrics.score_drift import ScoreDrift
from sluicegate.specs.model import ModelSpec, Unit
from sluicegate.specs.policy import Gate
from sluicegate.specs.yamlio import InputError


def test_each_edge_counts_the_scores_above_it(model: ModelSpec) -> None:
    registry = CollectorRegistry()
    histogram = Histogram("sluice_server_score", "", buckets=(0.25, 0.5, 0.75), registry=registry)
    for score in (0.1, 0.25, 0.3, 0.5001, 0.9, 0.95):
        histogram.observe(score)
    samples = [sample for family in registry.collect() for sample in family.samples]
    above = []
    for failures in ScoreDrift(0.1).failure_counters(model):
        assert failures.at == "server"
        total = sum(s.value for s in samples for one in failures.plus if one.matches(s.name, s.labels))
        above.append(
            total - sum(s.value for s in samples for one in failures.minus if one.matches(s.name, s.labels))
        )
    assert above == [4, 3, 2]


def test_two_sided_with_a_kind_for_each_edge(model: ModelSpec) -> None:
    assert ScoreDrift(0.1).gate(model).parameters == {"edges": (0.25, 0.5, 0.75)}
    assert ScoreDrift(0.1).gate(model) == Gate("score_drift", 0.1, two_sided=True, kinds=3)


def test_a_model_without_a_score_is_a_named_error(model: ModelSpec) -> None:
    for ask in (ScoreDrift(0.1).gate, ScoreDrift(0.1).failure_counters):
        with pytest.raises(InputError, match=r"the model declares none; declare spec\.score"):
            ask(replace(model, score=None))


def test_where_users_are_counted_it_is_refused_by_name(model: ModelSpec) -> None:
    by_user = replace(model, rollout=replace(model.rollout, unit=Unit("X-User-Id")))
    with pytest.raises(InputError, match="leave out score_drift, or unit"):
        ScoreDrift(0.1).gate(by_user)
