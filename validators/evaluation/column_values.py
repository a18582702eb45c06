"""The values of a table's column one by one, whatever type its file gives it, and whether they fit a type."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.columns import EARLIEST, LATEST, ColumnType
from sluicegate.validators.evaluation.feeds import EXACT, flat_lists, has_a_list

Array = npt.NDArray[Any]
NUMBERS = (int, float, np.number, np.bool_)
MOMENTS = f"a moment of ISO 8601 between the years {EARLIEST} and {LATEST}"
"""What a datetime is, in words."""


@dataclass(frozen=True)
class Values:
    """A column without its gaps: each value with its row, from 0; a list gives several of one row."""

    values: pd.Series[Any]
    rows: Array
    gaps: Array
    """Rows that have no value, or a list with a gap."""

    def __len__(self) -> int:
        return len(self.values)

    def where(self, kept: Array) -> Values:
        """Some of the values; the gaps stay."""
        return Values(self.values[kept].reset_index(drop=True), self.rows[kept], self.gaps)


def values_of(column: pd.Series[Any]) -> Values:
    """The column's values."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    rows = np.arange(len(column))
    series = column
    if has_a_list(column):
        flat, rows = flat_lists(column)
        series = pd.Series(flat)
    missing = series.isna().to_numpy()
    kept = series[~missing].reset_index(drop=True)
    if kept.dtype.name in ("Int64", "UInt64"):
        kept = kept.astype("int64" if kept.dtype.name == "Int64" else "uint64")
    if len(kept) and all(isinstance(value, Decimal) for value in kept):
        kept = _of_decimals(kept)
    return Values(kept, rows[~missing], np.unique(rows[missing]))


def _of_decimals(values: pd.Series[Any]) -> pd.Series[Any]:
    """Decimals as whole numbers where all are, exactly; else as float64."""
    whole = all(value.is_finite() and value == value.to_integral_value() for value in values)
    return pd.Series([int(value) if whole else float(value) for value in values])


def misfits(values: pd.Series[Any], dtype: ColumnType) -> Array:
    """Which of the values are not of this type [N]."""
    if dtype == "string":
        return np.array([not isinstance(value, str) for value in values], dtype=bool)
    if dtype == "datetime":
        return moments(values).isna().to_numpy()
    array = values.to_numpy()
    if array.dtype.kind not in "biuf":
        return np.array([not _fits(value, dtype) for value in array], dtype=bool)
    if dtype.startswith("float"):
        with np.errstate(over="ignore"):
            made = array.astype(dtype)
        overflow: Array = np.isinf(made) & ~np.isinf(array.astype(np.float64))
        return overflow
    low, high = whole_bounds(dtype)
    wrong = outside(values, low, high)
    if array.dtype.kind == "f":
        finite = np.where(np.isfinite(array), array, 0.5)
        wrong |= (finite != np.round(finite)) | (np.abs(finite) > EXACT)
    return wrong


def whole_bounds(dtype: str) -> tuple[int, int]:
    """The least and the largest value of a type of whole numbers."""
    if dtype == "bool":
        return 0, 1
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def _fits(value: object, dtype: ColumnType) -> bool:
    """Whether one value of a column of several types is a number that fits."""
    return _is_number(value) and not misfits(pd.Series([value]), dtype)[0]


def _is_number(value: object) -> bool:
    """Whether it is a number; numpy counts a duration among its whole numbers."""
    return isinstance(value, NUMBERS) and not isinstance(value, np.timedelta64)


def are_numbers(values: pd.Series[Any]) -> Array:
    """Which of the values are numbers [N]."""
    if values.dtype.kind in "biuf":
        return np.ones(len(values), dtype=bool)
    return np.array([_is_number(value) for value in values], dtype=bool)


def outside(values: pd.Series[Any], low: Any, high: Any) -> Array:
    """Which of the numbers or moments are below `low` or above `high`; None is unbounded. Exact."""
    array = values.to_numpy()
    if array.dtype.kind in "biu" and array.size:
        # As Python's whole numbers: numpy would compare int64 and 2**63 as floats.
        least, most = int(array.min()), int(array.max())
        if (low is None or low <= least) and (high is None or most <= high):
            return np.zeros(len(array), dtype=bool)
        array = array.astype(object)
    wrong = np.zeros(len(array), dtype=bool)
    if low is not None:
        wrong |= np.asarray(array < low, dtype=bool)
    if high is not None:
        wrong |= np.asarray(array > high, dtype=bool)
    return wrong


def moments(values: pd.Series[Any]) -> pd.Series[Any]:
    """The values as moments in UTC, NaT for any other value; a moment without a time zone is taken as UTC."""
    if values.dtype.kind in "biuf":
        return pd.Series(pd.NaT, index=values.index, dtype="datetime64[ns, UTC]")
    if values.dtype == object:
        values = values.mask(are_numbers(values))
    return pd.to_datetime(values, format="ISO8601", utc=True, errors="coerce")
