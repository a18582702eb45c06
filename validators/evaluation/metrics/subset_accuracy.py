"""Rows all of whose labels are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sluicegate.validators.evaluation.metrics._kinds import Share, decided
from sluicegate.validators.evaluation.metrics._label_sets import require_label_sets
from sluicegate.validators.evaluation.metrics.base import MULTI_LABEL, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class SubsetAccuracy(Share):
    """The share of rows whose every label is right (scikit-learn's `accuracy_score` of several labels a row).

    Interval: Clopper and Pearson 1934; paired: Tango 1998.
    """

    tasks: ClassVar[tuple[str, ...]] = (MULTI_LABEL,)
    uses: ClassVar[tuple[str, ...]] = ("decisions",)
    metric: Literal["subset_accuracy"] = "subset_accuracy"

    def hits(self, judged: Predictions) -> Array:
        """Whether each row has no wrong label."""
        require_label_sets("subset_accuracy", judged)
        hits: Array = (decided(judged) == judged.labels).all(axis=1)
        return hits
