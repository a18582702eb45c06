"""What a regression or a forecast misses by."""

from __future__ import annotations

import numpy as np

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics.base import FORECASTING, REGRESSION
from sluicegate.validators.evaluation.predictions import Array, Predictions

NUMBERS = (REGRESSION, FORECASTING)
"""The tasks that answer numbers."""


def errors(judged: Predictions) -> Array:
    """What is said less what is true, [N, H], with H = 1 for one number a row. Raises Undefined."""
    if judged.values is None:
        raise Undefined("there are no values")
    if judged.values.shape != judged.labels.shape:
        raise Undefined(f"the values are {judged.values.shape}, and the labels {judged.labels.shape}")
    missed = judged.values.astype(np.float64) - judged.labels.astype(np.float64)
    return missed.reshape(len(judged), -1)
