"""The owner's tables, as far as a model.yaml is written from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sluicegate.specs.yamlio import InputError
from sluicegate.validators.runner.inputs import Unavailable

if TYPE_CHECKING:
    import pandas as pd


def read(path: Path, types: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The table of a file, its columns of CSV as these types; without the index of a DataFrame.

    Raises InputError.
    """
    from sluicegate.validators.evaluation.tables import read_table

    try:
        frame = read_table(path, types or {}, str(path))
    except Unavailable as problem:
        remedy = problem.remedy or "write it as parquet, CSV or a numpy archive"
        raise InputError.of(problem.reason[:300], remedy.rstrip(".")) from problem
    if not len(frame):
        raise InputError.of(f"{path} has no rows", "write a sample of rows into it")
    return frame


def distinct(frames: Iterable[pd.DataFrame], column: str) -> list[Any]:
    """The values of a column over several tables, sorted, without the missing ones."""
    import pandas as pd

    values = pd.concat([frame[column] for frame in frames if column in frame.columns]).dropna()
    found = set(values.tolist())
    try:
        return sorted(found)
    except TypeError:
        raise InputError.of(
            f"the column {column!r} holds text beside numbers", "write one kind of value"
        ) from None
