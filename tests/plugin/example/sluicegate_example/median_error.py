"""A metric of quality rules: the median absolute error, which a few large errors do not move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import SEED, Estimate
from sluicegate.validators.evaluation.metrics.base import FORECASTING, REGRESSION, Metric, metric
from sluicegate.validators.evaluation.predictions import Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class MedianAbsoluteError(Metric):
    """The median absolute error, in the target's unit.

    Interval: the bootstrap over rows.
    """

    tasks: ClassVar[tuple[str, ...]] = (REGRESSION, FORECASTING)
    uses: ClassVar[tuple[str, ...]] = ("values",)
    lower_is_better: ClassVar[bool] = True
    metric: Literal["median_error"] = "median_error"

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        return _bootstrapped([_errors(judged)], confidence)

    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        return _bootstrapped([_errors(candidate), _errors(production)], confidence)


def _errors(judged: Predictions) -> np.ndarray:
    return np.abs(np.asarray(judged.values) - judged.labels).reshape(len(judged), -1).mean(axis=1)


def _bootstrapped(errors: list[np.ndarray], confidence: float) -> Estimate:
    random = np.random.default_rng(SEED)
    draws = random.integers(0, len(errors[0]), size=(1_000, len(errors[0])))

    def figure(rows: np.ndarray) -> np.ndarray:
        first, *second = (np.median(each[rows], axis=-1) for each in errors)
        return first - second[0] if second else first

    tail = (1 - confidence) / 2
    low, high = np.quantile(figure(draws), [tail, 1 - tail])
    return Estimate(float(figure(np.arange(len(errors[0])))), float(low), float(high))
