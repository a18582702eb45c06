"""Boxes that a detector finds, each held against the true ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from sluicegate.validators.evaluation.classes import NO_BOX
from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics.base import DETECTION, Metric
from sluicegate.validators.evaluation.predictions import Array, Predictions

CHUNK = 64
"""Images whose boxes are compared at once."""
Iou = Annotated[float, Field(gt=0, le=1, description="the least overlap, intersection over union")]
Sureness = Annotated[float, Field(ge=0, le=1, description="the least score of a box that counts")]


@dataclass(frozen=True)
class Boxes:
    """All found boxes, surest first, and all true ones, each with image and class."""

    image: Array
    score: Array
    kind: Array
    right: Array
    """Whether it is matched with a true box, bool."""
    true_image: Array
    true_kind: Array


@dataclass(frozen=True, kw_only=True)
class OfBoxes(Metric):
    """A figure of boxes at a least overlap; the units are images, the rows."""

    tasks: ClassVar[tuple[str, ...]] = (DETECTION,)
    uses: ClassVar[tuple[str, ...]] = ("values",)
    iou: Iou = 0.5

    def counted(self, judged: Predictions) -> Array:
        """The images with a true box."""
        counted: Array = (judged.labels[:, :, -1] != NO_BOX).any(axis=1)
        return counted

    def counted_as(self, judged: Predictions) -> str:  # noqa: ARG002
        """Images."""
        return "images with a true box"

    def matched(self, judged: Predictions) -> Boxes:
        """Each found box beside the truth, as COCO's evaluation matches them (Lin et al. 2014).

        In each image the surest box goes first and takes the true box of its class that it overlaps most,
        of those that are left.
        """
        if judged.values is None:
            raise Undefined(f"{self.metric} needs boxes, and there are none")
        order = np.argsort(-judged.values[:, :, 4], axis=1, kind="stable")
        found = np.take_along_axis(judged.values, order[:, :, None], axis=1)
        parts = range(0, len(found), CHUNK)
        right = [_right(found[at : at + CHUNK], judged.labels[at : at + CHUNK], self.iou) for at in parts]
        image, place = np.nonzero(found[:, :, -1] != NO_BOX)
        surest = np.argsort(-found[image, place, 4], kind="stable")
        image, place = image[surest], place[surest]
        true_image, true_place = np.nonzero(judged.labels[:, :, -1] != NO_BOX)
        return Boxes(
            image,
            found[image, place, 4],
            found[image, place, 5],
            np.concatenate(right)[image, place],
            true_image,
            judged.labels[true_image, true_place, 4],
        )


def _right(found: Array, truth: Array, least: float) -> Array:
    """Whether each box of some images, surest first, is matched, bool [n, M]."""
    right = np.zeros(found.shape[:2], dtype=bool)
    if not truth.shape[1]:
        return right
    shared = overlaps(found[:, :, :4], truth[:, :, :4])
    same = (found[:, :, None, 5] == truth[:, None, :, 4]) & (truth[:, None, :, 4] != NO_BOX)
    shared[~same] = 0
    images = np.arange(len(found))
    for place in range(found.shape[1]):
        best = shared[:, place].argmax(axis=1)
        taken = shared[images, place, best] >= min(least, 1 - 1e-10)
        right[:, place] = taken
        shared[images[taken], :, best[taken]] = 0
    return right


def overlaps(some: Array, others: Array) -> Array:
    """Intersection over union of each pair, [n, M, G]; boxes are two corners."""
    start = np.maximum(some[:, :, None, :2], others[:, None, :, :2])
    end = np.minimum(some[:, :, None, 2:], others[:, None, :, 2:])
    both = (end - start).clip(min=0).prod(axis=3)
    areas = [(part[:, :, 2:] - part[:, :, :2]).clip(min=0).prod(axis=2) for part in (some, others)]
    either = areas[0][:, :, None] + areas[1][:, None] - both
    shared: Array = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return shared


def by_image(image: Array, size: int) -> Array:
    """How often each image occurs, [N]."""
    return np.bincount(image, minlength=size).astype(np.float64)
