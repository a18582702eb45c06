"""Labels of which a row has many: one for each token, or a box for each thing in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.detection import Detection
from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.classes import IGNORED, NO_BOX
from sluicegate.validators.evaluation.feeds import FAULT, is_list
from sluicegate.validators.runner.inputs import Unavailable

Array = npt.NDArray[Any]


def token_labels(column: pd.Series[Any], spec: ModelSpec, path: str) -> Array:
    """The class, or the token, at each token, [N, T] as int64, filled up with IGNORED. Raises Unavailable."""
    known = None if spec.classes is None else {name: number for number, name in enumerate(spec.classes)}
    rows = [
        [_token(value, known, f"{path}: row {row + 1} of label {column.name!r}") for value in _listed(values)]
        if is_list(values)
        else _no_list(values, f"{path}: row {row + 1} of label {column.name!r}")
        for row, values in enumerate(column)
    ]
    return _filled(rows)


def _listed(values: Any) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _no_list(value: Any, where: str) -> list[int]:
    raise Unavailable(
        f"{where} holds {value!s:.40}, and no list", FAULT, "Write one label for each token, as a list."
    )


def _token(value: Any, known: dict[Any, int] | None, where: str) -> int:
    if value is None or value != value or value == IGNORED:  # noqa: PLR0124  # a missing number is NaN
        return IGNORED
    if known is not None and isinstance(value, str | int | float | bool) and value in known:
        return known[value]
    if known is None and not isinstance(value, str) and value == int(value) and value >= 0:
        return int(value)
    remedy = "Write a class of `classes`, or -100 where a token does not count."
    if known is None:
        remedy = "Write whole numbers from 0, or name the labels in `classes`, in the output's order."
    raise Unavailable(f"{where} holds {value!s:.40}, which is not a class", FAULT, remedy)


def _filled(rows: Sequence[Sequence[int]]) -> Array:
    filled = np.full((len(rows), max(map(len, rows), default=0)), IGNORED, dtype=np.int64)
    for row, values in enumerate(rows):
        filled[row, : len(values)] = values
    return filled


def box_labels(frame: pd.DataFrame, spec: ModelSpec, path: str) -> Array:
    """The true boxes, [N, G, 5]: two corners and the class of each, filled up with NO_BOX.

    The first label column holds lists of four numbers, the second, where there is one, their classes.
    Raises Unavailable with the row.
    """
    declared = spec.detection or Detection()
    known = None if spec.classes is None else {name: number for number, name in enumerate(spec.classes)}
    boxes = [_boxes(value, path, row) for row, value in enumerate(frame[spec.data.labels[0]])]
    classes = [[0] * len(own) for own in boxes]
    if len(spec.data.labels) > 1:
        name = spec.data.labels[1]
        for row, values in enumerate(frame[name]):
            where = f"{path}: row {row + 1} of label {name!r}"
            own = _listed(values) if is_list(values) else _no_list(values, where)
            classes[row] = [_token(value, known, where) for value in own]
            if len(own) != len(boxes[row]) or IGNORED in classes[row]:
                message = f"{where} has {len(own)} classes, and {len(boxes[row])} boxes"
                raise Unavailable(message, FAULT, "Write one class for each box.")
    return stacked_boxes(
        [
            np.column_stack([corners(own, declared.format), kinds]) if len(own) else np.empty((0, 5))
            for own, kinds in zip(boxes, classes, strict=True)
        ]
    )


def _boxes(value: Any, path: str, row: int) -> Array:
    try:
        made = np.array([np.asarray(box, dtype=np.float64) for box in value], dtype=np.float64)
        made = made.reshape(len(made), 4)
    except (TypeError, ValueError) as problem:
        raise Unavailable(
            f"{path}: row {row + 1} has boxes that are not lists of four numbers", FAULT
        ) from problem
    if not np.isfinite(made).all():
        raise Unavailable(f"{path}: row {row + 1} has a box that is not finite", FAULT)
    return made


def corners(boxes: Array, form: str) -> Array:
    """Boxes [M, 4] of a format of `Detection` as (left, top, right, bottom)."""
    if form == "xyxy":
        return boxes
    if form == "yxyx":
        return boxes[:, [1, 0, 3, 2]]
    start, size = boxes[:, :2], boxes[:, 2:]
    if form == "cxcywh":
        start = start - size / 2
    return np.concatenate([start, start + size], axis=1)


def stacked_boxes(rows: Sequence[Array]) -> Array:
    """The boxes of each row, [M, C] with the class last, as one array [N, most, C]."""
    width = rows[0].shape[1] if rows else 5
    whole = np.zeros((len(rows), max(map(len, rows), default=0), width))
    whole[:, :, -1] = NO_BOX
    for row, own in enumerate(rows):
        whole[row, : len(own)] = own
    return whole
