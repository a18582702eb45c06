"""Ratios of counts by class, averaged as scikit-learn does: precision, recall, f1."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sluicegate.validators.evaluation.estimates import Counts, Estimate, by_influence
from sluicegate.validators.evaluation.metrics._kinds import Influenced, Tabled, binary, decided, of_class_one
from sluicegate.validators.evaluation.metrics.base import BINARY, MULTI_LABEL, MULTICLASS
from sluicegate.validators.evaluation.predictions import Array, Predictions

Average = Literal["binary", "macro", "weighted", "micro"]
How = Annotated[
    Average | None,
    Field(description="of which classes, as in scikit-learn; without it class 1 of two, else `macro`"),
]


@dataclass(frozen=True, kw_only=True)
class Averaged(Tabled):
    """A ratio of two counts of each class, as precision is of right ones and decided ones.

    With several labels a row, each row adds to many classes: the interval is that of the influence function.
    """

    tasks: ClassVar[tuple[str, ...]] = (BINARY, MULTICLASS, MULTI_LABEL)
    average: How = None

    @abstractmethod
    def ratio(self, counts: Counts) -> tuple[Array, Array]:
        """What is divided by what, of each class, [..., K]."""

    @abstractmethod
    def of_scikit_learn(self) -> Callable[..., float]:
        """Its function of labels and decisions."""

    def mode(self, judged: Predictions) -> Average:
        """The average that is meant."""
        return self.average or ("binary" if binary(judged) else "macro")

    def value(self, judged: Predictions) -> float:
        """scikit-learn's figure; a class without rows counts as 0."""
        mode = self.mode(judged)
        return float(self.of_scikit_learn()(judged.labels, decided(judged), average=mode, zero_division=0))

    def statistic(self, judged: Predictions) -> Callable[[Counts], Array]:
        """The same figure of many tables, [R]."""
        return partial(self._averaged, mode=self.mode(judged))

    def counted(self, judged: Predictions) -> Array:
        """The positives, where the average is that of class 1."""
        if self.mode(judged) == "binary":
            return of_class_one(judged)
        return super().counted(judged)

    def counted_as(self, judged: Predictions) -> str:
        """Positives or rows."""
        return "positives" if self.mode(judged) == "binary" else "rows"

    def _averaged(self, counts: Counts, mode: Average) -> Array:
        above, below = self.ratio(counts)
        if mode == "micro":
            return _divided(above.sum(axis=1), below.sum(axis=1))
        each = _divided(above, below)
        if mode == "binary":
            return each[:, 1] if each.shape[1] > 1 else np.zeros(len(each))
        if mode == "weighted":
            return _divided((each * counts.actual).sum(axis=1), counts.actual.sum(axis=1))
        known = (counts.actual + counts.decided) > 0  # scikit-learn averages over the classes that occur
        return _divided((each * known).sum(axis=1), known.sum(axis=1))

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        if judged.labels.ndim == 1:
            return super()._estimate(judged, confidence)
        found = self._of_label_sets(judged)
        return by_influence(found.value, found.influence, confidence, "logit")

    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        if candidate.labels.ndim == 1:
            return super()._difference(candidate, production, confidence)
        one = self._of_label_sets(candidate)
        other = self._of_label_sets(production)
        return by_influence(one.value - other.value, one.influence - other.influence, confidence)

    def _of_label_sets(self, judged: Predictions) -> Influenced:
        labels = judged.labels.astype(np.float64)
        chosen = decided(judged).astype(np.float64)
        above, below = self.ratio(Counts(labels * chosen, chosen, labels))
        return Influenced(self.value(judged), averaged_ratio(above, below, labels, self.mode(judged)))


def averaged_ratio(above: Array, below: Array, actual: Array, mode: Average) -> Array:
    """The influence of each unit, [U], on averaged ratios of sums over units: above / below, [U, K] each."""
    if mode == "micro":
        above, below = above.sum(axis=1, keepdims=True), below.sum(axis=1, keepdims=True)
    mean = below.mean(axis=0)
    each = _divided(above.mean(axis=0), mean)
    of_each = _divided(above - each * below, np.broadcast_to(mean, below.shape))
    if mode != "weighted":
        influence: Array = of_each.mean(axis=1)
        return influence
    share = actual.mean(axis=0)
    weights = share / share.sum()
    moved = (actual - weights * actual.sum(axis=1, keepdims=True)) / share.sum()
    weighted: Array = of_each @ weights + moved @ each
    return weighted


def _divided(above: Array, below: Array) -> Array:
    quotient: Array = np.divide(above, below, out=np.zeros(np.shape(above)), where=below > 0)
    return quotient
