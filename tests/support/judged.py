"""Rows of a known population, two models' answers to them, and how often an interval has the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sluicegate.validators.evaluation.metrics._kinds import Comparison, Tabled
from sluicegate.validators.evaluation.metrics.base import Metric, metrics
from sluicegate.validators.evaluation.predictions import Predictions

Pair = tuple[Predictions, Predictions]
Draw = Callable[[np.random.Generator, int], Pair]
POPULATION = 200_000
"""Units from which the true figures are taken."""
NOISE = (0.8, 0.5)
"""Of the candidate and of production: the candidate knows a little less."""


def metric(name: str, **parameters: Any) -> Metric:
    """A metric with its parameters."""
    return metrics()[name](**parameters)


def binary(random: np.random.Generator, rows: int, share: float = 0.3) -> Pair:
    """Two classes, and scores that overstate what they know."""
    labels = (random.random(rows) < share).astype(np.int64)
    common = random.normal(size=rows) + 1.2 * labels

    def model(noise: float) -> Predictions:
        scores = 1 / (1 + np.exp(0.8 - common - noise * random.normal(size=rows)))
        return Predictions(labels, scores=scores, decisions=(scores >= 0.5).astype(np.int64))

    return model(NOISE[0]), model(NOISE[1])


def classes(random: np.random.Generator, rows: int) -> Pair:
    """Four classes of unequal size."""
    labels = random.choice(4, size=rows, p=[0.4, 0.25, 0.2, 0.15])
    common = random.normal(size=(rows, 4)) + 1.5 * np.eye(4)[labels]

    def model(noise: float) -> Predictions:
        odds = np.exp(common + noise * random.normal(size=(rows, 4)))
        scores = odds / odds.sum(axis=1, keepdims=True)
        return Predictions(labels, scores=scores, decisions=scores.argmax(axis=1))

    return model(NOISE[0]), model(NOISE[1])


def label_sets(random: np.random.Generator, rows: int) -> Pair:
    """Five labels a row that come together more often than by chance."""
    likely = np.array([0.2, 0.3, 0.35, 0.4, 0.5]) * (0.4 + 1.2 * random.random((rows, 1)))
    labels = (random.random((rows, 5)) < likely).astype(np.int64)
    common = random.normal(size=(rows, 5)) + 1.8 * labels

    def model(noise: float) -> Predictions:
        scores = 1 / (1 + np.exp(0.9 - common - noise * random.normal(size=(rows, 5))))
        return Predictions(labels, scores=scores, decisions=(scores >= 0.5).astype(np.int64))

    return model(NOISE[0]), model(NOISE[1])


def numbers(random: np.random.Generator, rows: int, *horizon: int) -> Pair:
    """A target above 0 with a long tail, and errors that grow with it."""
    size = (rows, *horizon)
    target = 2 + random.gamma(3.0, 2.0, size=size)
    common = random.normal(size=size)

    def model(noise: float) -> Predictions:
        missed = (0.5 * common + noise * random.normal(size=size)) * np.sqrt(target) / 2
        return Predictions(target, values=target + missed + 0.5 * noise)

    return model(NOISE[0]), model(NOISE[1])


def forecasts(random: np.random.Generator, rows: int) -> Pair:
    """Three steps ahead."""
    return numbers(random, rows, 3)


def queries(random: np.random.Generator, count: int) -> Pair:
    """Queries of 3 to 14 rows with the relevance 0 to 3; scores are rounded, so that many are tied."""
    sizes = random.integers(3, 15, size=count)
    groups = np.repeat(np.arange(count), sizes)
    relevance = random.choice(4, size=len(groups), p=[0.6, 0.2, 0.12, 0.08])
    easy = np.exp(0.4 * random.normal(size=count))[groups]
    common = 0.6 * easy * relevance + random.normal(size=len(groups))

    def model(noise: float) -> Predictions:
        scores = np.round(common + noise * random.normal(size=len(groups)), 1)
        return Predictions(relevance, scores=scores, groups=groups)

    return model(NOISE[0]), model(NOISE[1])


GALLERY = np.random.default_rng(11).normal(size=(60, 6))
"""What is searched: three rows of each of 20 labels."""


def embeddings(random: np.random.Generator, count: int) -> Pair:
    """Queries near a row of the gallery, which is the same for all draws and both models."""
    near = random.integers(0, len(GALLERY), size=count)
    labels = np.r_[np.arange(len(GALLERY)) // 3, near // 3]
    groups = np.array(["gallery"] * len(GALLERY) + ["query"] * count)
    common = GALLERY[near] + 0.4 * random.normal(size=(count, 6))

    def model(noise: float) -> Predictions:
        found = common + noise * random.normal(size=(count, 6))
        return Predictions(labels, values=np.concatenate([GALLERY, found]), groups=groups)

    return model(NOISE[0]), model(NOISE[1])


def searching(random: np.random.Generator, count: int) -> Pair:
    """The queries alone: what both models say of the gallery is the same."""
    rows = np.arange(len(GALLERY), len(GALLERY) + count)
    one, other = embeddings(random, count)
    return one.at(rows), other.at(rows)


TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


def tagged(random: np.random.Generator, documents: int) -> Pair:
    """Documents of 4 to 20 tokens, some easier than others; entities of one to three tokens of two types."""
    kinds = random.choice(3, p=[0.6, 0.2, 0.2], size=(documents, 20))
    follows = (kinds[:, 1:] > 0) & (random.random((documents, 19)) < 0.5)
    kinds[:, 1:] = np.where(follows & (kinds[:, :-1] > 0), kinds[:, :-1], kinds[:, 1:])
    inside = np.c_[np.zeros((documents, 1), bool), follows & (kinds[:, :-1] > 0)]
    labels = np.where(kinds > 0, 2 * kinds - 1 + inside, 0)
    labels[np.arange(20) >= random.integers(4, 21, size=(documents, 1))] = -100
    hard = np.exp(0.5 * random.normal(size=(documents, 1)))
    common = random.random(labels.shape)
    other = random.integers(0, 5, labels.shape)

    def model(noise: float) -> Predictions:
        wrong = 0.7 * common + 0.3 * random.random(labels.shape) < 0.25 * noise * hard
        return Predictions(labels, decisions=np.where(wrong, other, np.maximum(labels, 0)), classes=TAGS)

    return model(NOISE[0]), model(NOISE[1])


def documents(random: np.random.Generator, count: int) -> Pair:
    """Documents of 5 to 60 predicted tokens, some more surprising than others."""
    tokens = random.integers(5, 61, size=count).astype(float)
    hard = 2 + 0.5 * random.normal(size=count)

    def model(noise: float) -> Predictions:
        mean = hard + 0.3 * noise + 0.2 * noise * random.normal(size=count)
        spread = 1.5 * np.sqrt(tokens) * random.normal(size=count)
        return Predictions(tokens, values=np.maximum(tokens * mean + spread, 0.1))

    return model(NOISE[0]), model(NOISE[1])


def pictures(random: np.random.Generator, count: int) -> Pair:
    """Images with up to 5 boxes of two classes; a detector misses some, moves them, and invents others."""
    most = 5
    corner = random.uniform(0, 80, (count, most, 2))
    size = random.uniform(8, 30, (count, most, 2))
    there = np.arange(most) < random.integers(0, most + 1, size=(count, 1))
    kinds = np.where(there, random.integers(0, 2, (count, most)), -1)
    labels = np.concatenate([corner, corner + size, kinds[..., None]], axis=2)
    hard = np.exp(0.3 * random.normal(size=(count, 1)))

    def model(noise: float) -> Predictions:
        moved = corner + 0.12 * noise * hard[..., None] * size * random.normal(size=(count, most, 2))
        score = 1 / (1 + np.exp(-1.5 + hard * noise * random.normal(size=(count, most))))
        seen = there & (random.random((count, most)) > 0.15 * noise * hard)
        found = np.concatenate(
            [moved, moved + size, score[..., None], np.where(seen, kinds, -1)[..., None]], axis=2
        )
        invented = random.uniform(0, 80, (count, 2, 2))
        sure = 1 / (1 + np.exp(1.0 + random.normal(size=(count, 2, 1))))
        kind = np.where(random.random((count, 2, 1)) < 0.5 * noise, random.integers(0, 2, (count, 2, 1)), -1)
        false = np.concatenate([invented, invented + 15, sure, kind], axis=2)
        return Predictions(labels, values=np.concatenate([found, false], axis=1))

    return model(NOISE[0]), model(NOISE[1])


SMALLER = {queries: 8, tagged: 2, pictures: 8}
"""Populations whose units are slow to draw, or to judge, and by how much they are smaller."""


def coverage(judge: Metric, draw: Draw, units: int, times: int) -> tuple[float, float]:
    """How often the intervals of value and paired difference have the true ones, of so many drawn sets."""
    whole = draw(np.random.default_rng(1), POPULATION // SMALLER.get(draw, 1))
    candidate, production = (judge.estimate(model).value for model in whole)
    random = np.random.default_rng(2)
    inside = np.zeros(2)
    for _ in range(times):
        one, other = draw(random, units)
        value = judge.estimate(one)
        gap = judge.difference(one, other)
        inside += (
            value.lower <= candidate <= value.upper,
            gap.lower <= candidate - production <= gap.upper,
        )
    of_value, of_gap = inside / times
    return float(of_value), float(of_gap)


def agreement(judge: Comparison, draw: Draw, units: int, times: int) -> float:
    """How often the interval of both versions' agreement has the true one, of so many drawn sets."""
    truth = judge.between(*draw(np.random.default_rng(1), POPULATION // 10)).value
    random = np.random.default_rng(2)
    found = [judge.between(*draw(random, units)) for _ in range(times)]
    return float(np.mean([one.lower <= truth <= one.upper for one in found]))


def resampled(judge: Metric, pair: Pair, units: list[np.ndarray], times: int) -> tuple[float, float]:
    """Standard deviations of value and difference where units, lists of rows, are drawn again."""
    random = np.random.default_rng(3)
    found = []
    for _ in range(times):
        drawn = [units[at] for at in random.integers(0, len(units), size=len(units))]
        rows = np.concatenate(drawn)
        again = None if pair[0].groups is None else np.repeat(np.arange(len(drawn)), list(map(len, drawn)))
        one, other = (_value(judge, replace(model.at(rows), groups=again)) for model in pair)
        found.append((one, one - other))
    of_value, of_gap = np.std(found, axis=0)
    return float(of_value), float(of_gap)


def _value(judge: Metric, model: Predictions) -> float:
    """Without the interval where that takes long."""
    return judge.value(model) if isinstance(judge, Tabled) else judge.estimate(model).value
