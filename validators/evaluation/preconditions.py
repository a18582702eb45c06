"""What a sample must have before anything can be computed of it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sluicegate.specs.model import ModelSpec
from sluicegate.validators.evaluation.feeds import input_columns
from sluicegate.validators.evaluation.rows import Rows

MIN_ROWS = 10
"""The fewest rows of a sample: fewer show nothing."""
CLASSES_OF_ONE = ("binary-classification", "multiclass-classification")
"""Tasks in which a row is of one class."""


def precondition_errors(rows: Rows, spec: ModelSpec) -> Iterator[str]:
    """Why nothing can be computed of a sample, each as a predicate of it."""
    yield from _columns(rows.frame, spec)
    if len(rows) < MIN_ROWS:
        yield f"has {len(rows)} rows, of at least {MIN_ROWS}"
    if (rows.labels == rows.labels[0]).all():
        kind = "class" if spec.task in CLASSES_OF_ONE else "value"
        one = "the same" if rows.labels.ndim > 2 else rows.labels[0]
        yield f"has one label in every row, {one}; a single {kind} shows nothing"


def _columns(frame: pd.DataFrame, spec: ModelSpec) -> Iterator[str]:
    missing = [name for name in (*input_columns(spec), *spec.data.segments) if name not in frame.columns]
    if missing:
        yield f"has no column {', '.join(missing[:10])}"
