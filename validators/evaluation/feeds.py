"""Rows of a table as a model's inputs: each value exactly, or refused by row and column."""

from __future__ import annotations

import math
import re
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.validators.runner.inputs import Unavailable

Array = npt.NDArray[Any]
FAULT = "data-integrity"
EXACT = 2**53
"""Whole numbers beyond it are not exact as float64."""
COMMAS = re.compile(r"[+-]?[0-9]+(,[0-9]+)+")
WITH_COMMAS = "Write numbers with a point before the decimals, and nothing between thousands."
ANOTHER_TYPE = "Correct the rows, or declare the type that the values have and export the model with it."


def feed(frame: pd.DataFrame, spec: ModelSpec) -> dict[str, Array]:
    """The rows as those inputs that columns of values fill, each [N, ...]; `batches` adds the prepared ones.

    Raises Unavailable for a missing or unfit column.
    """
    return {
        tensor.name: _input(frame, tensor)
        for tensor in spec.signature.inputs
        if tensor.name not in spec.inputs
    }


def columns(tensor: Tensor) -> list[str]:
    """The data's columns that fill an input: those declared, or the one of the input's own name."""
    return list(tensor.columns or (tensor.name,))


def input_columns(spec: ModelSpec) -> list[str]:
    """The columns that fill the model's inputs, each once; caches, masks and positions have none."""
    prepared = {name for name, how in spec.inputs.items() if how.image is None}
    tensors = [tensor for tensor in spec.signature.inputs if tensor.name not in prepared]
    return list(dict.fromkeys(name for tensor in tensors for name in columns(tensor)))


def _input(frame: pd.DataFrame, tensor: Tensor) -> Array:
    """One column after the other, each one value a row or a list of them, in the input's shape."""
    names = columns(tensor)
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise Unavailable(
            f"the rows have no column {', '.join(missing[:10])} for input {tensor.name!r}", FAULT
        )
    parts = [fitted(stacked(frame[name]), tensor.dtype, name) for name in names]
    whole = parts[0] if len(parts) == 1 else _joined(parts)
    return _shaped(whole, tensor)


def _joined(parts: list[Array]) -> Array:
    joined: Array = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
    return joined


def _shaped(values: Array, tensor: Tensor) -> Array:
    """The values in the input's shape. Raises Unavailable where a row has more or fewer."""
    inner = tensor.shape[1:]
    if values.ndim == len(tensor.shape) and all(map(_fits, inner, values.shape[1:])):
        return values
    free = [size for size in inner if isinstance(size, str)]
    fixed = math.prod(size for size in inner if isinstance(size, int))
    numbers = math.prod(values.shape[1:])
    if len(free) > 1 or (numbers != fixed if not free else numbers % fixed):
        raise Unavailable(
            f"input {tensor.name!r} takes {_words(inner)} a row, and its columns hold "
            f"{_words(values.shape[1:])}",
            FAULT,
            "Name the columns that fill it, in the model's order, in `columns`.",
        )
    return values.reshape(len(values), *(size if isinstance(size, int) else -1 for size in inner))


def _fits(declared: int | str, actual: int) -> bool:
    return isinstance(declared, str) or declared == actual


def _words(sizes: tuple[int | str, ...]) -> str:
    return " x ".join(map(str, sizes)) or "1"


