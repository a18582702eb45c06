"""What a detector finds of the boxes that are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sluicegate.validators.evaluation.metrics._boxes import OfBoxes, Sureness, by_image
from sluicegate.validators.evaluation.metrics._ratios import Parts, Ratio
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Predictions


@metric
@dataclass(frozen=True, kw_only=True)
class BoxRecall(OfBoxes, Ratio):
    """The share of the true boxes that are found, with a score of at least `score`.

    Boxes are matched as COCO's evaluation matches them (Lin et al. 2014), at one overlap; an image in which
    nothing is found misses all of its boxes. Interval: the influence function of the ratio over images, on
    the logit's scale.
    """

    score: Sureness = 0.5
    below: ClassVar[str] = "true boxes"
    metric: Literal["box_recall"] = "box_recall"

    def parts(self, judged: Predictions) -> Parts:
        """Found boxes of the true ones, by image."""
        boxes = self.matched(judged)
        found = boxes.right & (boxes.score >= self.score)
        return Parts(by_image(boxes.image[found], len(judged)), by_image(boxes.true_image, len(judged)))
