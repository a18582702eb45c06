"""ndcg, map, mrr, hit_rate: by query, with ties."""

import numpy as np
import pytest
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score
from support.judged import metric, queries

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.predictions import Predictions


def by_query(judged):
    """Relevance and scores of each query with a relevant row."""
    for query in np.unique(judged.groups):
        rows = judged.groups == query
        if judged.labels[rows].any():
            yield judged.labels[rows], judged.scores[rows]


def shuffled(judged, seed=9):
    return judged.at(np.random.default_rng(seed).permutation(len(judged)))


def last_places(scores):
    """The place of each row by brute force, the last of its tie."""
    return np.array([(scores >= score).sum() for score in scores])


@pytest.mark.parametrize("k", [1, 3, 100])
@pytest.mark.parametrize("seed", range(3))
def test_ndcg_is_scikit_learns_for_each_query(seed, k):
    one, other = queries(np.random.default_rng(seed), 60)
    judge = metric("ndcg", k=k)

    def expected(model):
        return np.mean([ndcg_score([relevance], [scores], k=k) for relevance, scores in by_query(model)])

    assert judge.estimate(shuffled(one)).value == pytest.approx(expected(one))
    gap = judge.difference(shuffled(one), shuffled(other))
    assert gap.value == pytest.approx(expected(one) - expected(other))


@pytest.mark.parametrize("seed", range(3))
def test_map_over_all_places_is_scikit_learns_for_each_query(seed):
    one, _ = queries(np.random.default_rng(seed), 60)
    expected = [
        label_ranking_average_precision_score([relevance > 0], [scores])
        for relevance, scores in by_query(one)
    ]
    assert metric("map", k=100).estimate(shuffled(one)).value == pytest.approx(np.mean(expected))


@pytest.mark.parametrize("k", [1, 3])
def test_the_first_places_are_as_by_brute_force(k):
    one, _ = queries(np.random.default_rng(4), 60)
    precisions, reciprocals, hits = [], [], []
    for relevance, scores in by_query(one):
        place = last_places(scores)
        own = np.sort(place[relevance > 0])
        reached = [(own <= at).sum() / at for at in own if at <= k]
        precisions.append(sum(reached) / min(len(own), k))
        reciprocals.append(1 / own[0] if own[0] <= k else 0)
        hits.append(own[0] <= k)
    judged = shuffled(one)
    assert metric("map", k=k).estimate(judged).value == pytest.approx(np.mean(precisions))
    assert metric("mrr", k=k).estimate(judged).value == pytest.approx(np.mean(reciprocals))
    assert metric("hit_rate", k=k).estimate(judged).value == pytest.approx(np.mean(hits))


@pytest.mark.parametrize("name", ["ndcg", "map", "mrr", "hit_rate"])
def test_one_score_for_all_rows_is_no_ranking_in_whatever_order_they_come(name):
    groups = np.repeat(np.arange(50), 20)
    labels = np.tile([1] + [0] * 19, 50)
    judged = Predictions(labels, scores=np.zeros(1_000), groups=groups)
    perfect = Predictions(labels, scores=labels.astype(float), groups=groups)
    assert metric(name).estimate(judged).value < 0.3
    assert metric(name).estimate(perfect).value == 1


def test_queries_without_a_relevant_row_are_left_out():
    one, _ = queries(np.random.default_rng(5), 60)
    empty = np.arange(40)
    more = Predictions(
        np.r_[one.labels, np.zeros(40, dtype=int)],
        scores=np.r_[one.scores, np.linspace(0, 1, 40)],
        groups=np.r_[one.groups, 1_000 + empty],
    )
    assert metric("mrr").estimate(more) == metric("mrr").estimate(one)


@pytest.mark.parametrize("name", ["ndcg", "map", "mrr", "hit_rate"])
def test_rows_without_queries_or_with_few_show_nothing(name):
    one, _ = queries(np.random.default_rng(6), 12)
    with pytest.raises(Undefined, match=r"needs 20 queries with a relevant row, and there are \d+"):
        metric(name).estimate(one)
    with pytest.raises(Undefined, match=r"`data.group`"):
        metric(name).estimate(Predictions(one.labels, scores=one.scores))


def test_a_relevance_below_zero_shows_nothing():
    one, _ = queries(np.random.default_rng(7), 60)
    labels = one.labels.copy()
    labels[0] = -1
    with pytest.raises(Undefined, match=r"1 of \d+ rows have a relevance below 0"):
        metric("ndcg").estimate(Predictions(labels, scores=one.scores, groups=one.groups))
