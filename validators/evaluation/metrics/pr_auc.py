"""The area under the curve of precision and recall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import FEWEST
from sluicegate.validators.evaluation.metrics._kinds import Influenced, OfPositives
from sluicegate.validators.evaluation.metrics._scores import score_of
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class PrAuc(OfPositives):
    """Average precision: the mean precision at each positive (scikit-learn's `average_precision_score`).

    Interval: its influence function on the logit's scale (Boyd, Eng and Page 2013 recommend that scale). It
    depends on the share of positives: compare it on the same rows only.
    """

    of_each_class: ClassVar[int] = FEWEST
    metric: Literal["pr_auc"] = "pr_auc"

    def influenced(self, judged: Predictions) -> Influenced:
        """A row adds its own precision, and changes that at every positive that scores no higher."""
        from sklearn.metrics import average_precision_score

        scores = score_of(judged)
        value = float(average_precision_score(judged.labels, scores))
        positive = judged.labels == 1
        # Precision is taken at each distinct score, of all rows that score as much or more.
        levels, level = np.unique(-scores, return_inverse=True)
        there = np.bincount(level, minlength=len(levels)).astype(np.float64)
        right = np.bincount(level, weights=positive, minlength=len(levels))
        above = np.cumsum(there)
        precision = np.cumsum(right) / above
        # What one row more does to the precision at its level and the lower ones, summed over positives.
        lowered = np.cumsum((right * precision / above)[::-1])[::-1]
        raised = np.cumsum((right / above)[::-1])[::-1]
        influence = np.where(positive, raised[level] + precision[level] - value, 0.0) - lowered[level]
        count = int(positive.sum())
        return Influenced(value, influence * len(scores) / count, min(count, len(scores) - count))
