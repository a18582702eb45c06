import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from sluicegate.validators.evaluation.estimates import Answers, Undefined, difference, estimate, tango

ALL = ("roc_auc", "accuracy", "recall", "precision", "f1", "log_loss", "brier")


def draw(seed, count, *, skill=1.0, noise=0.3, share=0.3):
    """Labels and two models that mostly agree."""
    random = np.random.default_rng(seed)
    labels = (random.random(count) < share).astype(int)
    common = random.normal(size=count) + skill * labels

    def answers():
        scores = 1 / (1 + np.exp(0.5 - common - noise * random.normal(size=count)))
        return Answers(scores, (scores >= 0.5).astype(int))

    return labels, answers(), answers()


def oracle(metric, labels, model):
    if metric == "roc_auc":
        return metrics.roc_auc_score(labels, model.scores)
    if metric in ("log_loss", "brier"):
        return {"log_loss": metrics.log_loss, "brier": metrics.brier_score_loss}[metric](labels, model.scores)
    return getattr(metrics, f"{metric}_score")(labels, model.classes)


@pytest.mark.parametrize("metric", ALL)
def test_values_are_scikit_learns_and_lie_in_their_intervals(metric):
    labels, one, two = draw(1, 2_000)
    found, gap = estimate(metric, labels, one), difference(metric, labels, one, two)
    assert found.value == pytest.approx(oracle(metric, labels, one), abs=1e-12)
    assert gap.value == pytest.approx(oracle(metric, labels, one) - oracle(metric, labels, two), abs=1e-12)
    assert found.lower < found.value < found.upper
    assert gap.lower < gap.value < gap.upper


@pytest.mark.parametrize("metric", ALL)
def test_intervals_are_as_wide_as_a_bootstrap_over_rows_says(metric):
    labels, one, two = draw(2, 600)
    random = np.random.default_rng(3)
    values, gaps = [], []
    for _ in range(200):
        rows = random.integers(0, len(labels), len(labels))
        pair = [oracle(metric, labels[rows], model.at(rows)) for model in (one, two)]
        values.append(pair[0])
        gaps.append(pair[0] - pair[1])
    found, gap = estimate(metric, labels, one), difference(metric, labels, one, two)
    assert (found.upper - found.lower) / 3.92 == pytest.approx(np.std(values), rel=0.2)
    assert (gap.upper - gap.lower) / 3.92 == pytest.approx(np.std(gaps), rel=0.2)


def test_delong_is_its_definition_by_brute_force_with_ties():
    random = np.random.default_rng(4)
    labels = np.array([1] * 12 + [0] * 15)
    models = [Answers(np.round(random.random(27), 1), np.zeros(27, int)) for _ in range(2)]

    def kernel(model):
        positive, negative = model.scores[labels == 1], model.scores[labels == 0]
        return (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)

    kernels = [kernel(model) for model in models]
    gap = kernels[0] - kernels[1]
    variance = gap.mean(axis=1).var(ddof=1) / 12 + gap.mean(axis=0).var(ddof=1) / 15
    found = difference("roc_auc", labels, *models)
    assert found.value == pytest.approx(gap.mean())
    assert found.upper - found.value == pytest.approx(stats.norm.ppf(0.975) * variance**0.5)


def test_delong_covers_the_true_difference_as_often_as_it_says():
    inside = 0
    for seed in range(300):
        labels, one, two = draw(seed + 100, 300)
        found = difference("roc_auc", labels, one, two)
        inside += found.lower <= 0 <= found.upper
    assert 0.91 <= inside / 300 <= 0.985


@pytest.mark.parametrize(
    ("gained", "lost", "pairs", "lower", "upper"),
    [(12, 2, 50, 0.0611, 0.3447), (0, 0, 50, -0.0713, 0.0713), (50, 0, 50, 0.8573, 1.0)],
)
def test_tango_gives_the_published_limits(gained, lost, pairs, lower, upper):
    """Newcombe 1998 (Stat. Med. 17:2635), paired examples, Tango's method; 0, 0 in closed form."""
    found = tango(gained, lost, pairs, 0.95)
    assert (found.lower, found.upper) == (pytest.approx(lower, abs=1e-4), pytest.approx(upper, abs=1e-4))
    mirrored = tango(lost, gained, pairs, 0.95)
    assert (mirrored.lower, mirrored.upper) == (pytest.approx(-found.upper), pytest.approx(-found.lower))


def test_several_classes_have_accuracy_macro_averages_and_log_loss():
    random = np.random.default_rng(5)
    labels = random.integers(0, 5, 500)
    scores = random.random((500, 5)) + 2 * np.eye(5)[labels]
    scores /= scores.sum(axis=1, keepdims=True)
    scores[:60] = np.roll(scores[:60], 1, axis=1)
    model = Answers(scores, scores.argmax(axis=1))
    other = Answers(np.roll(scores, 1, axis=1), np.roll(scores, 1, axis=1).argmax(axis=1))
    for metric in ("recall", "precision", "f1"):
        expected = getattr(metrics, f"{metric}_score")(labels, model.classes, average="macro")
        assert estimate(metric, labels, model).value == pytest.approx(expected)
        assert difference(metric, labels, model, other).lower > 0.5
    assert estimate("accuracy", labels, model).value == np.mean(labels == model.classes)
    assert estimate("log_loss", labels, model).value == pytest.approx(metrics.log_loss(labels, scores))
    with pytest.raises(Undefined, match="two classes only"):
        estimate("roc_auc", labels, model)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_labels_of_one_class_show_no_auc(share):
    labels, one, two = draw(6, 100, share=share)
    with pytest.raises(Undefined, match="10 rows of each class"):
        difference("roc_auc", labels, one, two)


def test_too_few_rows_show_nothing():
    labels, one, two = draw(7, 9)
    for metric in ALL:
        with pytest.raises(Undefined, match="only 9 rows"):
            estimate(metric, labels, one)
        with pytest.raises(Undefined):
            difference(metric, labels, one, two)


def test_without_positives_there_is_no_recall():
    labels, one, two = draw(8, 100, share=0.0)
    for metric in ("recall", "f1"):
        with pytest.raises(Undefined, match="only 0 positives"):
            difference(metric, labels, one, two)


def test_the_same_rows_give_the_same_interval():
    labels, one, two = draw(9, 500)
    assert difference("f1", labels, one, two) == difference("f1", labels, one, two)
