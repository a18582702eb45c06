"""Evaluation rows, and the same rows with one column changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model_tests import Change
from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.expected.outcome import shown
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.inputs import Unavailable

Array = npt.NDArray[Any]
FAULT = "expectations"


@dataclass(frozen=True)
class Changed:
    """Some evaluation rows, and what becomes of them, change after change."""

    number: Array
    """The row's number in the file, from 1."""
    before: Rows
    after: tuple[tuple[str, Rows], ...]
    """What the column becomes, in words, and the rows with it."""

    def row(self, at: int) -> str:
        """One of the rows, in words."""
        return f"row {self.number[at]} of {self.before.path}"


def changed(rows: Rows, change: Change, count: int) -> Changed:
    """So many rows, evenly from all of them, and the same ones each time.

    Rows in which the column is missing are left out where something is done to its value. Raises
    Unavailable where the rows have no such column, or nothing can be done to its values, and Undefined
    where no row is left.
    """
    if change.column not in rows.frame.columns:
        raise Unavailable(f"the rows have no column {change.column!r}", FAULT)
    usable = np.arange(len(rows))
    if change.to is None:
        usable = np.flatnonzero(_numbers(rows.frame[change.column]).notna().to_numpy())
    if not len(usable):
        raise Undefined(f"no row has a value of {change.column}")
    chosen = usable[np.unique(np.linspace(0, len(usable) - 1, min(count, len(usable))).astype(int))]
    before = _at(rows, chosen)
    return Changed(chosen + 1, before, tuple(_changed(before, change)))


def _at(rows: Rows, chosen: Array) -> Rows:
    groups = None if rows.groups is None else rows.groups[chosen]
    return replace(
        rows, frame=rows.frame.iloc[chosen].reset_index(drop=True), labels=rows.labels[chosen], groups=groups
    )


def _changed(rows: Rows, change: Change) -> Iterator[tuple[str, Rows]]:
    column = change.column
    for value in change.to or ():
        yield f"{column} = {_word(value)}", _with(rows, column, _same(value, rows))
    if change.add is not None:
        yield f"{column} {change.add:+g}", _with(rows, column, _numbers(rows.frame[column]) + change.add)
    if change.multiply is not None:
        values = _numbers(rows.frame[column]).mul(change.multiply)
        yield f"{column} * {change.multiply:g}", _with(rows, column, values)


def _with(rows: Rows, column: str, values: pd.Series[Any]) -> Rows:
    return replace(rows, frame=rows.frame.assign(**{column: values}))


def _same(value: Any, rows: Rows) -> pd.Series[Any]:
    whole = list(value) if isinstance(value, tuple) else value
    return pd.Series([whole] * len(rows), index=rows.frame.index, dtype=object)


def _word(value: Any) -> str:
    if value is None:
        return "missing"
    return shown(list(value) if isinstance(value, tuple) else value)


def _numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    """The column, if something can be added to it. Raises Unavailable for text, lists and classes."""
    if column.dtype == object or not pd.api.types.is_numeric_dtype(column):
        raise Unavailable(
            f"column {column.name!r} is {column.dtype}, to which nothing can be added",
            FAULT,
            "Name the values that it changes to: change: {column: ..., to: [...]}.",
        )
    return column.astype(float) if pd.api.types.is_bool_dtype(column) else column
