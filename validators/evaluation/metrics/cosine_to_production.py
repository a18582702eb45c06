"""Whether both versions put a row in the same place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sluicegate.validators.evaluation.estimates import Estimate, Undefined, student
from sluicegate.validators.evaluation.metrics._embeddings import directions
from sluicegate.validators.evaluation.metrics._kinds import OfBoth
from sluicegate.validators.evaluation.metrics.base import RETRIEVAL, metric
from sluicegate.validators.evaluation.predictions import Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class CosineToProduction(OfBoth):
    """The mean cosine of the candidate's embedding of a row and production's.

    A low one means that whatever stores production's embeddings must be filled anew; a space that was only
    turned has a low one as well, and a high `neighbour_overlap`. Interval: Student's t over rows.
    """

    tasks: ClassVar[tuple[str, ...]] = (RETRIEVAL,)
    uses: ClassVar[tuple[str, ...]] = ("values",)
    metric: Literal["cosine_to_production"] = "cosine_to_production"

    def _between(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        one = directions(self.metric, candidate)
        other = directions(self.metric, production)
        if one.shape != other.shape:
            raise Undefined(
                f"the candidate's embeddings have {one.shape[1]} numbers, and production's {other.shape[1]}"
            )
        return student((one * other).sum(axis=1), confidence)
