"""Right decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sluicegate.validators.evaluation.metrics._kinds import Share, decided
from sluicegate.validators.evaluation.metrics.base import BINARY, MULTICLASS, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class Accuracy(Share):
    """The share of rows whose class is decided rightly (scikit-learn's `accuracy_score`).

    Interval: Clopper and Pearson 1934; paired: Tango 1998.
    """

    tasks: ClassVar[tuple[str, ...]] = (BINARY, MULTICLASS)
    uses: ClassVar[tuple[str, ...]] = ("decisions",)
    metric: Literal["accuracy"] = "accuracy"

    def hits(self, judged: Predictions) -> Array:
        """Whether each row is decided rightly."""
        hits: Array = decided(judged) == judged.labels
        return hits
