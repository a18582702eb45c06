"""How surprising the truth is to the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import Scale
from sluicegate.validators.evaluation.metrics._kinds import Mean
from sluicegate.validators.evaluation.metrics._scores import of_true_class
from sluicegate.validators.evaluation.metrics.base import BINARY, MULTICLASS, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class LogLoss(Mean):
    """The mean of -log of the probability of the true class (scikit-learn's `log_loss`).

    Interval: Student's t of the rows' losses, on the logarithm's scale; paired, of their differences.
    """

    tasks: ClassVar[tuple[str, ...]] = (BINARY, MULTICLASS)
    uses: ClassVar[tuple[str, ...]] = ("scores",)
    lower_is_better: ClassVar[bool] = True
    scale: ClassVar[Scale] = "log"
    metric: Literal["log_loss"] = "log_loss"

    def of_each(self, judged: Predictions) -> Array:
        """Each row's loss, with probabilities kept from 0 and 1 as scikit-learn does."""
        tiny = np.finfo(np.float64).eps
        losses: Array = -np.log(np.clip(of_true_class(judged), tiny, 1 - tiny))
        return losses
