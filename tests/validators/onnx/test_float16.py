import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sluicegate.validators.onnx.engine import load
from sluicegate.validators.onnx.float16 import to_float16

SCALED = [
    helper.make_node("Scaler", ["x"], ["s"], domain="ai.onnx.ml", offset=[4980.0, 0.0], scale=[1.0, 1.0]),
    helper.make_node("Scaler", ["s"], ["t"], domain="ai.onnx.ml", offset=[0.0, 0.0], scale=[1.0, 2.0]),
    helper.make_node("Scaler", ["x"], ["u"], domain="ai.onnx.ml", offset=[0.0, 0.0], scale=[0.001, 1.0]),
    helper.make_node("Add", ["t", "u"], ["v"]),
    helper.make_node("MatMul", ["v", "w"], ["y"]),
]
"""Operators of ai.onnx.ml that stay in fp32, one behind the other and two of one input, then a matrix."""


def saved(path, nodes, weights):
    sides = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 2])] for name in "xy"]
    graph = helper.make_graph(nodes, "g", *sides, [numpy_helper.from_array(weights, "w")])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


def test_operators_without_16_bits_pass_their_numbers_on_unrounded(tmp_path):
    source = saved(tmp_path / "m.onnx", SCALED, np.eye(2, dtype=np.float32))
    notes = to_float16(source, tmp_path / "half.onnx")
    assert notes == ["computed in fp32 as before: Scaler"]
    onnx.checker.check_model(str(tmp_path / "half.onnx"))
    x = np.array([[4983.0, 1.0]], np.float32)
    wide, half = (load(path).run(None, {"x": x})[0] for path in (source, tmp_path / "half.onnx"))
    assert half.dtype == np.float32
    np.testing.assert_allclose(half, wide, rtol=2e-3)  # through 16 bits, 4,983 is 4,984 and the 3 a 4


@pytest.mark.parametrize(
    ("weight", "note"), [(1e9, "1 weights beyond 65,504 were cut to it"), (1e-9, "1 weights too small")]
)
def test_weights_that_16_bits_cannot_hold_are_said(tmp_path, weight, note):
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    source = saved(tmp_path / "m.onnx", nodes, np.array([[weight, 1], [1, 1]], np.float32))
    assert to_float16(source, tmp_path / "half.onnx")[0].startswith(note)
