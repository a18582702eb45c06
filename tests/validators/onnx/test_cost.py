"""Costs counted by hand: products as 2mkn, each function of an element one, values freed after use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from sluicegate.validators.onnx.cost import Cost, static_cost, words

FLOAT = TensorProto.FLOAT


def model(path: Path, nodes: list, takes: list, gives: list, weights: dict[str, tuple[int, ...]]) -> Path:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", FLOAT, takes)],
        [helper.make_tensor_value_info("y", FLOAT, gives)],
        [numpy_helper.from_array(np.ones(shape, np.float32), name) for name, shape in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path


def test_a_perceptron_by_hand(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("MatMul", ["r", "v"], ["y"]),
    ]
    weights = {"w": (12, 32), "b": (32,), "v": (32, 2)}
    path = model(tmp_path / "m.onnx", nodes, ["batch", 12], ["batch", 2], weights)
    found = static_cost(path, {"x"}, 64)
    assert found.flop == 64 * (2 * 12 * 32 + 32 + 32 + 2 * 32 * 2)
    assert found.peak == 64 * (32 + 32) * 4  # h and r, when x is freed
    assert found.uncounted == ()


def test_a_convolution_of_groups_and_a_pool_by_hand(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["h"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=2),
        helper.make_node("MaxPool", ["h"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("GlobalAveragePool", ["p"], ["y"]),
    ]
    path = model(tmp_path / "m.onnx", nodes, ["n", 4, 8, 8], ["n", 6, 1, 1], {"w": (6, 2, 3, 3), "b": (6,)})
    found = static_cost(path, {"x"}, 1)
    conv = 2 * (6 * 8 * 8) * (2 * 3 * 3) + 6 * 8 * 8
    assert found.flop == conv + 6 * 4 * 4 * 4 + 6 * 4 * 4
    assert found.peak == (4 * 64 + 6 * 64) * 4


def test_a_convolutional_network_as_onnx_tool_counts_it(tmp_path: Path) -> None:
    """onnx-tool 1.0.1 counts multiplications with an addition each, and a bias as one of them."""
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["h"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "v", "c"], ["y"]),
    ]
    weights = {"w": (16, 3, 3, 3), "b": (16,), "v": (4096, 10), "c": (10,)}
    path = model(tmp_path / "m.onnx", nodes, [8, 3, 32, 32], [8, 10], weights)
    theirs = {"Conv": 3_670_016, "Relu": 131_072, "MaxPool": 131_072, "Gemm": 327_760}
    biases = {"Conv": 8 * 16 * 32 * 32, "Gemm": 8 * 10}
    products = sum(2 * theirs[name] - biases[name] for name in biases)
    assert static_cost(path, set(), 8).flop == products + theirs["Relu"] + theirs["MaxPool"]


def test_large_weights_are_not_read(tmp_path: Path) -> None:
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    path = model(tmp_path / "m.onnx", nodes, ["batch", 400], ["batch", 100], {"w": (400, 100)})
    assert static_cost(path, {"x"}, 2).flop == 2 * 2 * 400 * 100


def test_what_has_no_rule_or_no_shape_is_named_and_the_figures_are_at_least(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Det", ["x"], ["d"]),
        helper.make_node("NonZero", ["d"], ["z"]),
        helper.make_node("Cast", ["z"], ["y"], to=FLOAT),
    ]
    path = model(tmp_path / "m.onnx", nodes, ["batch", 3, 3], ["k", "l"], {})
    found = static_cost(path, {"x"}, 2)
    assert (found.flop, found.uncounted) == (0, ("Cast", "Det", "NonZero"))
    assert list(words(found, Cost(10, 20, ()), 2)) == [
        "a call of 2 rows computes at least 0 floating-point operations, 10 in production",
        f"its activations take at least {found.peak:,} bytes at once, 20 in production",
        "not counted in that: Cast, Det, NonZero",
    ]


def test_a_dimension_that_nobody_gives_a_length_is_not_guessed(tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"])]
    path = model(tmp_path / "m.onnx", nodes, ["batch", "length"], ["batch", "length"], {})
    assert static_cost(path, {"x"}, 2).uncounted == ("Relu",)


def test_the_rows_have_their_length_wherever_their_name_is(tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"])]
    path = model(tmp_path / "m.onnx", nodes, ["batch", "batch"], ["batch", "batch"], {})
    assert static_cost(path, {"x"}, 5).flop == 25


def test_production_and_candidate_are_counted_at_the_same_rows(tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"])]
    path = model(tmp_path / "m.onnx", nodes, [None, 3], [7, 3], {})
    assert static_cost(path, {"x"}, 4) == Cost(12, 2 * 12 * 4, ())


def test_what_is_kept_in_attributes_is_named_as_not_counted() -> None:
    found = static_cost(Path(__file__).parents[3] / "models/digits/model.onnx", {"image"}, 64)
    assert found.peak == 64 * 64 * 4
    assert "SVMClassifier" in found.uncounted
