"""What is found of what is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sluicegate.validators.evaluation.estimates import Counts, Estimate, clopper_pearson, tango
from sluicegate.validators.evaluation.metrics._averages import Averaged
from sluicegate.validators.evaluation.metrics._kinds import decided
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class Recall(Averaged):
    """The share of a class's rows that is decided as that class (scikit-learn's `recall_score`).

    Interval: of class 1, Clopper and Pearson 1934, paired Tango 1998; of averages, the bootstrap over rows;
    of several labels a row, the influence function.
    """

    metric: Literal["recall"] = "recall"

    def ratio(self, counts: Counts) -> tuple[Array, Array]:
        """Right ones of true ones."""
        return counts.right, counts.actual

    def of_scikit_learn(self) -> Callable[..., float]:
        """`recall_score`."""
        from sklearn import metrics

        function: Callable[..., float] = metrics.recall_score
        return function

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        if self.mode(judged) != "binary":
            return super()._estimate(judged, confidence)
        found = _found(judged)
        return clopper_pearson(int(found.sum()), len(found), confidence)

    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        if self.mode(candidate) != "binary":
            return super()._difference(candidate, production, confidence)
        one = _found(candidate)
        other = _found(production)
        return tango(int((one & ~other).sum()), int((~one & other).sum()), len(one), confidence)


def _found(judged: Predictions) -> Array:
    """Whether each positive is decided as one."""
    found: Array = (decided(judged) == 1)[judged.labels == 1]
    return found
