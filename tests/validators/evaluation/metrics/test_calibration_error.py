import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from support.judged import binary, metric

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.predictions import Predictions

ERROR = metric("calibration_error")


def calibrated(random, rows, shift=0.0):
    """Scores as right as they say, less a shift."""
    scores = random.uniform(0.2, 0.8, size=rows)
    return Predictions((random.random(rows) < scores - shift).astype(int), scores=scores)


def test_the_value_is_scikit_learns_curve_less_the_variance_of_its_points():
    one, _ = binary(np.random.default_rng(1), 1_000)
    true, said = calibration_curve(one.labels, one.scores, n_bins=10, strategy="quantile")
    plain = np.mean((true - said) ** 2)
    noise = np.mean(true * (1 - true) / 99)
    assert ERROR.estimate(one).value == pytest.approx(np.sqrt(plain - noise), abs=0.002)


@pytest.mark.slow
def test_the_square_has_no_bias_where_the_plain_one_has():
    random = np.random.default_rng(2)
    squares, plain = [], []
    for _ in range(300):
        judged = calibrated(random, 600, shift=0.05)
        true, said = calibration_curve(judged.labels, judged.scores, n_bins=10, strategy="quantile")
        plain.append(np.mean((true - said) ** 2))
        value = ERROR.estimate(judged).value
        squares.append(value**2)
    assert np.mean(plain) > 0.005
    assert np.mean(squares) == pytest.approx(0.05**2, abs=0.0005)


def test_a_calibrated_model_is_not_proven_wrong_more_often_than_said():
    random = np.random.default_rng(3)
    lower = [ERROR.estimate(calibrated(random, 400)).lower for _ in range(300)]
    assert np.mean(np.array(lower) > 0) <= 0.045


def test_few_different_scores_make_few_bins():
    random = np.random.default_rng(4)
    scores = random.choice([0.2, 0.7], size=1_000)
    judged = Predictions((random.random(1_000) < scores - 0.1).astype(int), scores=scores)
    found = ERROR.estimate(judged)
    assert found.lower < 0.1 < found.upper
    assert found.value == pytest.approx(0.1, abs=0.03)


def test_scores_and_labels_without_any_variance_prove_nothing():
    judged = Predictions(np.ones(1_000, dtype=int), scores=np.ones(1_000))
    found = ERROR.estimate(judged)
    assert (found.lower, found.upper) == (0.0, 1.0)


def test_bins_with_few_rows_show_nothing():
    one, _ = binary(np.random.default_rng(5), 399)
    with pytest.raises(Undefined, match="40 rows in each of 10 bins, and there are 399 rows"):
        ERROR.estimate(one)
    assert metric("calibration_error", bins=5).estimate(one).value > 0
