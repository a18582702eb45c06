"""What the second of two ONNX files has that the first has not."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sluicegate.validators.onnx.diff.diff import graph_diff

RANDOM = np.random.default_rng(7)
WEIGHTS = RANDOM.normal(size=(300, 1000)).astype(np.float32)


def file(path: Path, tensors, nodes=(), opset=17) -> Path:
    """features[n, 300] @ w -> y, and more nodes."""
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 300])
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    first = helper.make_node("MatMul", ["features", "w"], ["z"])
    last = nodes or [helper.make_node("Identity", ["z"], ["y"])]
    graph = helper.make_graph([first, *last], "g", [features], [output], tensors)
    onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]), path)
    return path


def raw(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


@pytest.fixture
def old(tmp_path):
    return file(tmp_path / "old.onnx", [raw("w", WEIGHTS), raw("gone", np.float32([1, 2]))])


def test_a_hidden_trigger_is_a_condition_and_a_choice_on_a_way(old, tmp_path):
    nodes = [
        helper.make_node("Greater", ["z", "t"], ["c"]),
        helper.make_node("Where", ["c", "t", "z"], ["y"]),
    ]
    diff = graph_diff(old, file(tmp_path / "new.onnx", [raw("w", WEIGHTS), raw("t", np.float32([9]))], nodes))
    assert diff.ways == {("features", "y"): {"conditions", "choices"}}
    assert diff.classes == ("choices", "conditions")
    assert diff.operators == {
        ("ai.onnx", "Greater"): 1, ("ai.onnx", "Identity"): -1, ("ai.onnx", "Where"): 1,
    }  # fmt: skip
    assert (diff.weights.added, diff.weights.removed) == (("t",), ("gone",))


def test_weights_that_moved_have_the_norms_of_numpy(old, tmp_path):
    moved = WEIGHTS + RANDOM.normal(scale=0.01, size=WEIGHTS.shape).astype(np.float32)
    diff = graph_diff(old, file(tmp_path / "new.onnx", [raw("w", moved), raw("gone", np.float64([1, 2]))]))
    (weight,) = diff.weights.both
    difference = moved.astype(np.float64) - WEIGHTS
    assert (weight.name, weight.kind) == ("w", "float32 [300, 1000]")
    assert weight.norm == pytest.approx(np.linalg.norm(moved.astype(np.float64)), rel=1e-9)
    assert weight.before == pytest.approx(np.linalg.norm(WEIGHTS.astype(np.float64)), rel=1e-9)
    assert weight.moved == pytest.approx(np.linalg.norm(difference), rel=1e-9)
    assert diff.weights.reshaped == ("gone",)
    assert diff.ways == {}
    assert diff.bytes == (old.stat().st_size, (tmp_path / "new.onnx").stat().st_size)


def test_numbers_in_the_field_of_their_type_count_as_raw_ones(old, tmp_path):
    field = helper.make_tensor("w", TensorProto.FLOAT, WEIGHTS.shape, WEIGHTS.reshape(-1).tolist())
    diff = graph_diff(old, file(tmp_path / "new.onnx", [field, raw("gone", np.float32([0, 0]))]))
    assert [(one.name, one.moved) for one in diff.weights.both] == [("gone", math.sqrt(5)), ("w", 0)]


def test_whole_numbers_are_counted_and_not_compared(tmp_path):
    one = file(tmp_path / "one.onnx", [raw("w", WEIGHTS), raw("i", np.int64([1]))])
    two = file(tmp_path / "two.onnx", [raw("w", WEIGHTS), raw("i", np.int64([2]))], opset=18)
    diff = graph_diff(one, two)
    assert diff.weights.uncounted == 1
    assert diff.opsets == {"ai.onnx": (17, 18)}


def test_a_weight_that_was_0_moved_beyond_any_share(tmp_path):
    zeros = file(tmp_path / "zeros.onnx", [raw("w", np.zeros_like(WEIGHTS))])
    (weight,) = graph_diff(zeros, file(tmp_path / "new.onnx", [raw("w", WEIGHTS)])).weights.both
    assert math.isinf(weight.share)
    (same,) = graph_diff(zeros, zeros).weights.both
    assert same.share == 0
