"""Predictions whose truth comes later, as a gate: what it counts, what it is called, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sluicegate.gate.metrics.counter import Counted
from sluicegate.gate.metrics.delayed_labels import DelayedLabels
from sluicegate.specs.model import ModelSpec, Unit
from sluicegate.specs.policy import Cohorts, Gate
from sluicegate.specs.strictness import counts_alike
from sluicegate.specs.yamlio import InputError

FRAUD = DelayedLabels(
    predictions=Counted("predictions_total", {"shop": "de"}),
    labelled=Counted("labelled_total"),
    wrong=Counted("wrong_total"),
    delay="24h",
    margin=0.01,
)


def test_a_wrong_prediction_is_the_failure_and_labelled_ones_are_the_units(model: ModelSpec) -> None:
    counted_by = 'predictions_total{shop="de"} by track canary/stable and cohort'
    assert FRAUD.gate(model) == Gate(
        "delayed_labels",
        0.01,
        series=f"wrong_total of labelled_total of {counted_by}",
        cohorts=Cohorts(seconds=3600, delay_seconds=86_400, coverage=0.9),
    )
    (counter,) = replace(FRAUD, model_label="model").failure_counters(model)
    business = counter.business
    assert business is not None and business.cohorts is not None
    counted = (counter.plus[0], business.requests, business.cohorts.predictions)
    assert [one.sample for one in counted] == ["wrong_total", "labelled_total", "predictions_total"]
    assert counted[2].equal == {"shop": "de", "model": "m"}
    assert (counter.at, business.delay_seconds, business.cohorts.label) == ("business", 0, "cohort")


def test_labels_that_are_all_wrong_are_refused(model: ModelSpec) -> None:
    with pytest.raises(InputError, match="labelled and wrong are the same counter"):
        replace(FRAUD, wrong=FRAUD.labelled).gate(model)


@pytest.mark.parametrize(
    "other",
    [
        {"delay": "1h"},
        {"coverage": 0.5},
        {"cohort": "6h"},
        {"cohort_label": "hour"},
        {"wrong": Counted("other_total")},
        {"predictions": Counted("predictions_total")},
        {"baseline": "stable"},
    ],
)
def test_a_version_cannot_bring_other_labels_for_itself(model: ModelSpec, other: dict[str, object]) -> None:
    changed = replace(FRAUD, **other)  # type: ignore[arg-type]
    assert counts_alike(FRAUD.gate(model), replace(FRAUD, margin=0.5).gate(model))
    assert not counts_alike(FRAUD.gate(model), changed.gate(model))


@pytest.mark.parametrize(
    ("other", "where", "message"),
    [
        ({"stable": "canary"}, "stable", "canary and stable have the same value"),
        ({"baseline": "canary"}, "baseline", "canary and baseline have the same value"),
        ({"wrong": Counted("x", {"cohort": "y"})}, "wrong", "the label cohort is set twice"),
        ({"predictions": Counted("x", {"track": "y"})}, "predictions", "the label track is set twice"),
        ({"cohort": "7h"}, "cohort", "a day does not divide into cohorts of 7h"),
    ],
)
def test_what_contradicts_itself_is_refused(
    model: ModelSpec, other: dict[str, object], where: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        replace(FRAUD, **other).gate(model)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    assert (problem.where, problem.message) == (where, message)


def test_the_predictions_of_a_user_are_not_independent(model: ModelSpec) -> None:
    by_user = replace(model, rollout=replace(model.rollout, unit=Unit("X-User-Id")))
    with pytest.raises(InputError, match="leave out delayed_labels, or unit"):
        FRAUD.gate(by_user)


def test_a_baseline_has_a_label_of_its_own_or_that_of_stable(model: ModelSpec) -> None:
    (counter,) = replace(FRAUD, baseline="stable").failure_counters(model)
    assert counter.business is not None
    assert [counter.business.value(track) for track in ("canary", "stable", "baseline")] == [
        "canary",
        "stable",
        "stable",
    ]
