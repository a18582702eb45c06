"""precision, recall and f1 of two classes, of more, and of several labels a row."""

import numpy as np
import pytest
from sklearn import metrics as library
from support.judged import binary, classes, label_sets, metric

from sluicegate.validators.evaluation.estimates import Undefined, clopper_pearson, tango
from sluicegate.validators.evaluation.predictions import Predictions

NAMES = ("precision", "recall", "f1")


def of_library(name, judged, average):
    function = getattr(library, f"{name}_score")
    return function(judged.labels, judged.decisions, average=average, zero_division=0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("draw", "average", "meant"),
    [
        (binary, None, "binary"),
        (binary, "macro", "macro"),
        (classes, None, "macro"),
        (classes, "weighted", "weighted"),
        (classes, "micro", "micro"),
        (label_sets, None, "macro"),
        (label_sets, "micro", "micro"),
        (label_sets, "weighted", "weighted"),
    ],
)
def test_the_value_is_scikit_learns(name, draw, average, meant):
    judge = metric(name, average=average)
    for seed in range(3):
        one, other = draw(np.random.default_rng(seed), 200)
        expected = [of_library(name, model, meant) for model in (one, other)]
        assert judge.estimate(one).value == pytest.approx(expected[0], abs=1e-12)
        assert judge.difference(one, other).value == pytest.approx(expected[0] - expected[1], abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("average", [None, "weighted", "micro"])
def test_of_many_tables_it_is_scikit_learns_of_each(name, average):
    judge = metric(name, average=average)
    random = np.random.default_rng(1)
    labels, decisions = random.integers(0, 4, size=(2, 40))
    labels[labels == 3] = 2  # a class that is decided and never true
    judged = Predictions(labels, decisions=decisions)
    found = judge.difference(judged, Predictions(labels, decisions=labels))
    assert found.value == pytest.approx(of_library(name, judged, judge.mode(judged)) - 1)
    assert found.lower < found.value < found.upper


def test_recall_of_class_one_is_a_share_of_positives():
    one, other = binary(np.random.default_rng(2), 300)
    hits, rival = ((model.decisions == 1)[one.labels == 1] for model in (one, other))
    recall = metric("recall")
    assert recall.estimate(one) == clopper_pearson(int(hits.sum()), len(hits), 0.95)
    gained, lost = int((hits & ~rival).sum()), int((~hits & rival).sum())
    assert recall.difference(one, other) == tango(gained, lost, len(hits), 0.95)


def test_precision_of_class_one_is_a_share_of_what_was_decided():
    one, _ = binary(np.random.default_rng(2), 300)
    right = one.labels[one.decisions == 1]
    assert metric("precision").estimate(one) == clopper_pearson(int(right.sum()), len(right), 0.95)


@pytest.mark.parametrize("name", NAMES)
def test_without_positives_nothing_is_shown(name):
    judged = Predictions(
        np.zeros(100, dtype=int), scores=np.full(100, 0.6), decisions=np.ones(100, dtype=int)
    )
    with pytest.raises(Undefined, match=f"{name} needs 10 positives, and there are 0"):
        metric(name).estimate(judged)


def test_precision_needs_rows_that_were_decided_as_class_one():
    labels = np.arange(100) % 2
    judged = Predictions(labels, scores=np.full(100, 0.2), decisions=np.zeros(100, dtype=int))
    with pytest.raises(Undefined, match="10 rows decided as class 1, and there are 0"):
        metric("precision").estimate(judged)


@pytest.mark.parametrize("name", NAMES)
def test_without_an_error_few_rows_prove_little(name):
    labels = np.arange(60) % 3
    found = metric(name).estimate(Predictions(labels, decisions=labels))
    assert (found.value, found.upper) == (1.0, 1.0)
    assert found.lower == pytest.approx(0.025 ** (1 / 60))


@pytest.mark.parametrize("average", [None, "micro", "weighted"])
@pytest.mark.parametrize("name", NAMES)
def test_the_influence_of_a_row_is_what_a_little_more_of_it_changes(name, average):
    one, _ = label_sets(np.random.default_rng(3), 80)
    judge = metric(name, average=average)
    influence = judge._of_label_sets(one).influence
    little = 1e-6

    def weighted(weights):
        function = getattr(library, f"{name}_score")
        mode = judge.mode(one)
        return function(one.labels, one.decisions, average=mode, zero_division=0, sample_weight=weights)

    plain = weighted(np.ones(80))
    for row in range(0, 80, 9):
        weights = np.ones(80)
        weights[row] += 80 * little
        assert (weighted(weights) - plain) / little == pytest.approx(influence[row], abs=2e-3)
