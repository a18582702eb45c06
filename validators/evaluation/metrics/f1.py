"""Precision and recall in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sluicegate.validators.evaluation.estimates import Counts
from sluicegate.validators.evaluation.metrics._averages import Averaged
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array


@metric
@dataclass(frozen=True, kw_only=True)
class F1(Averaged):
    """The harmonic mean of precision and recall (scikit-learn's `f1_score`).

    Interval: the bootstrap over rows; of several labels a row, the influence function.
    """

    metric: Literal["f1"] = "f1"

    def ratio(self, counts: Counts) -> tuple[Array, Array]:
        """Twice the right ones, of the decided and the true ones together."""
        return 2 * counts.right, counts.decided + counts.actual

    def of_scikit_learn(self) -> Callable[..., float]:
        """`f1_score`."""
        from sklearn import metrics

        function: Callable[..., float] = metrics.f1_score
        return function
