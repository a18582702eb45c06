"""How good a forecast of a quantile is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sluicegate.validators.evaluation.estimates import Scale
from sluicegate.validators.evaluation.metrics._errors import NUMBERS, errors
from sluicegate.validators.evaluation.metrics._kinds import Mean
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class PinballLoss(Mean):
    """The quantile loss, in the target's unit (scikit-learn's `mean_pinball_loss`; Koenker and Bassett 1978).

    A value too low costs `quantile` a unit, one too high the rest of 1. Interval: Student's t of the rows'
    losses; paired, of their differences.
    """

    tasks: ClassVar[tuple[str, ...]] = NUMBERS
    uses: ClassVar[tuple[str, ...]] = ("values",)
    lower_is_better: ClassVar[bool] = True
    scale: ClassVar[Scale] = "log"
    quantile: Annotated[float, Field(gt=0, lt=1, description="the quantile that the model forecasts")] = 0.5
    metric: Literal["pinball"] = "pinball"

    def of_each(self, judged: Predictions) -> Array:
        """Each row's loss, over its horizon."""
        missed = errors(judged)
        losses: Array = np.where(missed < 0, -self.quantile * missed, (1 - self.quantile) * missed).mean(
            axis=1
        )
        return losses