def stacked(column: pd.Series[Any]) -> Array:
    """A column's values, [N], or [N, ...] of one that holds lists. Raises Unavailable for ragged lists."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    values = column.to_numpy()
    if holds_lists(column):
        return _stacked_lists(values, str(column.name))
    return values


def holds_lists(column: pd.Series[Any]) -> bool:
    """Whether a column holds lists, by its first row."""
    return column.dtype == object and len(column) > 0 and is_list(column.iloc[0])


def has_a_list(column: pd.Series[Any]) -> bool:
    """Whether any row of a column holds a list; the first may be missing."""
    return column.dtype == object and any(map(is_list, column))


def flat_lists(column: pd.Series[Any]) -> tuple[Array, Array]:
    """All values of a column of lists one after the other, of any length, and the row of each.

    A row without a list has one missing value.
    """
    lists = [_flat(value) if is_list(value) else np.array([value]) for value in column]
    rows = np.repeat(np.arange(len(lists)), [len(part) for part in lists])
    kinds = {part.dtype.kind for part in lists if len(part)}
    if not kinds <= set("biuf") and len(kinds) > 1:
        lists = [part.astype(object) for part in lists]
    return np.concatenate(lists), rows


def _flat(value: Any) -> Array:
    """The values of a list; lists within it may differ in length."""
    try:
        return nested(value).ravel()
    except ValueError:
        return np.concatenate([_flat(part) for part in value])


def is_list(value: object) -> bool:
    """Whether a cell holds a list, as tables of any format give them."""
    return isinstance(value, list | tuple | np.ndarray)


def _stacked_lists(values: Array, name: str) -> Array:
    """Lists of one length, nested or not, as one array."""
    first = nested(values[0])
    rows = []
    for number, value in enumerate(values):
        row = nested(value) if is_list(value) else None
        if row is None or row.shape != first.shape:
            found = "no list" if row is None else f"{_words(row.shape)} values"
            raise Unavailable(
                f"row {number + 1} of column {name!r} holds {found}, and row 1 holds {_words(first.shape)}",
                FAULT,
                "Write lists of one length: pad the shorter ones as in training.",
            )
        rows.append(row)
    return np.stack(rows)


def nested(value: Any) -> Array:
    """A list of lists, as parquet gives them (arrays of arrays), as one array. Raises ValueError."""
    array = np.asarray(value)
    if array.dtype.kind == "O" and array.size and is_list(array.flat[0]):
        return np.stack([nested(item) for item in array])
    return array


def fitted(values: Array, dtype: str, name: str) -> Array:
    """The values as this type, none of them another one. Raises Unavailable with row and column."""
    if dtype == "string":
        return _text(values, name)
    if values.dtype.kind == "O":
        values = _numbers(values, dtype, name)
    if values.dtype.kind not in "biuf":
        raise Unavailable(
            f"column {name!r} is {values.dtype}, and {dtype} is wanted",
            FAULT,
            "Write the column as the number that the model was trained on.",
        )
    target = np.dtype(dtype)
    if target.kind == "f":
        return _as_float(values, target, name)
    if values.dtype.kind == "f":
        _refuse(~np.isfinite(values), values, name, dtype)
        _refuse((values != np.round(values)) | (np.abs(values) > EXACT), values, name, dtype)
    low, high = (0, 1) if target.kind == "b" else (np.iinfo(target).min, np.iinfo(target).max)
    if values.size and (int(values.min()) < low or int(values.max()) > high):
        # Compared as Python's whole numbers: numpy would take uint64 beside a negative limit as float64.
        out = np.array([not low <= int(value) <= high for value in values.ravel()]).reshape(values.shape)
        _refuse(out, values, name, dtype)
    return values.astype(target)


def _as_float(values: Array, target: np.dtype[Any], name: str) -> Array:
    with np.errstate(over="ignore"):
        made: Array = values.astype(target)
    _refuse(np.isinf(made) & ~np.isinf(values.astype(np.float64)), values, name, target.name)
    return made


def _text(values: Array, name: str) -> Array:
    if values.dtype.kind != "O":
        values = values.astype(object)
    wrong = np.array([not isinstance(value, str) for value in values.ravel()]).reshape(values.shape)
    _refuse(wrong, values, name, "string")
    return values


def _numbers(values: Array, dtype: str, name: str) -> Array:
    """Python's numbers, with None for a missing one, as an array of one kind of number."""
    missing = pd.isna(values)
    flat = values.ravel()
    wrong = np.array([not _is_number(value) for value in flat], dtype=bool).reshape(values.shape) & ~missing
    _refuse(wrong, values, name, dtype)
    if missing.any() and not dtype.startswith("float"):
        _refuse(missing, values, name, dtype)
    if not missing.any() and all(float(value).is_integer() for value in flat):
        whole = [int(value) for value in flat]
        for kind in (np.int64, np.uint64):
            if not whole or (np.iinfo(kind).min <= min(whole) and max(whole) <= np.iinfo(kind).max):
                return np.array(whole, dtype=kind).reshape(values.shape)
    converted = [math.nan if gap else float(value) for value, gap in zip(flat, missing.ravel(), strict=True)]
    return np.array(converted, dtype=np.float64).reshape(values.shape)


def _is_number(value: object) -> bool:
    if isinstance(value, str | bytes) or is_list(value):
        return False
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _refuse(wrong: Array, values: Array, name: str, dtype: str) -> None:
    """Raises Unavailable for the first row in which a value is wrong, if there is one."""
    rows = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1)) if len(wrong) else np.array([])
    if not len(rows):
        return
    first = int(rows[0])
    value = values[first][wrong[first]][0] if values.ndim > 1 else values[first]
    if pd.isna(value):
        _missing(len(rows), first, name, dtype)
    raise Unavailable(
        f"row {first + 1} of column {name!r} holds {value!s:.40}, which does not fit {dtype}; "
        f"{len(rows):,} such rows",
        FAULT,
        WITH_COMMAS if COMMAS.fullmatch(str(value)) else ANOTHER_TYPE,
    )


def _missing(count: int, first: int, name: str, dtype: str) -> NoReturn:
    raise Unavailable(
        f"column {name!r} has {count:,} missing values, the first in row {first + 1}, and {dtype} has none",
        FAULT,
        "Leave those rows out, or fill them as the caller does: a server refuses null there.",
    )
