"""Whether a model says too much or too little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sluicegate.validators.evaluation.estimates import Estimate, student
from sluicegate.validators.evaluation.metrics._errors import NUMBERS, errors
from sluicegate.validators.evaluation.metrics._kinds import Mean
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class Bias(Mean):
    """The mean of what is said less what is true, in the target's unit: above 0 the model says too much.

    Bound it from both sides, by an `at_least` and an `at_most`. Against production the sizes are compared,
    without their signs, and less is better. Interval: Student's t of the rows' errors; of the difference of
    sizes, the union-intersection of the four signed differences (Berger 1982).
    """

    tasks: ClassVar[tuple[str, ...]] = NUMBERS
    uses: ClassVar[tuple[str, ...]] = ("values",)
    lower_is_better: ClassVar[bool] = True
    metric: Literal["bias"] = "bias"

    def of_each(self, judged: Predictions) -> Array:
        """Each row's error with its sign, over its horizon."""
        missed: Array = errors(judged).mean(axis=1)
        return missed

    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        one = self.of_each(candidate)
        other = self.of_each(production)
        # |a| - |b| is the larger over the sign of a of the smaller over the sign of b.
        signed = [[student(s * one - t * other, confidence) for t in (1, -1)] for s in (1, -1)]
        lower = max(min(each.lower for each in row) for row in signed)
        upper = max(min(each.upper for each in row) for row in signed)
        return Estimate(abs(float(one.mean())) - abs(float(other.mean())), lower, upper)
