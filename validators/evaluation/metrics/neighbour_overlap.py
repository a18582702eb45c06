"""Whether both versions find the same rows near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sluicegate.validators.evaluation.estimates import Estimate, Undefined, student
from sluicegate.validators.evaluation.metrics._embeddings import InGallery, directions, similarities
from sluicegate.validators.evaluation.metrics._kinds import OfBoth
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class NeighbourOverlap(OfBoth, InGallery):
    """The mean share of a query's `k` nearest rows of the gallery that both versions have in common.

    It needs no labels, and the embeddings may differ in length: what a gallery that production embedded would
    lose. Interval: Student's t over queries, for this gallery.
    """

    uses: ClassVar[tuple[str, ...]] = ("values", "groups")
    k: Annotated[int, Field(ge=1, description="how many of the nearest are compared")] = 10
    metric: Literal["neighbour_overlap"] = "neighbour_overlap"

    def _between(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        searching = self.searches(candidate)
        gallery = int((~searching).sum())
        if gallery <= self.k:
            raise Undefined(
                f"neighbour_overlap needs a gallery of more than k, {self.k}, rows, and it has {gallery}"
            )
        near = [self._near(judged, searching) for judged in (candidate, production)]
        common = (near[0][:, :, None] == near[1][:, None, :]).any(axis=2).mean(axis=1)
        return student(common, confidence)

    def _near(self, judged: Predictions, searching: Array) -> Array:
        """The gallery's rows nearest to each query, [Q, k]."""
        pointing = directions(self.metric, judged)
        parts = [
            np.argpartition(-cosines, self.k - 1, axis=1)[:, : self.k]
            for _, cosines in similarities(pointing[searching], pointing[~searching])
        ]
        return np.concatenate(parts)
