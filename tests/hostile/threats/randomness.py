"""Operators that draw: what is judged of one draw is not true of the next."""

from onnx import TensorProto, helper

from hostile.models import function, model, node, only

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
