"""What is right of the boxes that a detector finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.metrics._boxes import OfBoxes, Sureness, by_image
from sluicegate.validators.evaluation.metrics._ratios import Parts, Ratio
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class BoxPrecision(OfBoxes, Ratio):
    """The share of the boxes found with a score of at least `score` that overlap a true one of their class.

    Boxes are matched as COCO's evaluation matches them (Lin et al. 2014), at one overlap; each true box is
    found once. Interval: the influence function of the ratio over images, on the logit's scale.
    """

    score: Sureness = 0.5
    below: ClassVar[str] = "boxes with that score"
    metric: Literal["box_precision"] = "box_precision"

    def parts(self, judged: Predictions) -> Parts:
        """Right boxes of those that are found, by image."""
        boxes = self.matched(judged)
        sure = boxes.score >= self.score
        return Parts(
            by_image(boxes.image[sure & boxes.right], len(judged)), by_image(boxes.image[sure], len(judged))
        )

    def counted(self, judged: Predictions) -> Array:
        """All images."""
        return np.ones(len(judged), dtype=bool)

    def counted_as(self, judged: Predictions) -> str:  # noqa: ARG002
        """Images."""
        return "images"
