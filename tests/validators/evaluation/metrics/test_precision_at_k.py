import numpy as np
import pytest
from support.judged import POPULATION, binary, metric

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.predictions import Predictions


@pytest.mark.parametrize("seed", range(3))
def test_the_value_is_the_share_among_the_first_and_ties_at_the_edge_count_by_their_share(seed):
    one, _ = binary(np.random.default_rng(seed), 300)
    first = np.argsort(-one.scores)[:40]
    assert metric("precision_at_k", k=40).estimate(one).value == pytest.approx(one.labels[first].mean())
    scores = np.round(one.scores, 1)
    random = np.random.default_rng(7)
    draws = [
        one.labels[np.lexsort((random.random(300), -scores))[:40]].mean() for _ in range(4_000)
    ]  # ties broken by chance
    tied = metric("precision_at_k", k=40).estimate(Predictions(one.labels, scores=scores))
    assert tied.value == pytest.approx(np.mean(draws), abs=0.004)


def test_an_interval_covers_as_often_as_it_says():
    whole, rival = binary(np.random.default_rng(1), POPULATION)
    many = metric("precision_at_k", k=POPULATION // 4)
    truth = [many.estimate(model).value for model in (whole, rival)]
    judge = metric("precision_at_k", k=50)
    random = np.random.default_rng(2)
    inside = np.zeros(2)
    for _ in range(800):
        one, other = binary(random, 200)
        value, gap = judge.estimate(one), judge.difference(one, other)
        inside += (
            value.lower <= truth[0] <= value.upper,
            gap.lower <= truth[0] - truth[1] <= gap.upper,
        )
    assert all(0.93 <= covered <= 0.975 for covered in inside / 800)


def test_all_rows_are_no_choice():
    one, _ = binary(np.random.default_rng(1), 100)
    with pytest.raises(Undefined, match="more rows than k, 100, and there are 100"):
        metric("precision_at_k", k=100).estimate(one)
