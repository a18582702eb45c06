"""How far off, on average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import Scale
from sluicegate.validators.evaluation.metrics._errors import NUMBERS, errors
from sluicegate.validators.evaluation.metrics._kinds import Mean
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class MeanAbsoluteError(Mean):
    """The mean absolute error, in the target's unit (scikit-learn's `mean_absolute_error`).

    Over a forecast's whole horizon. Interval: Student's t of the rows' means, on the logarithm's scale;
    paired, of their differences.
    """

    tasks: ClassVar[tuple[str, ...]] = NUMBERS
    uses: ClassVar[tuple[str, ...]] = ("values",)
    lower_is_better: ClassVar[bool] = True
    scale: ClassVar[Scale] = "log"
    metric: Literal["mae"] = "mae"

    def of_each(self, judged: Predictions) -> Array:
        """Each row's absolute error, over its horizon."""
        missed: Array = np.abs(errors(judged)).mean(axis=1)
        return missed
