"""The correlation of what is true and what was decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import Counts, Undefined
from sluicegate.validators.evaluation.metrics._kinds import Tabled, decided
from sluicegate.validators.evaluation.metrics.base import BINARY, MULTICLASS, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class MatthewsCorrelation(Tabled):
    """Matthews' correlation coefficient of true and decided classes (scikit-learn's `matthews_corrcoef`).

    Of several classes by Gorodkin 2004. Interval: the bootstrap over rows.
    """

    tasks: ClassVar[tuple[str, ...]] = (BINARY, MULTICLASS)
    metric: Literal["mcc"] = "mcc"

    def require(self, judged: Predictions) -> None:
        """Raises Undefined for labels of one class as well: nothing correlates with a constant."""
        super().require(judged)
        if len(np.unique(judged.labels)) < 2:
            raise Undefined(f"mcc needs two classes, and all {len(judged):,} labels are of one")

    def value(self, judged: Predictions) -> float:
        """`matthews_corrcoef`."""
        from sklearn.metrics import matthews_corrcoef

        return float(matthews_corrcoef(judged.labels, decided(judged)))

    def statistic(self, judged: Predictions) -> Callable[[Counts], Array]:  # noqa: ARG002
        """The same of many tables."""
        return _correlation


def _correlation(counts: Counts) -> Array:
    rows = counts.actual.sum(axis=1)
    right = counts.right.sum(axis=1)
    covariance = right * rows - (counts.actual * counts.decided).sum(axis=1)
    spread = (rows**2 - (counts.actual**2).sum(axis=1)) * (rows**2 - (counts.decided**2).sum(axis=1))
    found: Array = np.divide(covariance, np.sqrt(spread), out=np.zeros_like(covariance), where=spread > 0)
    return found
