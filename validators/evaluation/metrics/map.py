"""Relevant rows before the others."""

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
class MeanAveragePrecision(OfQueries, Mean):
    """The mean over queries of the precision at each relevant row among the first `k`.

    A row is relevant if its label is above 0; the sum is divided by the relevant rows, at most `k`. A row
    in a tie has the last place of it, as in scikit-learn's `label_ranking_average_precision_score`, which
    this is where k reaches all rows. Queries without a relevant row are left out, as trec_eval does.
    Interval: Student's t over queries, on the logit's scale; paired, of their differences.
    """

    scale: ClassVar[Scale] = "logit"
    k: Annotated[int, Field(ge=1, description="how many places count")] = 10
    metric: Literal["map"] = "map"

    def of_each(self, judged: Predictions) -> Array:
        """Each query's average precision."""
        rows = self.ranked(judged)
        counts = rows.relevant & (rows.rank <= self.k)
        precisions = rows.summed(np.where(counts, rows.found / rows.rank, 0.0))
        possible = np.minimum(rows.summed(rows.relevant), self.k)
        figures: Array = precisions[rows.answerable] / possible[rows.answerable]
        return figures
