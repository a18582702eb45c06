"""Columns with several kinds of value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sluicegate.validators.evaluation.mixed import mixed_columns


def faults(values) -> list[str]:
    return list(mixed_columns(pd.DataFrame({"c": pd.Series(values)}), ["c"]))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["a", 1, "b"], "mixes text and numbers in column c"),
        (["a", None, "nan"], "has 2 kinds of missing value in column c: 'nan', no value"),
        (["a", "", "NULL"], "has 2 kinds of missing value in column c: '', 'NULL'"),
    ],
)
def test_a_mixed_column_is_named(values, says: str) -> None:
    assert faults(values) == [says]


@pytest.mark.parametrize(
    "values",
    [[1, 2.5, None], ["NA", "EU"], ["12", "AB"], [None, "a"], [True, None], [[1], [2]], [np.nan, 1.0]],
)
def test_one_kind_of_value_is_sound(values) -> None:
    assert faults(values) == []
