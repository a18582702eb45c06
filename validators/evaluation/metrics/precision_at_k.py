"""What is right of the rows that score highest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics._kinds import Influenced, OfPositives
from sluicegate.validators.evaluation.metrics._scores import score_of
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class PrecisionAtK(OfPositives):
    """The share of positives among the `k` rows that score highest; a tie at the edge counts by its share.

    Interval: its influence function for the share k / N of rows, on the logit's scale. It has a part for the
    edge, which moves with the rows: the share of positives near it is that among the rows of about k / 2
    places on each side.
    """

    of_each_class: ClassVar[int] = 1
    k: Annotated[int, Field(ge=10, description="how many rows of the evaluation set, at least 10")]
    metric: Literal["precision_at_k"] = "precision_at_k"

    def require(self, judged: Predictions) -> None:
        """Raises Undefined for several scores a row, for one class, and where k is not below the rows."""
        super().require(judged)
        if self.k >= len(judged):
            raise Undefined(f"precision_at_k needs more rows than k, {self.k}, and there are {len(judged)}")

    def influenced(self, judged: Predictions) -> Influenced:
        """A row in the selection adds its label; one more of them pushes the last one out."""
        scores = score_of(judged)
        positive = (judged.labels == 1).astype(np.float64)
        chosen = selection(scores, self.k)
        value = float(chosen @ positive / self.k)
        near = selection(scores, min(self.k + self.k // 2, len(scores))) - selection(
            scores, self.k - self.k // 2
        )
        at_edge = float(near @ positive / near.sum())
        share = self.k / len(scores)
        influence = chosen * (positive - at_edge) / share - (value - at_edge)
        return Influenced(value, influence, self.k)


def selection(scores: Array, k: int) -> Array:
    """How much of each row is among the k highest: 1, 0, or an equal part where a tie is at the edge."""
    edge = np.partition(scores, len(scores) - k)[len(scores) - k]
    above = scores > edge
    tied = scores == edge
    part: Array = above + tied * ((k - above.sum()) / tied.sum())
    return part
