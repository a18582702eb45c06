"""What onnx.checker refuses, and what of it is a fault of onnx itself."""

from __future__ import annotations

import onnx
import pytest
from onnx import TensorProto, helper

from sluicegate.validators.onnx.checker import checker_fault, of_onnx_itself

NORMALIZED = helper.make_node("MeanVarianceNormalization", ["x"], ["y"])


@pytest.fixture
def fault(tmp_path):
    """What is wrong with a graph of these nodes, from `x` to `y`."""

    def of(*nodes: onnx.NodeProto) -> str | None:
        ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [3, 3, 3, 1]) for name in "xy"]
        graph = helper.make_graph(nodes, "g", ends[:1], ends[1:])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.save(model, tmp_path / "model.onnx")
        return checker_fault(tmp_path / "model.onnx")

    return of


def test_an_operator_that_onnx_itself_defines_wrongly_is_no_fault_of_the_model(fault) -> None:
    assert fault(NORMALIZED) is None
    assert fault(NORMALIZED, helper.make_node("MeanVarianceNormalization", ["y"], ["z"])) is None


def test_a_fault_of_the_models_own_beside_it_is_named(fault) -> None:
    assert "Incompatible dimensions" in fault(NORMALIZED, helper.make_node("MatMul", ["x", "x"], ["z"]))
    assert "Constant" in fault(NORMALIZED, helper.make_node("Constant", [], ["z"]))
    assert "Constant" in fault(helper.make_node("Constant", [], ["y"]))


@pytest.mark.parametrize("operator", ["MatMul", "Unknown"])
def test_an_operator_without_a_definition_of_onnx_has_no_such_fault(operator: str) -> None:
    error = "[ShapeInferenceError] Inference error(s): "
    words = f"{error}(op_type:{operator}): {error}(op_type:Constant): [ShapeInferenceError] none"
    assert not of_onnx_itself(words)
    assert of_onnx_itself(words.replace(operator, "MeanVarianceNormalization"))
