"""Kinds of metrics by how their intervals are made: shares, means, tables of counts, influence functions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sluicegate.validators.evaluation.estimates import (
    Counts,
    Estimate,
    Scale,
    Undefined,
    bootstrap,
    by_influence,
    clopper_pearson,
    student,
    tango,
)
from sluicegate.validators.evaluation.metrics.base import BINARY, Comparison, Metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@dataclass(frozen=True, kw_only=True)
class Share(Metric):
    """The share of independent units at which the model is right: Clopper-Pearson; paired: Tango."""

    @abstractmethod
    def hits(self, judged: Predictions) -> Array:
        """Whether the model is right at each unit, bool [U]."""

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        hits = self.hits(judged)
        return clopper_pearson(int(hits.sum()), len(hits), confidence)

    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        one = self.hits(candidate)
        other = self.hits(production)
        return tango(int((one & ~other).sum()), int((~one & other).sum()), len(one), confidence)


@dataclass(frozen=True, kw_only=True)
class Mean(Metric):
    """The mean over units of a figure of each: Student's t, on the units' differences where paired."""

    scale: ClassVar[Scale] = "identity"

    @abstractmethod
    def of_each(self, judged: Predictions) -> Array:
        """The figure of each unit, [U]."""

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        return student(self.of_each(judged), confidence, self.scale)

    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        return student(self.of_each(candidate) - self.of_each(production), confidence)


@dataclass(frozen=True)
class Influenced:
    """A figure, and what each unit adds to its error, [U]: its influence function."""

    value: float
    influence: Array
    trials: int | None = None
    """As how many trials it counts where it has no error; without it, as there are units."""


@dataclass(frozen=True, kw_only=True)
class Smooth(Metric):
    """A smooth function of the rows' distribution: the interval is that of its influence function."""

    scale: ClassVar[Scale] = "identity"

    @abstractmethod
    def influenced(self, judged: Predictions) -> Influenced:
        """The figure, and what each unit adds to its error."""

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        found = self.influenced(judged)
        return by_influence(found.value, found.influence, confidence, self.scale, found.trials)

    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        one = self.influenced(candidate)
        other = self.influenced(production)
        return by_influence(one.value - other.value, one.influence - other.influence, confidence)


@dataclass(frozen=True, kw_only=True)
class OfPositives(Smooth):
    """A figure of two classes' scores that looks at the positives, on the scale of the logit."""

    tasks: ClassVar[tuple[str, ...]] = (BINARY,)
    uses: ClassVar[tuple[str, ...]] = ("scores",)
    scale: ClassVar[Scale] = "logit"
    of_each_class: ClassVar[int]
    """Rows of each of the two classes below which it shows nothing."""

    def require(self, judged: Predictions) -> None:
        """Raises Undefined for several scores a row, and for too few rows of a class."""
        super().require(judged)
        require_both_classes(self.named, judged, self.of_each_class)

    def counted(self, judged: Predictions) -> Array:
        """The positives."""
        require_both_classes(self.metric, judged, 0)
        return of_class_one(judged)

    def counted_as(self, judged: Predictions) -> str:  # noqa: ARG002
        """Positives."""
        return "positives"


@dataclass(frozen=True, kw_only=True)
class Tabled(Metric):
    """A function of how often each class was true and decided: the bootstrap over rows."""

    uses: ClassVar[tuple[str, ...]] = ("decisions",)

    @abstractmethod
    def value(self, judged: Predictions) -> float:
        """scikit-learn's figure."""

    @abstractmethod
    def statistic(self, judged: Predictions) -> Callable[[Counts], Array]:
        """The same figure of many tables, [R]."""

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        value = self.value(judged)
        found = bootstrap(value, self.statistic(judged), judged.labels, [decided(judged)], confidence)
        if found.lower < found.upper:
            return found
        # Every replicate is alike, as without any error: as many trials without an exception prove this.
        around = clopper_pearson(len(judged) if value >= 1 else 0, len(judged), confidence)
        return Estimate(value, min(around.lower, value), max(around.upper, value))

    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        value = self.value(candidate) - self.value(production)
        columns = [decided(candidate), decided(production)]
        return bootstrap(value, self.statistic(candidate), candidate.labels, columns, confidence)


@dataclass(frozen=True, kw_only=True)
class OfBoth(Comparison):
    """How far both versions agree: there is no figure of one, and so no difference."""

    @abstractmethod
    def _between(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate: ...

    def between(self, candidate: Predictions, production: Predictions, confidence: float = 0.95) -> Estimate:
        """Their agreement. Raises Undefined."""
        self.require(candidate)
        self.require(production)
        return self._between(candidate, production, confidence)

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:  # noqa: ARG002
        raise Undefined(f"{self.metric} compares two versions, and there is one")

    def _difference(self, *_: Any) -> Estimate:
        raise Undefined(f"{self.metric} is a comparison itself: name the least that it must be, by at_least")


def decided(judged: Predictions) -> Array:
    """The decided classes. Raises Undefined where there are none, or of another form than the labels."""
    if judged.decisions is None:
        raise Undefined("there are no decided classes")
    if judged.decisions.shape != judged.labels.shape:
        raise Undefined(
            f"the decided classes are {judged.decisions.shape}, and the labels {judged.labels.shape}"
        )
    return judged.decisions


def of_class_one(judged: Predictions) -> Array:
    """Whether each row is a positive, [N]. Raises Undefined for labels that are not 0 and 1."""
    classes = np.unique(judged.labels)
    if not set(classes.tolist()) <= {0, 1}:
        raise Undefined(f"the labels are {classes.tolist()[:5]}, and one score knows 0 and 1 only")
    positive: Array = judged.labels == 1
    return positive


def binary(judged: Predictions) -> bool:
    """Whether it has one score a row, the probability of yes, or knows two classes without any."""
    if judged.scores is not None:
        return judged.scores.ndim == 1
    return judged.labels.ndim == 1 and set(np.unique(judged.labels).tolist()) <= {0, 1}


def require_both_classes(name: str, judged: Predictions, fewest: int) -> Array:
    """Whether each row is a positive, [N].

    Raises Undefined for several scores a row, and for too few rows of a class.
    """
    if judged.scores is None or judged.scores.ndim != 1:
        raise Undefined(f"{name} is judged for two classes only")
    positive = of_class_one(judged)
    counts = [int((~positive).sum()), int(positive.sum())]
    if min(counts) < fewest:
        raise Undefined(f"{name} needs {fewest} rows of each class, and there are {counts}")
    return positive
