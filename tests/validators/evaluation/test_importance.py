from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance
from sklearn.metrics import roc_auc_score
from support.judged import metric
from support.small_models import LABEL_AND_PROBABILITIES, classifier, decide, model_spec

from sluicegate.specs.model import Tensor
from sluicegate.validators.evaluation.estimates import Estimate
from sluicegate.validators.evaluation.importance import (
    MOST_ROWS,
    Importance,
    importances,
    lists,
    sampled,
)
from sluicegate.validators.evaluation.rows import Rows

AUC = metric("roc_auc")
SPEC = model_spec(outputs=LABEL_AND_PROBABILITIES, decision=decide("probabilities", 1))
"""sigmoid(2 a - b)."""


def sample(count=600, seed=1):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": random.normal(size=count), "b": random.normal(size=count)})
    labels = (2 * frame["a"] - frame["b"] + random.normal(size=count) > 0).to_numpy().astype(np.int64)
    return Rows("rows.csv", frame, labels)


def scores(_, frame):
    """What the small classifier answers, without onnxruntime."""
    return 1 / (1 + np.exp(-(2 * np.asarray(frame["a"]) - np.asarray(frame["b"]))))


def test_the_loss_is_that_of_scikit_learn() -> None:
    rows = sample()
    found, left_out = importances(AUC, [(classifier(), SPEC)], rows, 60)
    theirs = permutation_importance(
        SimpleNamespace(fit=scores),
        rows.frame,
        rows.labels,
        scoring=lambda model, frame, labels: roc_auc_score(labels, scores(model, frame)),
        n_repeats=30,
        random_state=0,
    )
    assert ([one.column for one in found], left_out) == (["a", "b"], [])
    for one, mean, spread in zip(found, theirs.importances_mean, theirs.importances_std, strict=True):
        assert one.candidate.value == pytest.approx(mean, abs=4 * spread)
        assert one.candidate.lower < mean < one.candidate.upper
        assert one.production is None


def test_a_metric_of_which_less_is_better_loses_upwards() -> None:
    (a, b), _ = importances(metric("log_loss"), [(classifier(), SPEC)], sample(), 60)
    assert a.candidate.lower > b.candidate.value > 0


@pytest.mark.slow
def test_the_interval_has_the_loss_of_the_whole_population() -> None:
    whole, _ = importances(AUC, [(classifier(), SPEC)], sample(40_000, seed=9), 60)
    inside = 0
    for seed in range(40):
        drawn, _ = importances(AUC, [(classifier(), SPEC)], sample(300, seed=100 + seed), 60)
        inside += drawn[1].candidate.lower <= whole[1].candidate.value <= drawn[1].candidate.upper
    assert inside >= 36


def test_the_same_model_again_changes_nothing_and_another_one_is_marked() -> None:
    model = (classifier(), SPEC)
    same, _ = importances(AUC, [model, model], sample(), 60)
    assert all(one.candidate == one.production and not one.changed for one in same)
    swapped = model_spec(
        inputs=(Tensor("x", "float32", ("batch", 2), ("b", "a")),),
        outputs=LABEL_AND_PROBABILITIES,
        decision=decide("probabilities", 1),
    )
    other, _ = importances(AUC, [model, (model[0], swapped)], sample(), 60)
    assert [one.column for one in other if one.changed] == ["a", "b"]


def test_a_column_that_one_version_does_not_have_is_shown_for_the_other() -> None:
    one = Importance("new", Estimate(0.2, 0.1, 0.3), None)
    assert (one.changed, one.size) == (False, 0.2)
    assert Importance("old", None, Estimate(-0.3, -0.4, -0.2)).size == 0.3


def test_what_does_not_fit_into_the_time_is_left_out_by_name() -> None:
    ticks = iter(range(100))
    found, left_out = importances(AUC, [(classifier(), SPEC)], sample(), 7, clock=lambda: float(next(ticks)))
    assert ([one.column for one in found], left_out) == (["a"], ["b"])


def test_rows_are_sampled_and_queries_stay_whole() -> None:
    assert len(sampled(sample(MOST_ROWS))) == MOST_ROWS
    drawn = sampled(sample(3 * MOST_ROWS))
    assert len(drawn) == len(drawn.labels) == MOST_ROWS
    frame = pd.DataFrame({"a": np.arange(3.0 * MOST_ROWS)})
    groups = np.arange(3 * MOST_ROWS) // 7
    chosen = sampled(Rows("rows.csv", frame, np.zeros(len(frame)), groups))
    assert MOST_ROWS - 14 < len(chosen) <= MOST_ROWS
    assert set(np.unique(chosen.groups, return_counts=True)[1]) == {7}


def test_a_column_of_lists_is_no_table() -> None:
    frame = pd.DataFrame({"a": [[1.0, 2.0], [3.0, 4.0]], "b": [1.0, 2.0]})
    assert lists(SPEC, Rows("rows.parquet", frame, np.array([0, 1]))) == ["a"]
