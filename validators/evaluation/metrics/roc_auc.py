"""How well scores tell two classes apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sluicegate.validators.evaluation.estimates import Estimate, clopper_pearson, normal, placements
from sluicegate.validators.evaluation.metrics._kinds import of_class_one, require_both_classes
from sluicegate.validators.evaluation.metrics._scores import score_of
from sluicegate.validators.evaluation.metrics.base import BINARY, Metric, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class RocAuc(Metric):
    """The chance that a positive scores above a negative, ties half (scikit-learn's `roc_auc_score`).

    Interval: DeLong, DeLong and Clarke-Pearson 1988, paired as well; without any misplaced pair it has no
    width, and ends where that of as many trials as the rarer class has rows does (Clopper and Pearson).
    """

    tasks: ClassVar[tuple[str, ...]] = (BINARY,)
    uses: ClassVar[tuple[str, ...]] = ("scores",)
    metric: Literal["roc_auc"] = "roc_auc"

    def require(self, judged: Predictions) -> None:
        """Raises Undefined for several scores a row, and for too few rows of a class."""
        super().require(judged)
        require_both_classes("roc_auc", judged, self.fewest)

    def counted(self, judged: Predictions) -> Array:
        """The positives."""
        require_both_classes("roc_auc", judged, 0)
        return of_class_one(judged)

    def counted_as(self, judged: Predictions) -> str:  # noqa: ARG002
        """Positives."""
        return "positives"

    def _estimate(self, judged: Predictions, confidence: float) -> Estimate:
        of_positives, of_negatives = _placed(judged)
        value = _value(judged)
        variance = _variance(of_positives, of_negatives)
        if variance > 0:
            return normal(value, variance, confidence, (0.0, 1.0))
        trials = min(len(of_positives), len(of_negatives))
        around = clopper_pearson(round(value * trials), trials, confidence)
        return Estimate(value, around.lower, around.upper)

    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate:
        one = _placed(candidate)
        other = _placed(production)
        variance = _variance(one[0] - other[0], one[1] - other[1])
        return normal(_value(candidate) - _value(production), variance, confidence, (-1.0, 1.0))


def _placed(judged: Predictions) -> tuple[Array, Array]:
    return placements(judged.labels == 1, score_of(judged))


def _value(judged: Predictions) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(judged.labels, score_of(judged)))


def _variance(of_positives: Array, of_negatives: Array) -> float:
    """DeLong's: both classes are drawn by themselves."""
    return float(of_positives.var(ddof=1) / len(of_positives) + of_negatives.var(ddof=1) / len(of_negatives))
