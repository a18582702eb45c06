"""Wrong labels of all labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sluicegate.validators.evaluation.estimates import Scale
from sluicegate.validators.evaluation.metrics._kinds import Mean, decided
from sluicegate.validators.evaluation.metrics._label_sets import require_label_sets
from sluicegate.validators.evaluation.metrics.base import MULTI_LABEL, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class HammingLoss(Mean):
    """The share of wrong yes or no among all labels of all rows (scikit-learn's `hamming_loss`).

    Interval: Student's t of the rows' shares, on the logit's scale; paired, of their differences.
    """

    tasks: ClassVar[tuple[str, ...]] = (MULTI_LABEL,)
    uses: ClassVar[tuple[str, ...]] = ("decisions",)
    lower_is_better: ClassVar[bool] = True
    scale: ClassVar[Scale] = "logit"
    metric: Literal["hamming_loss"] = "hamming_loss"

    def of_each(self, judged: Predictions) -> Array:
        """Each row's share of wrong labels."""
        require_label_sets("hamming_loss", judged)
        wrong: Array = (decided(judged) != judged.labels).mean(axis=1)
        return wrong
