"""Relevant rows first, the most relevant ones before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sluicegate.validators.evaluation.estimates import Scale
from sluicegate.validators.evaluation.metrics._kinds import Mean
from sluicegate.validators.evaluation.metrics._queries import OfQueries
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class Ndcg(OfQueries, Mean):
    """The discounted gain of the first `k` rows, of the best possible (scikit-learn's `ndcg_score`).

    The gain is the relevance itself, the discount log2 of the place and 1 (Järvelin and Kekäläinen 2002);
    tied rows share their places evenly. Queries without a relevant row are left out, where scikit-learn
    counts 0. Interval: Student's t over queries, on the logit's scale; paired, of their differences.
    """

    scale: ClassVar[Scale] = "logit"
    k: Annotated[int, Field(ge=1, description="how many places count")] = 10
    metric: Literal["ndcg"] = "ndcg"

    def of_each(self, judged: Predictions) -> Array:
        """Each query's figure."""
        rows = self.ranked(judged)
        discounts = np.where(rows.place <= self.k, 1 / np.log2(rows.place + 1), 0.0)
        together = np.bincount(rows.tie)
        gains = np.bincount(rows.tie, weights=rows.relevance) / together
        best = rows.relevance[np.lexsort((-rows.relevance, rows.query))]
        ideal = rows.summed(best * discounts)
        figures: Array = (rows.summed(gains[rows.tie] * discounts)[rows.answerable]) / ideal[rows.answerable]
        return figures
