"""Queries that find something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sluicegate.validators.evaluation.metrics._kinds import Share
from sluicegate.validators.evaluation.metrics._queries import OfQueries
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class HitRate(OfQueries, Share):
    """The share of queries with a relevant row among the first `k`.

    Queries without a relevant row are left out, as trec_eval does. A row in a tie has the last place of it.
    Interval: Clopper and Pearson 1934 over queries; paired: Tango 1998.
    """

    k: Annotated[int, Field(ge=1, description="how many places count")] = 10
    metric: Literal["hit_rate"] = "hit_rate"

    def hits(self, judged: Predictions) -> Array:
        """Whether each query finds something."""
        rows = self.ranked(judged)
        hits: Array = rows.summed(rows.relevant & (rows.rank <= self.k))[rows.answerable] > 0
        return hits
