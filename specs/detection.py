"""Which outputs of a detector hold its boxes, and how a box is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

OutputName = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True)
class Detection:
    """The outputs of a detector, of one image or of a batch: [M, 4] or [batch, M, 4], and likewise."""

    boxes: OutputName = "boxes"
    """Four numbers a box, [..., M, 4]."""
    scores: OutputName = "scores"
    """How sure each box is, [..., M]."""
    labels: OutputName | None = "labels"
    """The class of each box, [..., M]; null for a detector of one class."""
    count: OutputName | None = None
    """How many boxes of an image hold; without it all of them with a score above 0."""
    format: Literal["xyxy", "xywh", "cxcywh", "yxyx"] = "xyxy"
    """Of the outputs and of the true boxes: two corners, corner and size, centre and size, or y first."""
