"""accuracy, specificity, top_k_accuracy, subset_accuracy: shares of rows."""

import numpy as np
import pytest
from sklearn import metrics as library
from support.judged import binary, classes, label_sets, metric

from sluicegate.validators.evaluation.estimates import Undefined, clopper_pearson, tango
from sluicegate.validators.evaluation.predictions import Predictions

CASES = [
    (metric("accuracy"), binary, lambda m: library.accuracy_score(m.labels, m.decisions)),
    (metric("accuracy"), classes, lambda m: library.accuracy_score(m.labels, m.decisions)),
    (metric("specificity"), binary, lambda m: library.recall_score(m.labels, m.decisions, pos_label=0)),
    (metric("top_k_accuracy", k=2), classes, lambda m: library.top_k_accuracy_score(m.labels, m.scores, k=2)),
    (metric("subset_accuracy"), label_sets, lambda m: library.accuracy_score(m.labels, m.decisions)),
]


@pytest.mark.parametrize(("judge", "draw", "of_library"), CASES)
def test_the_value_is_scikit_learns_and_the_intervals_are_exact(judge, draw, of_library):
    for seed in range(3):
        one, other = draw(np.random.default_rng(seed), 200)
        hits, rival = judge.hits(one), judge.hits(other)
        assert judge.estimate(one).value == pytest.approx(of_library(one), abs=1e-12)
        assert judge.estimate(one) == clopper_pearson(int(hits.sum()), len(hits), 0.95)
        gained, lost = int((hits & ~rival).sum()), int((~hits & rival).sum())
        assert judge.difference(one, other) == tango(gained, lost, len(hits), 0.95)


def test_a_tie_never_puts_a_class_among_the_likeliest():
    labels = np.repeat([0, 3], 20)
    judged = Predictions(labels, scores=np.full((40, 4), 0.25))
    assert metric("top_k_accuracy", k=2).estimate(judged).value == 0
    assert library.top_k_accuracy_score(labels, judged.scores, k=2, labels=range(4)) == 0.5


def test_all_classes_are_no_choice():
    one, _ = classes(np.random.default_rng(1), 100)
    with pytest.raises(Undefined, match="more classes than k, 4, and there are 4"):
        metric("top_k_accuracy", k=4).estimate(one)


def test_specificity_needs_negatives():
    judged = Predictions(np.ones(100, dtype=int), decisions=np.ones(100, dtype=int))
    with pytest.raises(Undefined, match="needs 10 negatives, and there are 0"):
        metric("specificity").estimate(judged)


@pytest.mark.parametrize("name", ["subset_accuracy", "hamming_loss"])
def test_one_label_a_row_is_for_other_metrics(name):
    one, _ = classes(np.random.default_rng(1), 100)
    with pytest.raises(Undefined, match="a yes or no for each label"):
        metric(name).estimate(one)


@pytest.mark.parametrize("name", ["accuracy", "f1", "mcc", "subset_accuracy"])
def test_decisions_of_another_form_than_the_labels_show_nothing(name):
    one, _ = label_sets(np.random.default_rng(1), 100)
    with pytest.raises(Undefined, match=r"classes are \(100, 5\), and the labels \(100,\)"):
        metric(name).estimate(Predictions(one.labels[:, 0], decisions=one.decisions))
