"""log_loss, brier, hamming_loss, mcc, roc_auc_ovr: against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics as library
from support.judged import binary, classes, label_sets, metric

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.predictions import Predictions

CASES = [
    (metric("log_loss"), binary, lambda m: library.log_loss(m.labels, m.scores)),
    (metric("log_loss"), classes, lambda m: library.log_loss(m.labels, m.scores)),
    (metric("brier"), binary, lambda m: library.brier_score_loss(m.labels, m.scores)),
    (metric("brier"), classes, lambda m: library.brier_score_loss(m.labels, m.scores)),
    (metric("hamming_loss"), label_sets, lambda m: library.hamming_loss(m.labels, m.decisions)),
    (metric("mcc"), binary, lambda m: library.matthews_corrcoef(m.labels, m.decisions)),
    (metric("mcc"), classes, lambda m: library.matthews_corrcoef(m.labels, m.decisions)),
    (
        metric("roc_auc_ovr"),
        classes,
        lambda m: library.roc_auc_score(m.labels, m.scores, multi_class="ovr"),
    ),
    (
        metric("roc_auc_ovr", average="weighted"),
        classes,
        lambda m: library.roc_auc_score(m.labels, m.scores, multi_class="ovr", average="weighted"),
    ),
]


@pytest.mark.parametrize(("judge", "draw", "of_library"), CASES)
def test_the_value_is_scikit_learns(judge, draw, of_library):
    for seed in range(3):
        one, other = draw(np.random.default_rng(seed), 200)
        assert judge.estimate(one).value == pytest.approx(of_library(one), abs=1e-12)
        expected = of_library(one) - of_library(other)
        assert judge.difference(one, other).value == pytest.approx(expected, abs=1e-12)


def test_the_certainty_of_the_wrong_class_costs_what_scikit_learn_says():
    labels = np.r_[1, np.zeros(29, dtype=int)]
    scores = np.r_[0.0, np.full(29, 0.01)]
    assert metric("log_loss").estimate(Predictions(labels, scores=scores)).value == pytest.approx(
        library.log_loss(labels, scores)
    )


@pytest.mark.parametrize("name", ["log_loss", "brier", "calibration_error"])
def test_what_is_no_probability_shows_nothing_and_is_counted(name):
    one, _ = binary(np.random.default_rng(1), 500)
    scores = one.scores.copy()
    scores[:3] = 1.2
    with pytest.raises(Undefined, match="3 of 500 rows have scores that are not probabilities"):
        metric(name).estimate(Predictions(one.labels, scores=scores))


def test_a_label_beyond_the_classes_shows_nothing_and_is_counted():
    one, _ = classes(np.random.default_rng(1), 100)
    labels = one.labels.copy()
    labels[:2] = 9
    with pytest.raises(Undefined, match="2 of 100 labels are of none of the 4 classes"):
        metric("log_loss").estimate(Predictions(labels, scores=one.scores))


def test_a_class_with_few_rows_shows_no_area():
    one, _ = classes(np.random.default_rng(1), 100)
    labels = np.where(one.labels == 3, 0, one.labels)
    with pytest.raises(Undefined, match="10 rows of each class, and class 3 has 0"):
        metric("roc_auc_ovr").estimate(Predictions(labels, scores=one.scores))


def test_nothing_correlates_with_a_constant():
    with pytest.raises(Undefined, match="all 50 labels are of one"):
        metric("mcc").estimate(Predictions(np.ones(50, dtype=int), decisions=np.arange(50) % 2))


def test_probabilities_that_rounding_took_over_one_are_probabilities():
    """What a forest's votes sum up to in float32."""
    labels = np.tile([0, 1], 50)
    exact = np.tile([0.0, 1.0], 50)
    rounded = Predictions(labels, scores=exact * (1 + 2e-7) - 1e-7)
    assert metric("brier").estimate(rounded).value == pytest.approx(0, abs=1e-12)
