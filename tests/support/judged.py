"""Rows of a known population, two models' answers to them, and how often an interval has the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from sluicegate.validators.evaluation.metrics._kinds import Tabled
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


def coverage(judge: Metric, draw: Draw, units: int, times: int) -> tuple[float, float]:
    """How often the intervals of value and paired difference have the true ones, of so many drawn sets."""
    whole = draw(np.random.default_rng(1), POPULATION if draw is not queries else POPULATION // 8)
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
