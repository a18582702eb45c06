import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from sluicegate.validators.onnx.facts import graph_of
from sluicegate.validators.onnx.precision import precision_of


def graph(dtype, *operators):
    """A model that holds two numbers of a type, and these operators."""
    weights = helper.make_tensor("w", dtype, [2], [1, 2])
    nodes = [helper.make_node(name, ["x"], [f"y{at}"]) for at, name in enumerate(operators)]
    return graph_of(helper.make_model(helper.make_graph(nodes, "g", [], [], [weights])).SerializeToString())


@pytest.mark.parametrize(
    ("dtype", "word"),
    [
        (TensorProto.FLOAT, "fp32"),
        (TensorProto.DOUBLE, "fp64"),
        (TensorProto.FLOAT16, "fp16"),
        (TensorProto.BFLOAT16, "bf16"),
        (TensorProto.INT64, "fp32"),
    ],
)
def test_the_numbers_that_a_file_holds_say_its_precision(dtype, word):
    assert precision_of(graph(dtype)) == word


def test_numbers_in_an_operators_attribute_count():
    value = numpy_helper.from_array(np.ones(3, np.float16))
    node = helper.make_node("Constant", [], ["c"], value=value)
    model = helper.make_model(helper.make_graph([node], "g", [], []))
    assert precision_of(graph_of(model.SerializeToString())) == "fp16"


@pytest.mark.parametrize("operator", ["MatMulInteger", "QLinearConv", "DequantizeLinear"])
def test_a_quantized_operator_makes_it_int8(operator):
    assert precision_of(graph(TensorProto.FLOAT, operator)) == "int8"


def test_int8_numbers_alone_do_not():
    assert precision_of(graph(TensorProto.INT8, "Cast")) == "fp32"
