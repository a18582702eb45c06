"""Scores as probabilities."""

from __future__ import annotations

import numpy as np

from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.metrics._kinds import of_class_one
from sluicegate.validators.evaluation.predictions import ROUNDING, Array, Predictions


def score_of(judged: Predictions) -> Array:
    """The scores. Raises Undefined where there are none."""
    if judged.scores is None:
        raise Undefined("there are no scores")
    return judged.scores


def of_each_class(judged: Predictions) -> Array:
    """The probability of each class, [N, K], each row with the sum 1.

    Raises Undefined for a score that is not a probability, and for a label beyond the classes.
    """
    scores = score_of(judged).astype(np.float64)
    if scores.ndim == 1:
        of_class_one(judged)
        scores = np.column_stack([1 - scores, scores])
    outside = int(((scores < -ROUNDING) | (scores > 1 + ROUNDING)).any(axis=1).sum())
    if outside:
        raise Undefined(f"{outside:,} of {len(scores):,} rows have scores that are not probabilities")
    scores = scores.clip(0, 1)
    beyond = int(((judged.labels < 0) | (judged.labels >= scores.shape[1])).sum())
    if beyond:
        raise Undefined(f"{beyond:,} of {len(scores):,} labels are of none of the {scores.shape[1]} classes")
    total = scores.sum(axis=1, keepdims=True)
    empty = int((total == 0).sum())
    if empty:
        raise Undefined(f"{empty:,} of {len(scores):,} rows have no probability above 0")
    whole: Array = scores / total
    return whole


def of_true_class(judged: Predictions) -> Array:
    """The probability of the class that is true, [N]. Raises Undefined as `of_each_class` does."""
    chosen: Array = np.take_along_axis(of_each_class(judged), judged.labels[:, None], axis=1)[:, 0]
    return chosen
