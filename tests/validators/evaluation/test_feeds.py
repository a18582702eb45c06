"""Values of a table as a model's inputs: exactly, or refused by row and column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.small_models import model_spec

from sluicegate.specs.model import Tensor
from sluicegate.validators.evaluation.feeds import feed
from sluicegate.validators.runner.inputs import Unavailable


def fed(values, dtype, shape=("n", 1), columns=None):
    table = values if isinstance(values, pd.DataFrame) else pd.DataFrame({"x": values})
    return feed(table, model_spec(inputs=(Tensor("x", dtype, shape, columns),)))["x"]


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([0, 255], "uint8", [0, 255]),
        ([1.0, 2.0], "int64", [1, 2]),
        (pd.array([2**53 + 1, 5], dtype="Int64"), "int64", [2**53 + 1, 5]),
        (np.array([2**64 - 1, 0], dtype=np.uint64), "uint64", [2**64 - 1, 0]),
        ([2**53 + 1, 2**64 - 1], "uint64", [2**53 + 1, 2**64 - 1]),
        ([True, False], "bool", [True, False]),
        ([0, 1], "bool", [False, True]),
        ([True, False], "float32", [1.0, 0.0]),
        ([1, 2], "float16", [1.0, 2.0]),
        (["a", "NA"], "string", ["a", "NA"]),
        (pd.Categorical([3, 1]), "int32", [3, 1]),
    ],
)
def test_a_value_that_fits_stays_what_it_is(values, dtype, expected) -> None:
    found = fed(values, dtype)
    assert found.dtype == (object if dtype == "string" else np.dtype(dtype))
    assert found.ravel().tolist() == expected


def test_a_missing_value_is_nan_to_a_model_of_floats() -> None:
    assert np.isnan(fed(pd.array([None, 1], dtype="Int64"), "float32")[0, 0])
    assert np.isnan(fed([None, 1.5], "float64")[0, 0])


@pytest.mark.parametrize(
    ("values", "dtype", "says"),
    [
        ([1, 300, 400], "uint8", "row 2 of column 'x' holds 300, which does not fit uint8; 2 such rows"),
        ([1, -1], "uint64", "row 2 of column 'x' holds -1, which does not fit uint64"),
        ([2**63], "int64", "row 1 of column 'x' holds 9223372036854775808, which does not fit int64"),
        ([1.0, 2.5], "int64", "row 2 of column 'x' holds 2.5, which does not fit int64"),
        ([float(2**53 + 2)], "int64", "row 1 of column 'x' holds 9007199254740994.0"),
        (
            [1.0, np.nan, np.nan],
            "int64",
            "column 'x' has 2 missing values, the first in row 2, and int64",
        ),
        (pd.array([None, 1], dtype="Int64"), "int64", "column 'x' has 1 missing values, the first in row 1"),
        ([np.nan, 1.0], "bool", "column 'x' has 1 missing values, the first in row 1, and bool has none"),
        ([0, 2], "bool", "row 2 of column 'x' holds 2, which does not fit bool"),
        (["a", None], "string", "column 'x' has 1 missing values, the first in row 2, and string has none"),
        (["a", 3], "string", "row 2 of column 'x' holds 3, which does not fit string"),
        (["1.5", "b"], "float32", "row 1 of column 'x' holds 1.5, which does not fit float32"),
        ([1.0, 1e300], "float32", r"row 2 of column 'x' holds 1e\+300, which does not fit float32"),
        ([pd.Timestamp("2026-01-01")], "float32", "column 'x' is datetime64"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_row_and_column(values, dtype, says) -> None:
    """numpy would wrap 300 to 44, and a missing value to int64's smallest number."""
    with pytest.raises(Unavailable, match=says) as refused:
        fed(values, dtype)
    assert refused.value.because == "data-integrity"
    assert refused.value.remedy


def test_columns_are_one_input_in_their_order() -> None:
    table = pd.DataFrame({"b": [1, 2], "a": [3, 4]})
    assert fed(table, "float32", ("n", 2), ("a", "b")).tolist() == [[3, 1], [4, 2]]


def test_a_list_fills_an_input_of_any_rank() -> None:
    images = np.arange(24).reshape(2, 3, 2, 2)
    table = pd.DataFrame({"x": list(images)})
    assert fed(table, "uint8", ("n", 3, 2, 2)).tolist() == images.tolist()
    assert fed(table, "uint8", ("n", "c", "h", "w")).tolist() == images.tolist()


def test_flat_numbers_take_the_inputs_shape() -> None:
    table = pd.DataFrame(np.arange(16).reshape(2, 8), columns=list("abcdefgh"))
    shaped = fed(table, "float32", ("n", 2, 2, 2), tuple("abcdefgh"))
    assert shaped.tolist() == np.arange(16).reshape(2, 2, 2, 2).tolist()


def test_a_list_beside_single_values_is_a_slice_of_the_input() -> None:
    table = pd.DataFrame({"embedding": [[1.0, 2.0], [3.0, 4.0]], "age": [5, 6]})
    assert fed(table, "float32", ("n", 3), ("embedding", "age")).tolist() == [[1, 2, 5], [3, 4, 6]]


def test_an_open_length_is_the_lists_own() -> None:
    assert fed([[1, 2, 3], [4, 5, 6]], "int64", ("n", "tokens")).shape == (2, 3)


@pytest.mark.parametrize(
    ("values", "shape", "says"),
    [
        ([[1, 2], [3]], ("n", "k"), "row 2 of column 'x' holds 1 values, and row 1 holds 2"),
        ([[1, 2], [3, 4]], ("n", 3), "input 'x' takes 3 a row, and its columns hold 2"),
        ([[1, 2], None], ("n", 2), "row 2 of column 'x' holds no list"),
    ],
)
def test_lists_of_another_length_are_refused(values, shape, says) -> None:
    with pytest.raises(Unavailable, match=says):
        fed(values, "int64", shape)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(Unavailable, match="the rows have no column b for input 'x'"):
        fed(pd.DataFrame({"a": [1]}), "float32", ("n", 2), ("a", "b"))


@pytest.mark.parametrize("text", ["0,5", "-1,25", "3,774", "1,234,567"])
def test_a_comma_in_a_number_is_the_remedy(text) -> None:
    with pytest.raises(Unavailable, match=f"holds {text}, which does not fit float32") as refused:
        fed([text, "1"], "float32")
    assert refused.value.remedy.startswith("Write numbers with a point")
