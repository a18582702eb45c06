"""What a column does not keep is found by its first row, in a table of any kind."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from sluicegate.specs.columns import ColumnRule
from sluicegate.validators.evaluation.column_rules import column_faults, unique_faults

DAYS = pd.to_datetime(pd.Series(["2024-01-31", None]))
TODAY = dt.date(2026, 1, 1)


def faults(values, **rule) -> list[str]:
    """What a column of these values does not keep."""
    column = values if isinstance(values, pd.Series) else pd.Series(values)
    return [fault.message for fault in column_faults(column.rename("c"), ColumnRule(**rule), TODAY)]


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ([1, 2, 3], {"dtype": "int64", "range": (1, 3)}),
        ([1.0, 2.0, np.nan], {"dtype": "uint8", "range": (1, 2)}),
        ([0.5, np.nan], {"dtype": "float32", "null_share": 0.5}),
        ([True, False], {"dtype": "bool"}),
        ([True, None, False], {"dtype": "bool"}),
        (["a", "b", None], {"dtype": "string", "categories": ("a", "b")}),
        ([1.0, 2.0], {"categories": (1, 2)}),
        (pd.Series(["a", "b"], dtype="category"), {"dtype": "string", "categories": ("a", "b")}),
        (["2024-01-31", "2024-02-01T10:00:00Z", "2024-02-01 10:00:00.5+02:00"], {"dtype": "datetime"}),
        (
            pd.to_datetime(pd.Series(["2024-01-31", None])),
            {"dtype": "datetime", "range": ("2024-01-31", None)},
        ),
        (pd.Series([dt.date(2024, 1, 31)]), {"dtype": "datetime"}),
        ([[1, 2], [3]], {"dtype": "uint8", "range": (1, 3)}),
        ([None, ["a"], []], {"dtype": "string", "categories": ("a",)}),
        ([[[1, 2], [3, 4]]], {"dtype": "float32", "range": (1, 4)}),
        (pd.Series([2**53 + 1, None], dtype="Int64"), {"dtype": "int64", "range": (2**53 + 1, None)}),
        (pd.Series([2**64 - 1], dtype="uint64"), {"dtype": "uint64", "range": (2**64 - 1, 2**64 - 1)}),
        (["2025-12-01"], {"dtype": "datetime", "max_age": "31d"}),
    ],
)
def test_what_keeps_its_rule_has_no_fault(values, rule) -> None:
    assert faults(values, **rule) == []


@pytest.mark.parametrize(
    ("values", "rule", "says"),
    [
        (
            [1, 2, 300],
            {"dtype": "uint8"},
            "row 3 of column 'c' holds 300, which does not fit uint8; 1 such",
        ),
        (
            [1.0, 2.5],
            {"dtype": "int32"},
            "row 2 of column 'c' holds 2.5, which does not fit int32; 1 such",
        ),
        ([1.0, 2.0**60], {"dtype": "int64"}, "which does not fit int64"),
        ([1.0, 1e39], {"dtype": "float32"}, "row 2 of column 'c' holds 1e+39, which does not fit float32"),
        ([1.0, np.inf], {"dtype": "int64"}, "row 2 of column 'c' holds inf, which does not fit int64"),
        ([0, 1, 2], {"dtype": "bool"}, "row 3 of column 'c' holds 2, which does not fit bool"),
        ([1, "x"], {"dtype": "int64"}, "row 2 of column 'c' holds 'x', which does not fit int64"),
        (["a", 1], {"dtype": "string"}, "row 2 of column 'c' holds 1, which does not fit string"),
        (
            ["2024-01-31", "31/01/2024"],
            {"dtype": "datetime"},
            "row 2 of column 'c' holds '31/01/2024', which",
        ),
        ([1706659200], {"dtype": "datetime"}, "row 1 of column 'c' holds 1706659200, which is not a moment"),
        ([0, 7, 9], {"range": (0, 6)}, "row 2 of column 'c' holds 7, outside of 0 to 6; 2 such rows"),
        ([-1.5], {"range": (0, None)}, "row 1 of column 'c' holds -1.5, outside of 0 to any"),
        (["5"], {"range": (0, 6)}, "row 1 of column 'c' holds '5', which is not a number"),
        ([2**53 + 1], {"range": (None, 2**53)}, "row 1 of column 'c' holds 9007199254740993, outside of"),
        (pd.Series([1, 2**64 - 1], dtype="uint64"), {"range": (0, 2**64 - 2)}, "holds 18446744073709551615"),
        (
            ["2023-12-31"],
            {"dtype": "datetime", "range": ("2024-01-01", None)},
            "holds '2023-12-31', outside of 2024",
        ),
        ([[1, 2], [3, 300]], {"dtype": "uint8"}, "row 2 of column 'c' holds 300, which does not fit uint8"),
        (
            [[0.5], [2.0, 3.0]],
            {"range": (0, 1)},
            "row 2 of column 'c' holds 2.0, outside of 0 to 1; 1 such",
        ),
        (
            ["a", "z", "y", "z"],
            {"categories": ("a",)},
            "row 2 of column 'c' holds 'z', none of its 1 categories; 2 are new: 'z', 'y'; 3 such rows",
        ),
        ([1, 2], {"categories": ("1", "2")}, "row 1 of column 'c' holds 1, none of its 2 categories"),
        (
            [1.0, np.nan, 2.0, np.nan],
            {"null_share": 0.25},
            "column 'c' has no value in 2 of 4 rows (50.000%), first in row 2, of at most 25.000%",
        ),
        ([[1.0], [np.nan, 2.0]], {"null_share": 0}, "column 'c' has no value in 1 of 2 rows"),
        (
            ["2025-11-30", "2025-09-30"],
            {"dtype": "datetime", "max_age": "31d"},
            "column 'c' ends with 2025-11-30 in row 1, and is older than 31d on 2026-01-01",
        ),
        (["2026-01-04"], {"dtype": "datetime", "max_age": "31d"}, "holds '2026-01-04', after 2026-01-01"),
        ([None, None], {"dtype": "datetime", "max_age": "31d"}, "column 'c' has no moment"),
    ],
)
def test_what_breaks_its_rule_is_named_by_row_and_value(values, rule, says: str) -> None:
    (found,) = faults(values, **rule)
    assert says in found


def test_a_value_of_another_type_is_said_once() -> None:
    (found,) = faults(["x", 5, 9], dtype="int64", range=(0, 10), categories=(5, 9))
    assert "does not fit int64" in found


def unique(*columns) -> list[tuple[str, str]]:
    named = [(f"{number}.csv", pd.Series(values, name="id")) for number, values in enumerate(columns)]
    return [(path, fault.message) for path, fault in unique_faults(named)]


def test_a_value_that_comes_twice_is_found_in_a_sample_and_between_two() -> None:
    assert unique([1, 2, 1, 2]) == [
        ("0.csv", "row 3 of column 'id' holds 1, as row 1 of 0.csv does; 2 such rows")
    ]
    assert unique([1, 2], [3, 2.0]) == [
        ("1.csv", "row 2 of column 'id' holds 2.0, as row 2 of 0.csv does; 1 such row")
    ]


def test_neighbouring_ids_above_what_a_float_holds_are_not_the_same() -> None:
    assert unique([2**53, 2**53 + 1, 2**63 - 1], [2**53 + 2]) == []


def test_missing_values_are_not_the_same() -> None:
    assert unique(["a", None, None]) == []
