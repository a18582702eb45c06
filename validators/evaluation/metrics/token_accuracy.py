"""How often a tagger is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.classes import IGNORED
from sluicegate.validators.evaluation.metrics._kinds import decided
from sluicegate.validators.evaluation.metrics._ratios import Parts
from sluicegate.validators.evaluation.metrics._tags import OfTokens
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class TokenAccuracy(OfTokens):
    """The share of tokens whose class is decided rightly (scikit-learn's `accuracy_score` of all tokens).

    Tokens with the label -100, or none, do not count. Interval: the influence function of the ratio over
    documents, on the logit's scale: tokens of one document are not independent.
    """

    below: ClassVar[str] = "tokens with a label"
    metric: Literal["token_accuracy"] = "token_accuracy"

    def parts(self, judged: Predictions) -> Parts:
        """Right tokens of those that count, by document."""
        counted = judged.labels != IGNORED
        right = counted & (decided(judged) == judged.labels)
        return Parts(right.sum(axis=1).astype(np.float64), counted.sum(axis=1).astype(np.float64))
