import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from support.judged import binary, metric

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.predictions import Predictions

PR = metric("pr_auc")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("digits", [1, 15])
def test_the_value_is_scikit_learns_with_ties_and_without(seed, digits):
    one, _ = binary(np.random.default_rng(seed), 300)
    judged = Predictions(one.labels, scores=np.round(one.scores, digits))
    assert PR.estimate(judged).value == average_precision_score(judged.labels, judged.scores)


@pytest.mark.parametrize("digits", [1, 15])
def test_the_influence_of_a_row_is_what_a_little_more_of_it_changes(digits):
    one, _ = binary(np.random.default_rng(5), 120)
    scores = np.round(one.scores, digits)
    influence = PR.influenced(Predictions(one.labels, scores=scores)).influence
    little = 1e-6
    plain = average_precision_score(one.labels, scores)
    for row in range(0, 120, 7):
        weights = np.ones(120)
        weights[row] += 120 * little
        moved = average_precision_score(one.labels, scores, sample_weight=weights)
        assert (moved - plain) / little == pytest.approx(influence[row], abs=2e-3)


def test_without_a_misplaced_row_few_positives_prove_little():
    labels = np.repeat([0, 1], [500, 20])
    found = PR.estimate(Predictions(labels, scores=labels + 0.1))
    assert (found.value, found.lower) == (1.0, pytest.approx(0.025 ** (1 / 20)))


def test_labels_of_one_class_show_nothing():
    with pytest.raises(Undefined, match="needs 10 positives, and there are 0"):
        PR.estimate(Predictions(np.zeros(100, dtype=int), scores=np.linspace(0, 1, 100)))
