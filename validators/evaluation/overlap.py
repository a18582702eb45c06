"""Rows that occur twice: in both samples, or with the same inputs and another label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.util import hash_pandas_object

from sluicegate.validators.evaluation.feeds import holds_lists, nested

if TYPE_CHECKING:
    from sluicegate.validators.evaluation.rows import Rows


def shared(reference: pd.DataFrame, evaluation: pd.DataFrame) -> float:
    """The share of evaluation rows, label included, that the reference holds as well."""
    known = set(_hashes(reference))
    return sum(row in known for row in _hashes(evaluation)) / len(evaluation)


def conflicting(rows: Rows, own: list[str]) -> float:
    """The share of rows whose inputs occur with more than one label."""
    kinds = pd.Series(rows.labels).groupby(_hashes(rows.frame[own])).transform("nunique")
    return float((kinds > 1).mean())


def _hashes(frame: pd.DataFrame) -> Any:
    """A number for each row, the same for equal values whatever the type of their column."""
    lists = {name: [_exact(row) for row in frame[name]] for name in frame.columns if holds_lists(frame[name])}
    numbers = dict.fromkeys(frame.select_dtypes("number"), "float64")
    return hash_pandas_object(frame.astype(numbers).assign(**lists), index=False).to_numpy()


def _exact(row: Any) -> bytes:
    """The same bytes for equal lists; lists within it may differ in length."""
    try:
        values = nested(row)
    except ValueError:
        return repr([_exact(part) for part in row]).encode()
    if values.dtype.kind == "O":
        return repr(values.tolist()).encode()
    return f"{values.shape}".encode() + values.tobytes()
