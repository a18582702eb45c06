"""The label column as the declared task needs it: the task decides, never the look of the values."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.selection import OF_TOKENS, yes_index
from sluicegate.specs.values import ClassName
from sluicegate.validators.evaluation.feeds import FAULT, holds_lists, stacked
from sluicegate.validators.evaluation.list_labels import box_labels, token_labels
from sluicegate.validators.runner.inputs import Unavailable

Array = npt.NDArray[Any]
QUANTITIES = ("regression", "forecasting", "ranking")
"""Tasks whose label is a number that may have fractions."""
SHOWN = 5


def read_labels(frame: pd.DataFrame, spec: ModelSpec, path: str) -> Array:
    """The labels: class indices [N] as int64, quantities [N] or [N, H] as float64, or [N, K] of 0 and 1.

    Of two classes 1 is the yes. For tokens and boxes see `list_labels`.
    For retrieval a number [N], the same for the same value. Raises Unavailable
    for a value that the task cannot have, with its row.
    """
    columns = spec.data.labels
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise Unavailable(f"{path} has no column {', '.join(map(repr, missing))}, the label", FAULT)
    if spec.task in QUANTITIES:
        return _quantities(frame, columns, path)
    if spec.task == "retrieval":
        return _codes(frame, columns[0], path)
    if spec.task == "detection":
        return box_labels(frame, spec, path)
    if spec.task in OF_TOKENS:
        return token_labels(frame[columns[0]], spec, path)
    if spec.task == "multi-label":
        return _several(frame, columns, spec, path)
    if len(columns) > 1:
        raise Unavailable(
            f"{path}: {len(columns)} columns are the label, and {spec.task} has one",
            FAULT,
            "Name one column, or declare `task: multi-label`.",
        )
    return _classes(frame[columns[0]], spec, path)


def read_groups(frame: pd.DataFrame, spec: ModelSpec, path: str) -> Array | None:
    """Each row's query as a number [N], the same for the same query; None where none is declared.

    For retrieval its text [N]: `gallery` for a row that is searched, anything else for one that searches.
    """
    name = spec.data.group
    if name is None:
        return None
    if name not in frame.columns:
        raise Unavailable(f"{path} has no column {name!r}, the group", FAULT)
    groups = _codes(frame, name, path)
    if spec.task == "retrieval":
        texts: Array = frame[name].astype(str).to_numpy()
        return texts
    return groups


def _codes(frame: pd.DataFrame, name: str, path: str) -> Array:
    """A number for each value [N]. Raises Unavailable for a missing one."""
    codes, _ = pd.factorize(frame[name])
    missing = np.flatnonzero(codes < 0)
    if len(missing):
        raise Unavailable(f"{path}: row {int(missing[0]) + 1} has no {name}", FAULT)
    numbers: Array = codes.astype(np.int64)
    return numbers


def _classes(column: pd.Series[Any], spec: ModelSpec, path: str) -> Array:
    """Each row's class by its index; of two, 1 for the yes."""
    _require_labels(column, path)
    known: tuple[ClassName, ...] | None = spec.classes
    if spec.task == "binary-classification" and known is None:
        known = (0, 1)
    if known is None:
        numbers = _numbers(column, path)
        if (numbers != np.round(numbers)).any() or numbers.min() < 0:
            found = ", ".join(map(_shown, _distinct(column)[:SHOWN]))
            raise _unknown(f"{path}: label {column.name!r} has {found}, which are not whole numbers from 0")
        return numbers.astype(np.int64)
    index = {name: number for number, name in enumerate(known)}
    values = column.tolist()
    unknown = [number for number, value in enumerate(values) if not _is_class(value, index)]
    if unknown:
        distinct = _distinct(column.iloc[unknown])
        found = ", ".join(map(_shown, distinct[:SHOWN]))
        classes = ", ".join(map(_shown, known[:SHOWN]))
        raise _unknown(
            f"{path}: label {column.name!r} has {found} in {len(unknown):,} rows, first in row "
            f"{unknown[0] + 1}; the classes are {classes}"
        )
    labels: Array = np.array([index[value] for value in values], dtype=np.int64)
    if spec.task == "binary-classification":
        if len(known) != 2:
            raise Unavailable(f"{len(known)} classes are declared, and {spec.task} has two", "spec-valid")
        return np.where(labels == yes_index(spec), 1, 0)
    return labels


def _is_class(value: Any, index: dict[ClassName, int]) -> bool:
    try:
        return value in index
    except TypeError:
        return False


def _unknown(message: str) -> Unavailable:
    return Unavailable(
        message, FAULT, "Name them in `classes`, in the order of the output's numbers: classes: [no, yes]."
    )


def _quantities(frame: pd.DataFrame, columns: tuple[str, ...], path: str) -> Array:
    """Finite numbers, [N], or [N, H] of several columns or of lists."""
    if len(columns) == 1 and not holds_lists(frame[columns[0]]):
        return _numbers(frame[columns[0]], path)
    return _table(frame, columns, path)


def _several(frame: pd.DataFrame, columns: tuple[str, ...], spec: ModelSpec, path: str) -> Array:
    """Whether each row has each label, [N, K]."""
    if len(columns) == 1 and not holds_lists(frame[columns[0]]):
        raise Unavailable(
            f"{path}: label {columns[0]!r} holds one value a row, and {spec.task} has several",
            FAULT,
            "Name all label columns, label: [a, b, c], or write lists of 0 and 1 into one.",
        )
    table = _table(frame, columns, path)
    if not np.isin(table, (0, 1)).all():
        row = int(np.flatnonzero(~np.isin(table, (0, 1)).all(axis=1))[0]) + 1
        raise Unavailable(f"{path}: the labels of row {row} are not all 0 or 1", FAULT)
    return table.astype(np.int64)


def _table(frame: pd.DataFrame, columns: tuple[str, ...], path: str) -> Array:
    """The numbers of several columns, or of one column of lists, [N, K]."""
    if len(columns) > 1:
        return np.stack([_numbers(frame[name], path) for name in columns], axis=1)
    lists = stacked(frame[columns[0]])
    if lists.dtype.kind not in "biuf":
        raise Unavailable(f"{path}: the lists of label {columns[0]!r} are not numbers", FAULT)
    table: Array = lists.reshape(len(lists), -1).astype(np.float64)
    if not np.isfinite(table).all():
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0]) + 1
        raise Unavailable(f"{path}: label {columns[0]!r} is not a finite number in row {row}", FAULT)
    return table


def _numbers(column: pd.Series[Any], path: str) -> Array:
    """Finite numbers [N] as float64."""
    _require_labels(column, path)
    numbers: Array = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        value = _shown(column.iloc[int(bad[0])])
        message = (
            f"{path}: label {column.name!r} has {value} in row {int(bad[0]) + 1}, which is not a finite "
            f"number, and {len(bad):,} such rows"
        )
        raise Unavailable(message, FAULT, "Write numbers; where they are classes, name them in `classes`.")
    return numbers


def _require_labels(column: pd.Series[Any], path: str) -> None:
    missing = np.flatnonzero(column.isna().to_numpy())
    if len(missing):
        raise Unavailable(
            f"{path}: label {column.name!r} is missing in {len(missing):,} rows, first in row "
            f"{int(missing[0]) + 1}",
            FAULT,
            "Leave those rows out: a row without a label cannot be judged.",
        )


def _distinct(column: pd.Series[Any]) -> list[Any]:
    return list(column.drop_duplicates())


def _shown(value: Any) -> str:
    # numpy 2 writes a number of its own as np.float64(inf).
    return repr(value.item() if isinstance(value, np.generic) else value)
