"""Ratios of two sums over independent units: of tokens by document, of boxes by image."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sluicegate.validators.evaluation.estimates import Scale, Undefined
from sluicegate.validators.evaluation.metrics._kinds import Influenced, Smooth
from sluicegate.validators.evaluation.predictions import Array, Predictions


@dataclass(frozen=True)
class Parts:
    """What is divided by what at each unit, [U] each."""

    above: Array
    below: Array


@dataclass(frozen=True, kw_only=True)
class Ratio(Smooth):
    """A sum over units divided by another one; units of any size are independent, what is in them is not."""

    scale: ClassVar[Scale] = "logit"
    below: ClassVar[str]
    """What is counted below, in words: a ratio without any is undefined."""

    @abstractmethod
    def parts(self, judged: Predictions) -> Parts:
        """Both sums, unit by unit."""

    def influenced(self, judged: Predictions) -> Influenced:
        """The ratio, linearised: a unit adds what it has above less the ratio of what it has below."""
        parts = self.parts(judged)
        total = float(parts.below.sum())
        if total <= 0:
            raise Undefined(f"{self.metric} needs {self.below}, and there are none in {len(judged):,} rows")
        value = float(parts.above.sum()) / total
        influence = (parts.above - value * parts.below) * (len(judged) / total)
        return Influenced(value, influence, int(np.count_nonzero(parts.below)))
