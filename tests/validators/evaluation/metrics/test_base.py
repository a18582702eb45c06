"""What holds for every metric."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.judged import (
    binary,
    classes,
    documents,
    embeddings,
    label_sets,
    metric,
    numbers,
    pictures,
    queries,
    resampled,
    tagged,
)

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics.base import Comparison, metrics
from sluicegate.validators.evaluation.metrics.base import metric as register

DRAWS = {
    "binary-classification": binary,
    "multiclass-classification": classes,
    "multi-label": label_sets,
    "regression": numbers,
    "ranking": queries,
    "retrieval": embeddings,
    "token-tagging": tagged,
    "language-model": documents,
    "detection": pictures,
}
PARAMETERS = {"precision_at_k": {"k": 50}, "top_k_accuracy": {"k": 2}, "hit_rate": {"k": 2}}
ALL = [
    pytest.param(metric(name, **PARAMETERS.get(name, {})), draw, id=f"{name}-{task}")
    for name, declared in metrics().items()
    for task, draw in DRAWS.items()
    if task in declared.tasks
]
OF_ONE = [case for case in ALL if not case.values[0].needs_production]


def drawn(draw, units=450):
    return draw(np.random.default_rng(5), units)


def units_of(judged):
    """The rows of each independent unit."""
    if judged.groups is None:
        return list(np.arange(len(judged))[:, None])
    return np.split(np.arange(len(judged)), np.flatnonzero(np.diff(judged.groups)) + 1)


def found(judge, candidate, production):
    """Each estimate that there is of them."""
    if isinstance(judge, Comparison):
        return [judge.between(candidate, production)]
    return [judge.estimate(candidate), judge.difference(candidate, production)]


@pytest.mark.parametrize(("judge", "draw"), ALL)
def test_the_value_lies_within_its_interval(judge, draw):
    for estimate in found(judge, *drawn(draw)):
        assert estimate.lower < estimate.value < estimate.upper


@pytest.mark.parametrize(("judge", "draw"), [case for case in OF_ONE if case.values[1] is not embeddings])
def test_the_intervals_are_as_wide_as_drawing_units_again_says(judge, draw):
    pair = drawn(draw)
    deviations = resampled(judge, pair, units_of(pair[0]), times=100)
    tolerance = 0.5 if judge.metric == "calibration_error" else 0.3
    for estimate, deviation in zip(found(judge, *pair), deviations, strict=True):
        assert (estimate.upper - estimate.lower) / 3.92 == pytest.approx(deviation, rel=tolerance)


@pytest.mark.parametrize(("judge", "draw"), OF_ONE)
def test_a_model_does_not_differ_from_itself(judge, draw):
    one, _ = drawn(draw)
    gap = judge.difference(one, replace(one))
    assert gap.value == 0
    assert gap.lower <= 0 <= gap.upper
    assert gap.upper < 0.05


@pytest.mark.parametrize(("judge", "draw"), OF_ONE)
def test_the_difference_has_the_sign_of_candidate_less_production(judge, draw):
    one, other = drawn(draw)
    gap = judge.difference(one, other)
    back = judge.difference(other, one)
    assert (back.value, back.lower, back.upper) == pytest.approx(
        (-gap.value, -gap.upper, -gap.lower), abs=0.02
    )
    if judge.metric != "bias":
        assert gap.value == pytest.approx(judge.estimate(one).value - judge.estimate(other).value)


@pytest.mark.parametrize(("judge", "draw"), ALL)
def test_a_higher_confidence_gives_a_wider_interval(judge, draw):
    one, other = drawn(draw)
    if judge.needs_production:
        narrow, wide = (judge.between(one, other, level) for level in (0.95, 0.999))
    else:
        narrow, wide = (judge.difference(one, other, level) for level in (0.95, 0.999))
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


@pytest.mark.parametrize(("judge", "draw"), ALL)
def test_answers_that_are_not_numbers_show_nothing_and_are_counted(judge, draw):
    one, other = drawn(draw)
    for name in set(judge.uses) - {"groups"}:
        answers = getattr(one, name).astype(np.float64)
        answers[[3, 7]] = np.nan
        with pytest.raises(Undefined, match=f"2 of {len(one):,} rows have {name} that are not finite"):
            found(judge, replace(one, **{name: answers}), other)


@pytest.mark.parametrize(("judge", "draw"), ALL)
def test_answers_that_are_missing_show_nothing(judge, draw):
    one, other = drawn(draw)
    for name in judge.uses:
        with pytest.raises(Undefined, match="needs"):
            found(judge, replace(one, **{name: None}), other)


@pytest.mark.parametrize(("judge", "draw"), ALL)
def test_too_few_rows_show_nothing_and_are_counted(judge, draw):
    one, other = (model.at(np.arange(9)) for model in drawn(draw))
    with pytest.raises(Undefined, match=r"needs .*(\d|none|no row)"):
        found(judge, one, other)


@pytest.mark.parametrize("name", sorted(metrics()))
def test_a_metric_says_what_it_is_and_where_its_interval_is_from(name):
    declared = metrics()[name]
    assert declared.title().endswith((".", ":")) or "scikit-learn" in declared.title()
    assert "Interval:" in declared.explanation()
    assert declared.tasks and set(declared.tasks) <= {*DRAWS, "forecasting"}
    assert set(declared.uses) <= {"scores", "decisions", "values", "groups"}


def test_what_needs_production_is_a_comparison_and_nothing_else_is():
    assert {"cosine_to_production", "neighbour_overlap"} <= {
        name for name, declared in metrics().items() if issubclass(declared, Comparison)
    }
    for declared in metrics().values():
        assert declared.needs_production == issubclass(declared, Comparison)


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(ValueError, match="'mae' is missing or taken"):
        register(metrics()["mae"])


def test_a_metric_is_named_with_its_parameters():
    assert metric("ndcg", k=3).named == "ndcg (k 3)"
    assert metric("recall").named == "recall"
    assert metric("recall", average="macro").named == "recall (average macro)"
