"""What is right of what was decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sluicegate.validators.evaluation.estimates import Counts, Estimate, Undefined, clopper_pearson
from sluicegate.validators.evaluation.metrics._averages import Averaged
from sluicegate.validators.evaluation.metrics._kinds import decided, of_class_one
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class Precision(Averaged):
    """The share of the rows decided as a class that are of it (scikit-learn's `precision_score`).

    Interval: of class 1, Clopper and Pearson 1934; paired, and of averages, the bootstrap over rows; of
    several labels a row, the influence function.
    """

    metric: Literal["precision"] = "precision"

    def ratio(self, counts: Counts) -> tuple[Array, Array]:
        """Right ones of decided ones."""
        return counts.right, counts.decided

    def of_scikit_learn(self) -> Callable[..., float]:
        """`precision_score`."""
        from sklearn import metrics

        function: Callable[..., float] = metrics.precision_score
        return function

    def require(self, judged: Predictions) -> None:
        """Raises Undefined for too few rows decided as class 1 as well: they are what it is the share of."""
        super().require(judged)
        if self.mode(judged) != "binary":
            return
        count = int((decided(judged) == 1).sum())
        if count < self.fewest:
            raise Undefined(f"precision needs {self.fewest} rows decided as class 1, and there are {count}")

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        if self.mode(judged) != "binary":
            return super()._estimate(judged, confidence)
        right = of_class_one(judged)[decided(judged) == 1]
        return clopper_pearson(int(right.sum()), len(right), confidence)
