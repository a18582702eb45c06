"""What is left alone of what should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sluicegate.validators.evaluation.metrics._kinds import Share, decided, of_class_one
from sluicegate.validators.evaluation.metrics.base import BINARY, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class Specificity(Share):
    """The share of negatives that is decided as such: scikit-learn's `recall_score` with `pos_label=0`.

    Interval: Clopper and Pearson 1934; paired: Tango 1998.
    """

    tasks: ClassVar[tuple[str, ...]] = (BINARY,)
    uses: ClassVar[tuple[str, ...]] = ("decisions",)
    metric: Literal["specificity"] = "specificity"

    def hits(self, judged: Predictions) -> Array:
        """Whether each negative is decided as one."""
        hits: Array = (decided(judged) == 0)[self.counted(judged)]
        return hits

    def counted(self, judged: Predictions) -> Array:
        """The negatives."""
        return ~of_class_one(judged)

    def counted_as(self, judged: Predictions) -> str:  # noqa: ARG002
        """Negatives."""
        return "negatives"
