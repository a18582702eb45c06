"""How soon the first relevant row comes."""

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

Places = Annotated[
    Annotated[int, Field(ge=1)] | None, Field(description="how many places count, without it all of them")
]


@metric
@dataclass(frozen=True, kw_only=True)
class MeanReciprocalRank(OfQueries, Mean):
    """The mean over queries of 1 / place of the first relevant row (TREC-8: Voorhees 1999).

    0 where none is among the first `k`, if that is set; queries without a relevant row are left out, as
    trec_eval does. A row in a tie has the last place of it. Interval: Student's t over queries, on the
    logit's scale; paired, of their differences.
    """

    scale: ClassVar[Scale] = "logit"
    k: Places = None
    metric: Literal["mrr"] = "mrr"

    def of_each(self, judged: Predictions) -> Array:
        """Each query's reciprocal rank."""
        rows = self.ranked(judged)
        first = np.minimum.reduceat(np.where(rows.relevant, rows.rank, np.inf), rows.starts)[rows.answerable]
        figures: Array = np.where(first <= (self.k or np.inf), 1 / first, 0.0)
        return figures
