"""Columns that hold several kinds of value, or write a missing value in several ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from sluicegate.validators.evaluation.column_values import are_numbers
from sluicegate.validators.evaluation.feeds import has_a_list

NO_VALUE = frozenset(("", "nan", "null", "none", "na", "n/a", "<na>", "nat"))
"""How people write a missing value, in lower case."""


def mixed_columns(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[str]:
    """For each such column what is wrong with it, as a predicate of its table."""
    for name in names:
        column = frame[name]
        if column.dtype != object or has_a_list(column):
            continue
        missing = column.isna()
        values = column[~missing]
        text = [value for value in values if isinstance(value, str)]
        kinds = {repr(value) for value in set(text) if value.strip().lower() in NO_VALUE}
        if missing.any():
            kinds.add("no value")
        if len(kinds) > 1:
            yield f"has {len(kinds)} kinds of missing value in column {name}: {', '.join(sorted(kinds))}"
        if text and are_numbers(values).any():
            yield f"mixes text and numbers in column {name}"
