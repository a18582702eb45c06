"""Permutation importance: how much a metric loses where one column is shuffled among the rows.

Breiman 2001; model-agnostic as in Fisher, Rudin and Dominici 2019 and scikit-learn's
`permutation_importance`, which gives the same values and no interval over rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.estimates import SEED, Estimate, student
from sluicegate.validators.evaluation.feeds import columns, holds_lists
from sluicegate.validators.evaluation.metrics.base import Metric
from sluicegate.validators.evaluation.predictions import Predictions
from sluicegate.validators.evaluation.rows import Rows, predict

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

REPEATS = 5
"""Shuffles of each column."""
MOST_ROWS = 2_000
CONFIDENCE = 0.95
Model = tuple["InferenceSession", ModelSpec]


@dataclass(frozen=True)
class Importance:
    """What the metric loses without a column, in its own unit, by model; None where a model has no such."""

    column: str
    candidate: Estimate | None
    production: Estimate | None

    @property
    def changed(self) -> bool:
        """Whether the two intervals have nothing in common."""
        if self.candidate is None or self.production is None:
            return False
        return self.candidate.lower > self.production.upper or self.candidate.upper < self.production.lower

    @property
    def size(self) -> float:
        """The larger of both, whatever its sign."""
        return max(abs(each.value) for each in (self.candidate, self.production) if each is not None)


def input_columns(spec: ModelSpec) -> list[str]:
    """The data's columns that fill the inputs, each once."""
    return list(dict.fromkeys(name for tensor in spec.signature.inputs for name in columns(tensor)))


def lists(spec: ModelSpec, rows: Rows) -> list[str]:
    """Input columns that hold lists: an image, a series, an embedding. They are not tabular."""
    return [name for name in input_columns(spec) if name in rows.frame and holds_lists(rows.frame[name])]


def sampled(rows: Rows) -> Rows:
    """At most `MOST_ROWS` rows, or whole queries of so many, drawn with a fixed seed."""
    if len(rows) <= MOST_ROWS:
        return rows
    random = np.random.default_rng(SEED)
    if rows.groups is None:
        index = np.sort(random.permutation(len(rows))[:MOST_ROWS])
    else:
        queries = random.permutation(np.unique(rows.groups))
        sizes = np.cumsum([int((rows.groups == query).sum()) for query in queries])
        index = np.flatnonzero(np.isin(rows.groups, queries[: max(int((sizes <= MOST_ROWS).sum()), 1)]))
    groups = None if rows.groups is None else rows.groups[index]
    return Rows(rows.path, rows.frame.iloc[index].reset_index(drop=True), rows.labels[index], groups)


def importances(
    metric: Metric,
    models: Sequence[Model],
    rows: Rows,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[list[Importance], list[str]]:
    """The importance of each column to the candidate and to production, and the columns that were left out.

    `models` has the candidate first, and production if there is one. Columns are taken in their order; one
    that would not be finished within `seconds` is left out, with those after it. Raises Unavailable as
    predicting does, and Undefined where the rows cannot show the metric.
    """
    began = clock()
    whole = [predict(session, spec, rows) for session, spec in models]
    one_shuffle = clock() - began
    names = list(dict.fromkeys(name for _, spec in models for name in input_columns(spec)))
    found: list[Importance] = []
    for position, name in enumerate(names):
        if clock() - began + REPEATS * one_shuffle > seconds:
            return found, names[position:]
        pair = [
            _importance(metric, model, rows, name, answers) if name in input_columns(model[1]) else None
            for model, answers in zip(models, whole, strict=True)
        ]
        found.append(Importance(name, pair[0], pair[1] if len(pair) > 1 else None))
    return found, []


def _importance(metric: Metric, model: Model, rows: Rows, column: str, whole: Predictions) -> Estimate:
    """The mean over shuffles, the same ones for every column and model."""
    losses = []
    for repeat in range(REPEATS):
        order = np.random.default_rng(SEED + repeat).permutation(len(rows))
        shuffled = rows.frame.assign(**{column: rows.frame[column].to_numpy()[order]})
        without = predict(*model, replace(rows, frame=shuffled))
        pair = (without, whole) if metric.lower_is_better else (whole, without)
        losses.append(metric.difference(*pair, CONFIDENCE))
    return _combined(losses)


def _combined(losses: Sequence[Estimate]) -> Estimate:
    """The mean loss: the interval of the rows, widened by how far the shuffles differ (in quadrature)."""
    of_shuffles = student(np.array([loss.value for loss in losses]), CONFIDENCE)
    wider = of_shuffles.upper - of_shuffles.value
    below = np.mean([loss.value - loss.lower for loss in losses])
    above = np.mean([loss.upper - loss.value for loss in losses])
    value = of_shuffles.value
    return Estimate(value, value - float(np.hypot(below, wider)), value + float(np.hypot(above, wider)))
