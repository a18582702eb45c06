"""Equal values have one number whatever the type of their column; different ones do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sluicegate.validators.evaluation.exact_hash import hashes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pd.Series([1, 2]), pd.Series([1.0, 2.0])),
        (pd.Series([1, 2], dtype="uint8"), pd.Series([1, 2], dtype="Int64")),
        (pd.Series([1, None], dtype="Int64"), pd.Series([1.0, np.nan])),
        (pd.Series([True, False]), pd.Series([1, 0])),
        (pd.Series([0.5], dtype="float32"), pd.Series([0.5], dtype="float64")),
        (pd.Series([0.0]), pd.Series([-0.0])),
        (pd.Series(["a", "b"]), pd.Series(["a", "b"], dtype="category")),
        (pd.Series([None, "a"]), pd.Series([np.nan, "a"])),
        (pd.Series([True, None], dtype=object), pd.Series([1.0, None])),
        (pd.to_datetime(pd.Series(["2024-01-01"])), pd.to_datetime(pd.Series(["2024-01-01"]), utc=True)),
        (pd.Series([[1, 2], [3, 4]]), pd.Series([np.array([1.0, 2.0]), np.array([3.0, 4.0])])),
    ],
)
def test_equal_values_are_equal(one, other) -> None:
    assert hashes(one).tolist() == hashes(other).tolist()


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([2**53, 2**53 + 1, 2**53 + 2]),
        pd.Series([2**63, 2**63 + 1], dtype="uint64"),
        pd.Series([2**60 + 1, None, 2**60], dtype="Int64"),
        pd.Series([0.0, 5e-324, 1.0, np.nan, np.inf, -np.inf]),
        pd.Series(["a", "A", "", None, "nan"]),
        pd.Series([1, "1", None, 1.5], dtype=object),
        pd.Series([[1, 2], [2, 1], [1, 1]]),
        pd.Series([["a", "b"], ["b", "a"]]),
    ],
)
def test_different_values_are_different(values) -> None:
    assert len(set(hashes(values).tolist())) == len(values)
