"""Operators that draw: what is judged of one draw is not true of the next."""

import numpy as np
from onnx import TensorProto, helper

from hostile.models import function, model, node, only, tensor

THREAT = "answers that differ from call to call"
OPERATORS = {
    "RandomNormal": ([], {"shape": [3]}),
    "RandomUniform": ([], {"shape": [3]}),
    "RandomNormalLike": (["x"], {}),
    "RandomUniformLike": (["x"], {}),
    "Bernoulli": (["x"], {}),
    "Multinomial": (["x"], {}),
}


def cases():
    for name, (inputs, attributes) in OPERATORS.items():
        made = node(name, inputs, ["r"], **attributes)
        yield name, only(model([made])), "onnx-random", f"{name} draw"
    result = helper.make_tensor_value_info("z", TensorProto.FLOAT, None)
    body = helper.make_graph([node("RandomNormalLike", ["x"], ["z"])], "b", [], [result])
    branch = node("If", ["x"], ["r"], then_branch=body, else_branch=body)
    yield "in a branch", only(model([branch])), "onnx-random", "draw"
    inside = function("f", [node("Bernoulli", ["a"], ["b"])])
    call = node("f", ["x"], ["r"], domain="local")
    yield "in a function", only(model([call], functions=[inside])), "onnx-random", "draw"
    ratio = tensor("ratio", 0.5, np.float32)
    for name, mode in {"as in training": [tensor("mode", True, bool)], "as is asked": []}.items():
        dropped = node("Dropout", ["x", "ratio", "mode"], ["r"])
        yield f"Dropout {name}", only(model([dropped], [ratio, *mode])), "onnx-random", "Dropout draw"
