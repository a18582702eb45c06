"""Dropout draws where its third input is not the constant `false`."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from sluicegate.validators.onnx.facts import graph_of


def tensor(name, value, dtype):
    return numpy_helper.from_array(np.array(value, dtype), name)


@pytest.mark.parametrize(
    ("inputs", "mode", "drawing"),
    [
        (["x"], None, 0),
        (["x", "ratio"], None, 0),
        (["x", "ratio", ""], None, 0),
        (["x", "ratio", "mode"], False, 0),
        (["x", "ratio", "mode"], True, 1),
        (["x", "ratio", "asked"], None, 1),
    ],
)
def test_only_a_constant_false_draws_nothing(inputs, mode, drawing):
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("x", "y")]
    held = [tensor("ratio", 0.5, np.float32)] + ([] if mode is None else [tensor("mode", mode, bool)])
    graph = helper.make_graph([helper.make_node("Dropout", inputs, ["y"])], "g", values[:1], values[1:], held)
    assert graph_of(helper.make_model(graph, ir_version=8).SerializeToString()).drawing == drawing
