"""What is searched for among what is nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics._embeddings import InGallery, directions, similarities
from sluicegate.validators.evaluation.metrics._kinds import Share
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions

ROUNDING = 1e-9
"""Cosines that differ by less are tied."""


@metric
@dataclass(frozen=True, kw_only=True)
class RecallAtK(InGallery, Share):
    """The share of queries with a row of their own label among the `k` nearest of the gallery, by cosine.

    As metric learning has it (Jégou, Douze and Schmid 2011). The gallery is fixed: the evaluation rows whose
    group is `gallery`, embedded by each version for itself. A tie never helps, so an embedding that puts all
    rows in one place finds nothing. A query without a row of its label in the gallery is a miss. Interval:
    Clopper and Pearson 1934 over queries, for this gallery; paired: Tango 1998.
    """

    k: Annotated[int, Field(ge=1, description="how many of the nearest count")] = 10
    metric: Literal["recall_at_k"] = "recall_at_k"

    def hits(self, judged: Predictions) -> Array:
        """Whether each query has fewer than k strangers as near as its nearest own."""
        if judged.labels.ndim != 1:
            raise Undefined("recall_at_k needs one label a row")
        pointing = directions(self.metric, judged)
        searching = self.searches(judged)
        own, there = judged.labels[searching], judged.labels[~searching]
        hits = np.empty(len(own), dtype=bool)
        for part, cosines in similarities(pointing[searching], pointing[~searching]):
            alike = own[part][:, None] == there
            nearest = np.where(alike, cosines, -np.inf).max(axis=1)
            strangers = (~alike & (cosines >= nearest[:, None] - ROUNDING)).sum(axis=1)
            hits[part] = np.isfinite(nearest) & (strangers < self.k)
        return hits
