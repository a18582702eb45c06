"""Input columns are counted once a request, by edges as a histogram does, and by value."""

import json
import math

import numpy as np
import pytest

from sluicegate.onnx_server.columns import Columns, fits
from sluicegate.onnx_server.tensors import TensorSpec
from sluicegate.onnx_server.watched import Watched

SIZE = Watched("size", "features", 1, edges=(0.5, 2.0))
KIND = Watched("kind", "features", 2, values=(1, 2))
LABELS = {"model": "m", "track": "canary", "digest": "d"}


def counted(columns: Columns) -> dict[tuple[str, ...], float]:
    """By name and the labels that are not the server's."""
    return {
        (sample.name, *(text for name, text in sample.labels.items() if name not in LABELS)): sample.value
        for family in columns.collect()
        for sample in family.samples
    }


def test_of_each_request_the_first_row_is_counted_and_an_edge_is_within_its_bucket():
    columns = Columns((SIZE, KIND), LABELS)
    for first in ([9, 0.5, 1], [9, 0.6, 2], [9, 5, 3], [9, 2, 1]):
        columns.observe({"features": np.array([first, [7, 7, 7]], dtype=np.float32)})
    assert counted(columns) == {
        ("sluice_server_input_rows_total",): 4,
        ("sluice_server_input_bucket", "size", "0.5"): 1,
        ("sluice_server_input_bucket", "size", "2.0"): 3,
        ("sluice_server_input_bucket", "size", "+Inf"): 4,
        ("sluice_server_input_count", "size"): 4,
        ("sluice_server_input_value_total", "kind", "1"): 2,
        ("sluice_server_input_value_total", "kind", "2"): 1,
    }


@pytest.mark.parametrize(("value", "within"), [(math.nan, None), (math.inf, 3), (-math.inf, 0)])
def test_a_missing_number_is_a_row_and_in_no_bucket(value, within):
    columns = Columns((SIZE,), LABELS)
    columns.observe({"features": np.array([[0, value, 0]], dtype=np.float64)})
    seen = counted(columns)
    assert seen["sluice_server_input_rows_total",] == 1
    assert seen["sluice_server_input_count", "size"] == (0 if within is None else 1)
    assert seen["sluice_server_input_bucket", "size", "2.0"] == (1 if within == 0 else 0)


def test_words_are_counted_by_value():
    columns = Columns((Watched("carrier", "carrier", 0, values=("AA", "DL")),), LABELS)
    for word in ("AA", "AA", "ZZ"):
        columns.observe({"carrier": np.array([word], dtype=object)})
    assert counted(columns)["sluice_server_input_value_total", "carrier", "AA"] == 2
    assert counted(columns)["sluice_server_input_value_total", "carrier", "DL"] == 0


def test_without_columns_there_are_no_series():
    columns = Columns((), LABELS)
    columns.observe({})
    assert list(columns.collect()) == []


@pytest.mark.parametrize(
    ("shape", "index", "expected"),
    [(("batch", 3), 2, True), (("batch", 3), 3, False), (("batch",), 0, True), (("batch",), 1, False)],
)
def test_a_column_has_a_place_in_every_request(shape, index, expected):
    inputs = {"x": TensorSpec("x", "FP32", np.float32, shape)}
    assert fits(Watched("c", "x", index, edges=(1.0,)), inputs) is expected
    assert not fits(Watched("c", "y", 0, edges=(1.0,)), inputs)


def test_a_server_counts_what_it_is_told_and_begins_at_zero(serve):
    listed = [{"column": "size", "input": "features", "index": 1, "edges": [0.5, 2]}]
    with serve("row_mean", "--columns", json.dumps(listed)) as served:
        labels = tuple(sorted({"model": "m", "track": "canary", "digest": served.digest}.items()))
        before = served.samples()
        item = {"name": "features", "datatype": "FP32", "shape": [2, 3], "data": [0, 1, 0, 9, 9, 9]}
        assert served.call("/v2/models/m/infer", {"inputs": [item]})[0] == 200
        item["shape"] = [5, 3]
        assert served.call("/v2/models/m/infer", {"inputs": [item]})[0] == 400
        after = served.samples()
    rows = ("sluice_server_input_rows_total", labels)
    assert (before[rows], after[rows]) == (0, 1)
    buckets = {
        dict(found)["le"]: value
        for (name, found), value in after.items()
        if name == "sluice_server_input_bucket"
    }
    assert buckets == {"0.5": 0, "2": 1, "+Inf": 1}


def test_a_column_that_the_model_has_not_is_refused(refused, artifact):
    listed = [{"column": "size", "input": "features", "index": 3, "edges": [0.5]}]
    code, message = refused(*artifact("row_mean"), "--columns", json.dumps(listed))
    assert code == 1 or code == 3
    assert "no input 'features' with a column 3" in message
