"""A few bytes that ask for more memory or time than there is."""

import numpy as np
from onnx import TensorProto, helper

from hostile.models import function, model, node, only, tensor

THREAT = "sizes and trip counts that no machine has"
BIG = 10**10
RANGE = [tensor("a", 0), tensor("b", BIG), tensor("c", 1)]


def value(name):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)


def loop(trips, nodes, *, condition="go", carried=()):
    inputs = [
        helper.make_tensor_value_info("i", TensorProto.INT64, []),
        helper.make_tensor_value_info("go", TensorProto.BOOL, []),
        *map(value, carried),
    ]
    outputs = [
        helper.make_tensor_value_info(condition, TensorProto.BOOL, []),
        *(value(f"{name}_next") for name in carried),
    ]
    body = helper.make_graph(nodes, "body", inputs, outputs)
    return node("Loop", [trips, "", *(["x"] * len(carried))], [f"{name}_out" for name in carried], body=body)


def doubling(times):
    return [
        node("Concat", [f"c{n}" if n else "x"] * 2, [f"c{n + 1}"], axis=0, name=f"double{n}")
        for n in range(times)
    ]


SIZES = {
    "Range": ([node("Range", ["a", "b", "c"], ["r"])], RANGE),
    "Range downwards": (
        [node("Range", ["a", "b", "c"], ["r"])],
        [tensor("a", BIG), tensor("b", 0), tensor("c", -1)],
    ),
    "Range of small steps": (
        [node("Range", ["a", "b", "c"], ["r"])],
        [tensor("a", 0, np.float32), tensor("b", 1e6, np.float32), tensor("c", 1e-6, np.float32)],
    ),
    "ConstantOfShape": ([node("ConstantOfShape", ["s"], ["r"])], [tensor("s", [BIG])]),
    "ConstantOfShape of many axes": ([node("ConstantOfShape", ["s"], ["r"])], [tensor("s", [10] * 12)]),
    "Expand": ([node("Expand", ["x", "s"], ["r"])], [tensor("s", [BIG, 1, 3])]),
    "Tile": ([node("Tile", ["x", "s"], ["r"])], [tensor("s", [10**5, 10**5])]),
    "OneHot": ([node("OneHot", ["x", "s", "v"], ["r"])], [tensor("s", BIG), tensor("v", [0, 1])]),
    "Resize by sizes": ([node("Resize", ["x", "", "", "s"], ["r"])], [tensor("s", [10**5, 10**5])]),
    "Resize by scales": (
        [node("Resize", ["x", "", "s"], ["r"])],
        [tensor("s", [1e5, 1e5], np.float32)],
    ),
    "Pad": ([node("Pad", ["x", "s"], ["r"])], [tensor("s", [BIG, 0, 0, 0])]),
    "doubled Concat": (doubling(40), []),
    "outer product": (
        [
            node("ConstantOfShape", ["s"], ["v"]),
            node("Transpose", ["v"], ["t"]),
            node("MatMul", ["v", "t"], ["r"]),
        ],
        [tensor("s", [10**5, 1])],
    ),
    "broadcast": (
        [
            node("ConstantOfShape", ["s"], ["v"]),
            node("Transpose", ["v"], ["t"]),
            node("Add", ["v", "t"], ["r"]),
        ],
        [tensor("s", [10**5, 1])],
    ),
    "computed by Mul": (
        [node("Mul", ["s", "s"], ["q"]), node("ConstantOfShape", ["q"], ["r"])],
        [tensor("s", [10**6])],
    ),
    "computed by Pow": (
        [node("Pow", ["s", "e"], ["q"]), node("ConstantOfShape", ["q"], ["r"])],
        [tensor("s", [10]), tensor("e", [12])],
    ),
    "computed by ReduceProd": (
        [node("ReduceProd", ["s"], ["q"]), node("ConstantOfShape", ["q"], ["r"])],
        [tensor("s", [10**4, 10**4, 10**4])],
    ),
    "a shape of a shape": (
        [
            node("ConstantOfShape", ["s"], ["v"]),
            node("Shape", ["v"], ["h"]),
            node("Mul", ["h", "h"], ["q"]),
            node("ConstantOfShape", ["q"], ["r"]),
        ],
        [tensor("s", [10**6])],
    ),
    "through Cast and Reshape": (
        [
            node("Cast", ["s"], ["f"], to=TensorProto.INT64),
            node("Reshape", ["f", "one"], ["q"]),
            node("ConstantOfShape", ["q"], ["r"]),
        ],
        [tensor("s", 1e10, np.float32), tensor("one", [1])],
    ),
    "RandomNormal": ([node("RandomNormal", [], ["r"], shape=[BIG])], []),
    "Constant node": (
        [node("Constant", [], ["s"], value_ints=[BIG]), node("ConstantOfShape", ["s"], ["r"])],
        [],
    ),
    "ConvTranspose": (
        [node("ConvTranspose", ["x", "k"], ["r"], output_shape=[10**5, 10**5])],
        [tensor("k", np.ones((1, 1, 2, 2)), np.float32)],
    ),
    "matrices": (
        [node("ConstantOfShape", ["s"], ["v"]), node("MatMul", ["v", "v"], ["r"])],
        [tensor("s", [20_000, 20_000])],
    ),
}
LOOPS = {
    "Loop": ([loop("m", [node("Identity", ["go"], ["on"])], condition="on")], [tensor("m", BIG)]),
    "Loop without end": ([loop("", [node("Identity", ["go"], ["on"])], condition="on")], []),
    "Loop whose condition is true": (
        [loop("m", [node("Constant", [], ["on"], value=tensor("t", True, np.bool_))], condition="on")],
        [tensor("m", BIG)],
    ),
    "Loop that doubles": (
        [loop("m", [node("Concat", ["v", "v"], ["v_next"], axis=0)], carried=["v"])],
        [tensor("m", 40)],
    ),
    "loops in loops": (
        [
            loop(
                "m",
                [
                    loop("m", [node("Identity", ["go"], ["on"])], condition="on"),
                    node("Identity", ["go"], ["on"]),
                ],
                condition="on",
            )
        ],
        [tensor("m", 10**5)],
    ),
}


def cases():
    for name, (nodes, tensors) in SIZES.items():
        yield name, only(model(nodes, tensors)), "onnx-bounds", "at least"
    for name, (nodes, tensors) in LOOPS.items():
        yield name, only(model(nodes, tensors)), "onnx-bounds", "at least"
    large = helper.make_graph([node("ConstantOfShape", ["s"], ["z"])], "b", [], [value("z")])
    small = helper.make_graph([node("Identity", ["x"], ["z"])], "b", [], [value("z")])
    for name, branches in {"then": (large, small), "else": (small, large)}.items():
        branch = node("If", ["k"], ["r"], then_branch=branches[0], else_branch=branches[1])
        data = model([branch], [tensor("s", [BIG]), tensor("k", True, np.bool_)])
        yield f"in a branch: {name}", only(data), "onnx-bounds", "at least"
    inside = function("f", [node("ConstantOfShape", ["a"], ["b"])])
    data = model([node("f", ["s"], ["r"], domain="local")], [tensor("s", [BIG])], [inside])
    yield "in a function", only(data), "onnx-bounds", "at least"
