"""Numbers that are none, and bytes that nothing takes."""

import numpy as np
from onnx import TensorProto, helper

from hostile.models import external, function, model, node, only, taking, tensor

THREAT = "NaN among the weights, and tensors that nothing takes"
NAN = float("nan")


def cases():
    made = {
        "float32": tensor("k", [1, NAN], np.float32),
        "float64": tensor("k", [1, NAN], np.float64),
        "float16": tensor("k", [1, NAN], np.float16),
        "bfloat16": TensorProto(name="k", data_type=16, dims=[2], raw_data=b"\x80\x3f\xc0\x7f"),
        "typed": helper.make_tensor("k", TensorProto.FLOAT, [2], [1.0, NAN]),
        "typed double": helper.make_tensor("k", TensorProto.DOUBLE, [2], [1.0, NAN]),
        "the last of a million": tensor("k", [*[1.0] * 999_999, NAN], np.float32),
    }
    for name, one in made.items():
        yield name, only(model([node("Identity", ["k"], ["r"])], [one])), "onnx-weights", "are NaN"
    one = made["float32"]
    yield "in a node", only(model([node("Constant", [], ["r"], value=one)])), "onnx-weights", "are NaN"
    inside = function("f", [node("Constant", [], ["b"], value=one)])
    call = node("f", ["x"], ["r"], domain="local")
    yield "in a function", only(model([call], functions=[inside])), "onnx-weights", "are NaN"
    floats = node("Identity", ["x"], ["r"], nodes_values=[1.0, NAN])
    yield "in an attribute", only(model([floats])), "onnx-weights", "are NaN"
    constant = node("Constant", [], ["r"], value_float=NAN)
    yield "in a constant number", only(model([constant])), "onnx-weights", "are NaN"
    slope = node("LeakyRelu", ["x"], ["r"], alpha=NAN)
    yield "in a number of an attribute", only(model([slope])), "onnx-weights", "are NaN"
    spare = tensor("spare", np.ones(100_000), np.float32)
    yield "left over", only(model(tensors=[spare])), "onnx-weights", "taken by no node"
    beside = external("k", "w.csv", dims=(2,), offset="4", length="8")
    data = model(taking("k"), [beside])
    words = b"1,2\n" + np.array([1, NAN], np.float32).tobytes()
    yield "in another file", {"model.onnx": data, "w.csv": words}, "onnx-weights", "are NaN"
    many = [tensor(f"spare{n}", np.ones(100), np.float32) for n in range(300)]
    yield "many left over", only(model(tensors=many)), "onnx-weights", "300 initializers"
