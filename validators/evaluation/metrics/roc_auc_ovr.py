"""How well each class's scores tell it from the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import Scale, Undefined, placements
from sluicegate.validators.evaluation.metrics._kinds import Influenced, Smooth
from sluicegate.validators.evaluation.metrics._scores import score_of
from sluicegate.validators.evaluation.metrics.base import MULTICLASS, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class RocAucOneVsRest(Smooth):
    """The ROC AUC of each class against the rest, averaged (scikit-learn's `multi_class="ovr"`).

    Interval: the influence function, which is DeLong's placements of each class, on the logit's scale.
    """

    tasks: ClassVar[tuple[str, ...]] = (MULTICLASS,)
    uses: ClassVar[tuple[str, ...]] = ("scores",)
    scale: ClassVar[Scale] = "logit"
    average: Literal["macro", "weighted"] = "macro"
    """`weighted` counts each class as often as it has rows."""
    metric: Literal["roc_auc_ovr"] = "roc_auc_ovr"

    def require(self, judged: Predictions) -> None:
        """Raises Undefined for one score a row, and for a class with too few rows in it or outside."""
        super().require(judged)
        scores = score_of(judged)
        if scores.ndim != 2:
            raise Undefined("roc_auc_ovr needs the score of each class; for one score a row use roc_auc")
        for label in range(scores.shape[1]):
            count = int((judged.labels == label).sum())
            if not self.fewest <= count <= len(judged) - self.fewest:
                raise Undefined(
                    f"roc_auc_ovr needs {self.fewest} rows of each class, and class {label} has {count}"
                )

    def influenced(self, judged: Predictions) -> Influenced:
        """The average over classes, whose weights vary with the rows as well if it is `weighted`."""
        scores = score_of(judged)
        truth = judged.labels[:, None] == np.arange(scores.shape[1])
        shares = truth.mean(axis=0)
        weights = shares if self.average == "weighted" else np.full(len(shares), 1 / len(shares))
        found = [_of_class(truth[:, label], scores[:, label]) for label in range(len(shares))]
        values = np.array([one.value for one in found])
        influence = np.column_stack([one.influence for one in found]) @ weights
        if self.average == "weighted":
            influence = influence + (truth - shares) @ values
        return Influenced(float(weights @ values), influence, int(truth.sum(axis=0).min()))


def _of_class(truth: Array, scores: Array) -> Influenced:
    from sklearn.metrics import roc_auc_score

    value = float(roc_auc_score(truth, scores))
    of_own, of_others = placements(truth, scores)
    influence = np.empty(len(truth))
    influence[truth] = (of_own - value) / truth.mean()
    influence[~truth] = (of_others - value) / (1 - truth.mean())
    return Influenced(value, influence)
