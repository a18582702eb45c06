"""The boxes that a detector finds, of one image a call or of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.detection import Detection
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.selection import named
from sluicegate.validators.evaluation.batches import batches
from sluicegate.validators.evaluation.calls import call
from sluicegate.validators.evaluation.classes import class_names
from sluicegate.validators.evaluation.list_labels import corners, stacked_boxes
from sluicegate.validators.evaluation.predictions import Predictions
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]


def detected(session: InferenceSession, spec: ModelSpec, frame: pd.DataFrame, labels: Array) -> Predictions:
    """The boxes found in each image, with score and class; an image may have none. Raises Unavailable."""
    declared = spec.detection or Detection()
    keys = [key for key in ("boxes", "scores", "labels", "count") if getattr(declared, key) is not None]
    names = [getattr(declared, key) for key in keys]
    together = len(named(spec, declared.boxes).shape) == 3
    found: list[Array] = [np.empty((0, 6))] * len(frame)
    broken = np.zeros(len(frame), dtype=bool)
    for batch in batches(frame, spec, None if together else 1):
        answer = dict(zip(keys, call(session, names, batch), strict=True))
        for place, row in enumerate(batch.rows):
            own = {key: value[place] for key, value in answer.items()} if together else answer
            boxes = _boxes(own, declared)
            broken[row] = not np.isfinite(boxes).all()
            found[row] = boxes[np.isfinite(boxes).all(axis=1)]
    return Predictions(labels, values=stacked_boxes(found), classes=class_names(spec), broken=broken)


def _boxes(own: dict[str, Array], declared: Detection) -> Array:
    """The boxes of one image, [M, 6]: two corners, score and class. Raises Unavailable."""
    boxes = np.asarray(own["boxes"], dtype=np.float64)
    scores = np.asarray(own["scores"], dtype=np.float64)
    kinds = np.asarray(own.get("labels", np.zeros(len(scores))), dtype=np.float64)
    if boxes.shape != (len(scores), 4) or scores.ndim != 1 or kinds.shape != scores.shape:
        raise Unavailable(
            f"the boxes of one image are {list(boxes.shape)}, the scores {list(scores.shape)}, the classes "
            f"{list(kinds.shape)}",
            "quality",
            "Export [boxes, 4] beside [boxes] and [boxes], with a batch before all of them or none.",
        )
    keep = ~(scores <= 0)
    if "count" in own:
        keep = np.arange(len(scores)) < int(np.asarray(own["count"]).reshape(-1)[0])
    return np.column_stack([corners(boxes[keep], declared.format), scores[keep], kinds[keep]])
