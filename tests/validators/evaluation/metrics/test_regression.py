"""mae, rmse, mape, r2, bias, pinball: of one number a row, and of a horizon."""

import numpy as np
import pytest
from sklearn import metrics as library
from support.judged import forecasts, metric, numbers

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.predictions import Predictions

CASES = [
    (metric("mae"), library.mean_absolute_error),
    (metric("mape"), library.mean_absolute_percentage_error),
    (metric("r2"), library.r2_score),
    (metric("pinball", quantile=0.9), lambda y, v: library.mean_pinball_loss(y, v, alpha=0.9)),
    (metric("rmse"), lambda y, v: library.root_mean_squared_error(np.ravel(y), np.ravel(v))),
    (metric("bias"), lambda y, v: np.mean(v - y)),
]


@pytest.mark.parametrize("draw", [numbers, forecasts])
@pytest.mark.parametrize(("judge", "of_library"), CASES)
def test_the_value_is_scikit_learns(judge, of_library, draw):
    for seed in range(3):
        one, other = draw(np.random.default_rng(seed), 60)
        mine, theirs = (of_library(model.labels, model.values) for model in (one, other))
        assert judge.estimate(one).value == pytest.approx(mine)
        if judge.metric != "bias":
            assert judge.difference(one, other).value == pytest.approx(mine - theirs)


def test_a_target_of_zero_has_no_relative_error_and_is_counted():
    labels = np.r_[0.0, 0.0, np.arange(1.0, 49.0)]
    with pytest.raises(Undefined, match="2 of 50 are 0; use mae"):
        metric("mape").estimate(Predictions(labels, values=labels + 1))


def test_a_target_that_does_not_vary_has_no_variance_to_explain():
    values = np.random.default_rng(1).normal(size=50)
    with pytest.raises(Undefined, match="all 50 are alike"):
        metric("r2").estimate(Predictions(np.full(50, 3.0), values=values))


def test_values_of_another_shape_are_no_answer():
    with pytest.raises(Undefined, match=r"the values are \(50, 3\), and the labels \(50,\)"):
        metric("mae").estimate(Predictions(np.arange(50.0), values=np.zeros((50, 3))))


def test_biases_of_opposite_sign_and_one_size_do_not_differ():
    random = np.random.default_rng(3)
    labels = random.normal(size=2_000)
    high, low = (
        Predictions(labels, values=labels + shift + random.normal(size=2_000)) for shift in (1.0, -1.0)
    )
    gap = metric("bias").difference(high, low)
    assert abs(gap.value) < 0.1
    assert gap.lower < 0 < gap.upper
    assert gap.upper - gap.lower < 0.3
    worse = metric("bias").difference(high, Predictions(labels, values=labels + 0.1))
    assert worse.lower > 0.8


def test_no_error_at_all_has_a_perfect_score():
    labels = np.arange(50.0)
    exact = Predictions(labels, values=labels)
    assert metric("rmse").estimate(exact).value == 0
    assert metric("r2").estimate(exact).value == 1
