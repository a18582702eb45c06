"""How far off, as a share of what is true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import Scale, Undefined
from sluicegate.validators.evaluation.metrics._errors import NUMBERS, errors
from sluicegate.validators.evaluation.metrics._kinds import Mean
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class MeanAbsolutePercentageError(Mean):
    """The mean of absolute error over true value (scikit-learn's `mean_absolute_percentage_error`).

    As a share: 0.1 is 10 %. A target of 0 has none, and with any the figure is inconclusive (scikit-learn
    gives an arbitrary large one); use mae there. Interval: Student's t of the rows' means, on the
    logarithm's scale; paired, of their differences.
    """

    tasks: ClassVar[tuple[str, ...]] = NUMBERS
    uses: ClassVar[tuple[str, ...]] = ("values",)
    lower_is_better: ClassVar[bool] = True
    scale: ClassVar[Scale] = "log"
    metric: Literal["mape"] = "mape"

    def require(self, judged: Predictions) -> None:
        """Raises Undefined for any target of 0 as well."""
        super().require(judged)
        zero = int((judged.labels == 0).sum())
        if zero:
            raise Undefined(
                f"mape divides by the target, and {zero:,} of {judged.labels.size:,} are 0; use mae"
            )

    def of_each(self, judged: Predictions) -> Array:
        """Each row's relative error, over its horizon."""
        missed = np.abs(errors(judged))
        relative: Array = (missed / np.abs(judged.labels.reshape(missed.shape))).mean(axis=1)
        return relative
