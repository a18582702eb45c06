"""The truth among the likeliest classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics._kinds import Share
from sluicegate.validators.evaluation.metrics._scores import score_of
from sluicegate.validators.evaluation.metrics.base import MULTICLASS, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class TopKAccuracy(Share):
    """The share of rows whose class is among the `k` likeliest (scikit-learn's `top_k_accuracy_score`).

    A tie never helps: a class that scores as much as others stands behind them. (scikit-learn puts the higher
    index first; without ties it is the same.) Interval: Clopper and Pearson 1934; paired: Tango 1998.
    """

    tasks: ClassVar[tuple[str, ...]] = (MULTICLASS,)
    uses: ClassVar[tuple[str, ...]] = ("scores",)
    k: Annotated[int, Field(ge=2, description="how many classes, for one alone use accuracy")] = 5
    metric: Literal["top_k_accuracy"] = "top_k_accuracy"

    def hits(self, judged: Predictions) -> Array:
        """Whether fewer than k other classes score as much as the true one."""
        scores = score_of(judged)
        if scores.ndim != 2 or scores.shape[1] <= self.k:
            count = 2 if scores.ndim == 1 else scores.shape[1]
            raise Undefined(f"top_k_accuracy needs more classes than k, {self.k}, and there are {count}")
        beyond = int(((judged.labels < 0) | (judged.labels >= scores.shape[1])).sum())
        if beyond:
            raise Undefined(f"{beyond:,} labels are of none of the {scores.shape[1]} classes")
        own = np.take_along_axis(scores, judged.labels[:, None], axis=1)
        hits: Array = (scores >= own).sum(axis=1) <= self.k
        return hits
