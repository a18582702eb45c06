"""How many words a language model hesitates between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import Scale
from sluicegate.validators.evaluation.metrics._kinds import Influenced
from sluicegate.validators.evaluation.metrics._ratios import Parts, Ratio
from sluicegate.validators.evaluation.metrics.base import LANGUAGE_MODEL, metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class Perplexity(Ratio):
    """The exponential of the mean of -log of the chance of each next token (Jelinek et al. 1977).

    Over all tokens that count, of all documents together; each is predicted from those before it in its row,
    the first of a row from none, and so not at all. It depends on the vocabulary: models with other tokens
    cannot be compared. Interval: the influence function over documents, on the logarithm's scale.
    """

    tasks: ClassVar[tuple[str, ...]] = (LANGUAGE_MODEL,)
    uses: ClassVar[tuple[str, ...]] = ("values",)
    lower_is_better: ClassVar[bool] = True
    scale: ClassVar[Scale] = "log"
    below: ClassVar[str] = "tokens with a label"
    metric: Literal["perplexity"] = "perplexity"

    def parts(self, judged: Predictions) -> Parts:
        """Surprise and tokens of each document."""
        return Parts(np.zeros(len(judged)) if judged.values is None else judged.values, judged.labels)

    def influenced(self, judged: Predictions) -> Influenced:
        """Of the exponential of the ratio."""
        found = super().influenced(judged)
        value = float(np.exp(found.value))
        return Influenced(value, value * found.influence)

    def counted(self, judged: Predictions) -> Array:
        """The documents with a token that is predicted."""
        counted: Array = judged.labels > 0
        return counted

    def counted_as(self, judged: Predictions) -> str:  # noqa: ARG002
        """Documents."""
        return "documents with a token that is predicted"
