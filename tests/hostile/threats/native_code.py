"""Operators that load code: engines in a blob, libraries of a foreign domain."""

from onnx import TensorProto, helper

from hostile.models import function, model, node, only

THREAT = "operators that load native code"


def cases():
    operators = {
        "engine in a blob": ("EPContext", "com.microsoft", "native code"),
        "container of Qualcomm": ("Snpe", "com.microsoft", "native code"),
        "decoder loop": ("BeamSearch", "com.microsoft", "loop of its own"),
        "unknown of com.microsoft": ("LoadLibrary", "com.microsoft", "is none of com.microsoft"),
        "foreign domain": ("Run", "evil.example", "belongs to domain evil.example"),
        "internal layout": ("Conv", "com.ms.internal.nhwc", "belongs to domain"),
        "TensorRT plug-in": ("TRT_PluginV2", "trt.plugins", "belongs to domain"),
    }
    for name, (operator, domain, says) in operators.items():
        made = node(operator, ["x"], ["z"], domain=domain)
        yield name, only(model([made], domains=[domain])), "onnx-graph", says
        body = helper.make_graph(
            [made], "b", [], [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)]
        )
        branch = node("If", ["x"], ["r"], then_branch=body, else_branch=body)
        yield f"{name} in a branch", only(model([branch], domains=[domain])), "onnx-graph", says
        inside = function("f", [node(operator, ["a"], ["b"], domain=domain)])
        call = node("f", ["x"], ["r"], domain="local")
        yield f"{name} in a function", only(model([call], functions=[inside])), "onnx-graph", says
