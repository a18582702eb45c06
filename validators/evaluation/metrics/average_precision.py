"""A detector at all its scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from sluicegate.validators.evaluation.estimates import Scale, Undefined
from sluicegate.validators.evaluation.metrics._boxes import Boxes, OfBoxes, by_image
from sluicegate.validators.evaluation.metrics._kinds import Influenced, Smooth
from sluicegate.validators.evaluation.metrics.base import metric
from sluicegate.validators.evaluation.predictions import Array, Predictions

RECALLS = np.linspace(0, 1, 101)
"""Where COCO's evaluation reads the precision (cocoeval.py, `recThrs`)."""


@metric
@dataclass(frozen=True, kw_only=True)
class AveragePrecision(OfBoxes, Smooth):
    """The mean over classes of the area under precision and recall of boxes, at one overlap: COCO's AP50.

    As pycocotools computes it (Lin et al. 2014), at 101 recalls, the precision being the best at any lower
    score; all boxes count, of any size, however many an image has. Classes without a true box are left out.
    Interval: the influence function over images of the area under that curve, on the logit's scale.
    """

    scale: ClassVar[Scale] = "logit"
    metric: Literal["average_precision"] = "average_precision"

    def influenced(self, judged: Predictions) -> Influenced:
        """The mean over classes, and what each image adds."""
        boxes = self.matched(judged)
        kinds = np.unique(boxes.true_kind)
        if not len(kinds):
            raise Undefined(f"average_precision needs true boxes, and there are none in {len(judged):,} rows")
        each = [_of_class(boxes, kind, len(judged)) for kind in kinds]
        influence = np.mean([one.influence for one in each], axis=0)
        with_truth = int(self.counted(judged).sum())
        return Influenced(float(np.mean([one.value for one in each])), influence, with_truth)


def _of_class(boxes: Boxes, kind: float, images: int) -> Influenced:
    mine = boxes.kind == kind
    image, right = boxes.image[mine], boxes.right[mine].astype(np.float64)
    truth = by_image(boxes.true_image[boxes.true_kind == kind], images)
    total = float(truth.sum())
    if not len(right):
        return Influenced(0.0, np.zeros(images))
    above = np.arange(1, len(right) + 1)
    found = np.cumsum(right)
    precision = found / above
    best, place = _best_from(precision)
    at = np.searchsorted(found / total, RECALLS - 1e-12)
    value = float(np.where(at < len(best), best[np.minimum(at, len(best) - 1)], 0.0).mean())
    # One image more adds its own boxes, and moves the precision at each place that another box is read at.
    read = np.bincount(place, weights=right, minlength=len(right)) / above
    raised = np.cumsum(read[::-1])[::-1]
    lowered = np.cumsum((read * precision)[::-1])[::-1]
    of_boxes = right * best + right * raised - lowered
    area = float((right * best).sum()) / total
    of_images = np.bincount(image, weights=of_boxes, minlength=images) - area * truth
    return Influenced(value, of_images * (images / total))


def _best_from(precision: Array) -> tuple[Array, Array]:
    """The best precision at each place or a later one, and the place where it is."""
    best = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.arange(len(precision))
    at = np.where(precision == best, places, len(precision) - 1)
    return best, np.minimum.accumulate(at[::-1])[::-1]
