"""How wrong a model is on each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.rows import Rows, predict
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = npt.NDArray[Any]
TINY = float(np.finfo(np.float64).tiny)
CLASSES = ("binary-classification", "multiclass-classification")


def row_errors(session: InferenceSession, spec: ModelSpec, rows: Rows) -> Array:
    """[N]: 1 for a wrong decision and 0 for a right one; of a quantity |error| over its mean.

    Raises Unavailable as predicting does, for an answer that is not finite, and for other tasks.
    """
    found = predict(session, spec, rows)
    if not found.finite.all():
        raise Unavailable(
            f"row {int(np.flatnonzero(~found.finite)[0]) + 1} is answered with a number that is not finite"
        )
    if spec.task in CLASSES and found.decisions is not None:
        wrong: Array = (found.decisions != found.labels).astype(np.float64)
        return wrong
    if spec.task == "regression" and found.values is not None:
        errors = np.abs(found.values - found.labels).reshape(len(rows), -1).mean(axis=1)
        relative: Array = errors / max(errors.mean(), TINY)
        return relative
    raise Unavailable(f"a {spec.task} without one decided class or quantity a row has no error of a row")
