"""Load: the bodies that it sends, and its bounds."""

import json

import numpy as np
import pandas as pd
import pytest

from sluicegate.embedded.runtime.errors import RowsUnusable
from sluicegate.embedded.runtime.load import Session, request_bodies


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.parquet"
    pd.DataFrame(
        {"a": [1.0, np.nan], "b": [2, 3], "c": [[5.0, 6.0], [7.0, 8.0]], "d": ["x", "y"]}
    ).to_parquet(path)
    return path


def test_columns_are_in_order_and_a_missing_value_is_null(table):
    bodies = [json.loads(body) for body in request_bodies(table, ["b", "a"], "features", [1, 2], 10)]
    tensors = [body["inputs"][0] for body in bodies]
    assert [tensor["data"] for tensor in tensors] == [[2.0, 1.0], [3.0, None]]
    assert tensors[0] == {"name": "features", "datatype": "FP32", "shape": [1, 2], "data": [2.0, 1.0]}


def test_a_column_of_lists_is_one_tensor(table):
    (body,) = request_bodies(table, ["c"], "image", [1, 1, 2], 1)
    assert json.loads(body)["inputs"][0]["data"] == [5.0, 6.0]


@pytest.mark.parametrize(
    ("columns", "shape", "words"),
    [
        (["a", "z"], [1, 2], "check the file"),
        (["a", "b"], [1, 3], "2 values"),
        (["d"], [1, 1], "not a number"),
    ],
)
def test_rows_that_do_not_fit_are_a_named_error(table, columns, shape, words):
    with pytest.raises(RowsUnusable, match=words):
        request_bodies(table, columns, "features", shape, 10)


def test_a_missing_or_empty_file_is_a_named_error(tmp_path):
    with pytest.raises(RowsUnusable, match="cannot read"):
        request_bodies(tmp_path / "nothing.parquet", ["a"], "features", [1, 1], 10)
    empty = tmp_path / "empty.parquet"
    pd.DataFrame({"a": pd.Series(dtype=float)}).to_parquet(empty)
    with pytest.raises(RowsUnusable, match="no rows"):
        request_bodies(empty, ["a"], "features", [1, 1], 10)


def test_load_ends_by_itself_after_its_seconds_and_says_what_failed(load):
    counts = load("http://127.0.0.1:9/v2/models/m/infer", "--seconds", "0.2", "--connections", "2").wait()
    assert set(counts["by_status"]) == {"broken"}
    assert counts["requests"] == counts["by_status"]["broken"]


def test_load_keeps_its_rate(load):
    counts = load("http://127.0.0.1:9/", "--rate", "50", "--requests", "20", "--connections", "2").wait()
    assert counts["requests"] == 20
    assert counts["seconds"] > 19 / 50


def test_users_come_one_after_the_other_and_send_so_many_requests_each():
    session = Session("X-User-Id", 3)
    assert [session.user(number) for number in (0, 2, 3, 7)] == ["user-0", "user-0", "user-1", "user-2"]
