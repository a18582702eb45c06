import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score
from support.judged import binary, metric

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.predictions import Predictions

AUC = metric("roc_auc")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("digits", [1, 15])
def test_the_value_is_scikit_learns_with_ties_and_without(seed, digits):
    one, _ = binary(np.random.default_rng(seed), 300)
    judged = Predictions(one.labels, scores=np.round(one.scores, digits))
    assert AUC.estimate(judged).value == roc_auc_score(judged.labels, judged.scores)


def test_the_difference_is_delongs_by_brute_force():
    random = np.random.default_rng(4)
    labels = np.array([1] * 12 + [0] * 15)
    models = [Predictions(labels, scores=np.round(random.random(27), 1)) for _ in range(2)]

    def kernel(model):
        positive, negative = model.scores[labels == 1], model.scores[labels == 0]
        return (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)

    gap = kernel(models[0]) - kernel(models[1])
    variance = gap.mean(axis=1).var(ddof=1) / 12 + gap.mean(axis=0).var(ddof=1) / 15
    found = AUC.difference(*models)
    assert found.value == pytest.approx(gap.mean())
    assert found.upper - found.value == pytest.approx(stats.norm.ppf(0.975) * variance**0.5)


def test_without_a_misplaced_pair_few_positives_prove_little():
    labels = np.repeat([0, 1], [500, 20])
    found = AUC.estimate(Predictions(labels, scores=labels + 0.1))
    assert (found.value, found.upper) == (1.0, 1.0)
    assert found.lower == pytest.approx(0.025 ** (1 / 20))


def test_two_perfect_models_of_different_scores_are_not_proven_equal():
    labels = np.repeat([0, 1], 50)
    one, other = (Predictions(labels, scores=labels + shift * np.arange(100)) for shift in (0.001, 0.002))
    gap = AUC.difference(one, other)
    assert gap.lower < -0.05 and gap.upper > 0.05


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (np.zeros(100, dtype=int), "needs 10 positives, and there are 0"),
        (np.ones(100, dtype=int), r"10 rows of each class, and there are \[0, 100\]"),
        (np.arange(100) % 3, "one score knows 0 and 1 only"),
    ],
)
def test_labels_of_one_class_or_of_three_show_nothing(labels, says):
    with pytest.raises(Undefined, match=says):
        AUC.estimate(Predictions(labels, scores=np.linspace(0, 1, 100)))


def test_a_score_for_each_class_is_for_another_metric():
    with pytest.raises(Undefined, match="two classes only"):
        AUC.estimate(Predictions(np.arange(100) % 2, scores=np.full((100, 2), 0.5)))
