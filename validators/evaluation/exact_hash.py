"""A 64-bit number for each value, the same for equal values whatever the type of their column.

Whole numbers are taken exactly, also above 2^53, so that an int64, a uint64 and a float64 of one number are
equal and two neighbouring ids are not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.util import hash_array

from sluicegate.validators.evaluation.feeds import flat_lists, has_a_list, stacked

Array = npt.NDArray[Any]
Hashes = npt.NDArray[np.uint64]
_MISSING = np.uint64(0x9E3779B97F4A7C15)
_FRACTION = np.uint64(0xD1B54A32D192ED03)
"""Keeps a fraction's bits apart from the whole number of the same bits."""


def hashes(column: pd.Series[Any]) -> Hashes:
    """One number a row; a list is one value, of whatever length."""
    if column.dtype.name in ("Int64", "UInt64"):
        missing = column.isna().to_numpy()
        whole = column.fillna(0).to_numpy(dtype=np.int64 if column.dtype.name == "Int64" else np.uint64)
        return np.where(missing, _MISSING, _of_array(whole))
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if has_a_list(column):
        flat, rows = flat_lists(column)
        return _of_lists(_of_array(flat), rows, len(column))
    return _of_array(stacked(column))


def _of_lists(parts: Hashes, rows: Array, count: int) -> Hashes:
    """One number for each of `count` rows, from the values of its list, whose row is named; order counts."""
    lengths = np.bincount(rows, minlength=count)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    order = np.argsort(place, kind="stable")
    whole = lengths.astype(np.uint64)
    for some in np.split(order, np.cumsum(np.bincount(place))[:-1]):
        whole[rows[some]] = _mixed(whole[rows[some]] * np.uint64(31) + parts[some])
    return whole


def combined(parts: list[Hashes], rows: int) -> Hashes:
    """One number for each row of several columns; their order counts."""
    whole = np.zeros(rows, dtype=np.uint64)
    for part in parts:
        whole = _mixed(whole * np.uint64(31) + part)
    return whole


def _of_array(values: Array) -> Hashes:
    kind = values.dtype.kind
    if kind in "biu":
        return _mixed(values.astype(np.int64 if kind != "u" else np.uint64).view(np.uint64))
    if kind == "f":
        return _of_floats(values.astype(np.float64))
    if kind in "mM":
        missing = np.isnat(values)
        nanoseconds = values.astype(f"{kind}8[ns]").view(np.uint64)
        return np.where(missing, _MISSING, _mixed(nanoseconds))
    return _of_objects(values)


def _of_floats(values: Array) -> Hashes:
    whole = np.isfinite(values) & (values == np.round(values)) & (np.abs(values) < 2.0**63)
    integers = np.where(whole, values, 0.0).astype(np.int64).view(np.uint64)
    fractions = values.view(np.uint64) ^ _FRACTION
    found = _mixed(np.where(whole, integers, fractions))
    return np.where(np.isnan(values), _MISSING, found)


def _of_objects(values: Array) -> Hashes:
    """Text, and columns of several types: each value by what it is."""
    missing = np.asarray(pd.isna(values), dtype=bool)
    numbers = np.array(
        [isinstance(value, int | float | np.number | np.bool_) for value in values], dtype=bool
    )
    numbers &= ~missing
    found = np.full(len(values), _MISSING, dtype=np.uint64)
    words = ~missing & ~numbers
    if words.any():
        text = np.array([str(value) for value in values[words]], dtype=object)
        found[words] = hash_array(text, categorize=True)
    for at in np.flatnonzero(numbers):
        found[at] = _of_array(np.array([values[at]]))[0]
    return found


def _mixed(numbers: Hashes) -> Hashes:
    """splitmix64's finaliser (Steele, Lea and Flood 2014): different numbers stay different."""
    with np.errstate(over="ignore"):
        numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
