"""How much of the target's variance is explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import Estimate, Undefined, by_influence
from sluicegate.validators.evaluation.metrics._errors import NUMBERS, errors
from sluicegate.validators.evaluation.metrics._kinds import Influenced, Smooth
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class R2(Smooth):
    """The coefficient of determination (scikit-learn's `r2_score`): 1 is perfect, 0 no better than the mean.

    The mean over a forecast's horizon. Interval: the influence function, on the logarithm's scale of what is
    not explained. A target with rare, very large values needs more rows than this claims.
    """

    tasks: ClassVar[tuple[str, ...]] = NUMBERS
    uses: ClassVar[tuple[str, ...]] = ("values",)
    metric: Literal["r2"] = "r2"

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        found = self.influenced(judged)
        unexplained = by_influence(1 - found.value, found.influence, confidence, "log")
        return Estimate(found.value, 1 - unexplained.upper, 1 - unexplained.lower)

    def influenced(self, judged: Predictions) -> Influenced:
        """Raises Undefined for a target that does not vary."""
        from sklearn.metrics import r2_score

        squares = errors(judged) ** 2
        labels = judged.labels.reshape(squares.shape).astype(np.float64)
        spread = (labels - labels.mean(axis=0)) ** 2
        if not spread.mean(axis=0).all():
            raise Undefined(f"r2 needs a target that varies, and all {len(judged):,} are alike")
        unexplained = squares.mean(axis=0) / spread.mean(axis=0)
        influence = (unexplained * spread - squares) / spread.mean(axis=0)
        return Influenced(float(r2_score(labels, judged.values)), influence.mean(axis=1))
