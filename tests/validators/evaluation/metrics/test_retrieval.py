"""recall_at_k, neighbour_overlap, cosine_to_production: embeddings and a fixed gallery."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import NearestNeighbors
from support.judged import embeddings, metric

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.predictions import Predictions


def split(judged):
    gallery = judged.groups == "gallery"
    return judged.values[~gallery], judged.values[gallery], judged.labels[~gallery], judged.labels[gallery]


def nearest(judged, k):
    """The gallery's rows nearest to each query, by scikit-learn."""
    queries, gallery, _, _ = split(judged)
    found = NearestNeighbors(n_neighbors=k, metric="cosine", algorithm="brute").fit(gallery)
    return found.kneighbors(queries, return_distance=False)


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("seed", range(3))
def test_recall_is_that_of_scikit_learns_neighbours(seed, k):
    one, _ = embeddings(np.random.default_rng(seed), 200)
    _, _, own, there = split(one)
    expected = (there[nearest(one, k)] == own[:, None]).any(axis=1).mean()
    assert metric("recall_at_k", k=k).estimate(one).value == pytest.approx(expected)


def test_the_overlap_is_that_of_scikit_learns_neighbours():
    one, other = embeddings(np.random.default_rng(4), 200)
    pairs = zip(nearest(one, 7), nearest(other, 7), strict=True)
    expected = np.mean([len(set(mine) & set(theirs)) / 7 for mine, theirs in pairs])
    assert metric("neighbour_overlap", k=7).between(one, other).value == pytest.approx(expected)


def test_the_cosine_is_scikit_learns():
    one, other = embeddings(np.random.default_rng(5), 200)
    expected = np.diag(cosine_similarity(one.values, other.values)).mean()
    assert metric("cosine_to_production").between(one, other).value == pytest.approx(expected)


def test_a_space_that_was_turned_keeps_its_neighbours_and_not_its_place():
    one, _ = embeddings(np.random.default_rng(6), 200)
    turn = np.linalg.qr(np.random.default_rng(7).normal(size=(6, 6)))[0]
    turned = replace(one, values=one.values @ turn)
    assert metric("neighbour_overlap").between(turned, one).value == pytest.approx(1.0)
    assert metric("cosine_to_production").between(turned, one).value < 0.9


def test_an_embedding_that_puts_all_rows_in_one_place_finds_nothing():
    one, _ = embeddings(np.random.default_rng(8), 200)
    flat = replace(one, values=np.ones_like(one.values))
    assert metric("recall_at_k").estimate(flat).value == 0


def test_a_segment_searches_the_whole_gallery():
    one, _ = embeddings(np.random.default_rng(9), 200)
    judge = metric("recall_at_k", k=1)
    rows = np.arange(60, 160)
    part = one.at(judge.segment(one, rows))
    assert judge.estimate(part).value == judge.hits(one)[:100].mean()


def test_without_a_gallery_or_a_direction_nothing_is_shown():
    one, other = embeddings(np.random.default_rng(10), 200)
    lone = replace(one, groups=np.full(len(one), "query"))
    with pytest.raises(Undefined, match="no row has the group 'gallery'"):
        metric("recall_at_k").estimate(lone)
    nowhere = one.values.copy()
    nowhere[:2] = 0
    for name, judge in (("recall_at_k", "estimate"), ("cosine_to_production", "between")):
        models = [replace(one, values=nowhere), other][: 1 if judge == "estimate" else 2]
        with pytest.raises(Undefined, match="2 of 260 rows have an embedding of length 0"):
            getattr(metric(name), judge)(*models)


def test_embeddings_of_another_length_have_no_cosine_and_yet_an_overlap():
    one, other = embeddings(np.random.default_rng(11), 200)
    short = replace(one, values=one.values[:, :4])
    with pytest.raises(Undefined, match="have 4 numbers, and production's 6"):
        metric("cosine_to_production").between(short, other)
    assert 0 < metric("neighbour_overlap").between(short, other).value < 1


def test_there_is_no_agreement_of_one_version_alone():
    one, other = embeddings(np.random.default_rng(12), 200)
    for name in ("neighbour_overlap", "cosine_to_production"):
        with pytest.raises(Undefined, match="compares two versions, and there is one"):
            metric(name).estimate(one)
        with pytest.raises(Undefined, match="by at_least"):
            metric(name).difference(one, other)


def test_one_number_a_row_is_no_embedding():
    judged = Predictions(np.arange(50), values=np.arange(50.0))
    with pytest.raises(Undefined, match="needs an embedding"):
        metric("cosine_to_production").between(judged, judged)
