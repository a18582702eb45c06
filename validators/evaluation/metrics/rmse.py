"""How far off, large errors counting more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import Scale
from sluicegate.validators.evaluation.metrics._errors import NUMBERS, errors
from sluicegate.validators.evaluation.metrics._kinds import Influenced, Smooth
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class RootMeanSquaredError(Smooth):
    """The root of the mean squared error, in the target's unit (scikit-learn's `root_mean_squared_error`).

    One root over a forecast's whole horizon. Interval: the influence function, on the logarithm's scale.
    """

    tasks: ClassVar[tuple[str, ...]] = NUMBERS
    uses: ClassVar[tuple[str, ...]] = ("values",)
    lower_is_better: ClassVar[bool] = True
    scale: ClassVar[Scale] = "log"
    metric: Literal["rmse"] = "rmse"

    def influenced(self, judged: Predictions) -> Influenced:
        """The root, by which a row's squared error is divided."""
        squares = (errors(judged) ** 2).mean(axis=1)
        value = float(np.sqrt(squares.mean()))
        influence = (squares - squares.mean()) / (2 * value) if value > 0 else np.zeros(len(squares))
        return Influenced(value, influence)
