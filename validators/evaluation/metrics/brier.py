"""How far probabilities are from the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import Scale
from sluicegate.validators.evaluation.metrics._kinds import Mean
from sluicegate.validators.evaluation.metrics._scores import of_each_class
from sluicegate.validators.evaluation.metrics.base import BINARY, MULTICLASS, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class Brier(Mean):
    """The mean squared distance of probability and truth (scikit-learn's `brier_score_loss`; Brier 1950).

    Of two classes that of class 1 alone, 0 to 1; of more, summed over the classes, 0 to 2. Interval:
    Student's t of the rows' losses, on the logarithm's scale; paired, of their differences.
    """

    tasks: ClassVar[tuple[str, ...]] = (BINARY, MULTICLASS)
    uses: ClassVar[tuple[str, ...]] = ("scores",)
    lower_is_better: ClassVar[bool] = True
    scale: ClassVar[Scale] = "log"
    metric: Literal["brier"] = "brier"

    def of_each(self, judged: Predictions) -> Array:
        """Each row's squared distance."""
        scores = of_each_class(judged)
        truth = judged.labels[:, None] == np.arange(scores.shape[1])
        distances: Array = ((scores - truth) ** 2).sum(axis=1)
        return distances / 2 if scores.shape[1] == 2 else distances
