"""What a graph makes at least, told without computing it: each bomb is named, and its sound twin is not."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from sluicegate.validators.onnx.facts import graph_of

node = helper.make_node
LOOP_INPUTS = [
    helper.make_tensor_value_info("i", TensorProto.INT64, []),
    helper.make_tensor_value_info("go", TensorProto.BOOL, []),
]


def tensor(name, values, dtype=np.int64):
    return numpy_helper.from_array(np.array(values, dtype), name)


def oversize(nodes, tensors=(), functions=()):
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4]),
        helper.make_tensor_value_info("words", TensorProto.STRING, ["n", 1]),
    ]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(tensors))
    model = helper.make_model(graph, ir_version=8, functions=list(functions))
    return graph_of(model.SerializeToString()).oversize


def concats(times):
    return [
        node("Concat", [f"c{n}" if n else "x", f"c{n}" if n else "x"], [f"c{n + 1}"], axis=0)
        for n in range(times)
    ]


def loop(trips, body_nodes, *, condition="go", carried=()):
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in carried]
    outputs = [
        helper.make_tensor_value_info(condition, TensorProto.BOOL, []),
        *(helper.make_tensor_value_info(f"{name}_next", TensorProto.FLOAT, None) for name in carried),
    ]
    body = helper.make_graph(body_nodes, "body", [*LOOP_INPUTS, *values], outputs)
    results = [f"{name}_out" for name in carried]
    return node("Loop", [trips, "", *(["x"] * len(carried))], results, body=body)


CASES = {
    "range": (
        lambda n: ([node("Range", ["a", "b", "c"], ["y"])], [tensor("a", 0), tensor("b", n), tensor("c", 1)]),
        10**10,
    ),
    "constant-of-shape": (lambda n: ([node("ConstantOfShape", ["s"], ["y"])], [tensor("s", [n, n])]), 10**5),
    "expand": (lambda n: ([node("Expand", ["x", "s"], ["y"])], [tensor("s", [n, 1, 4])]), 10**9),
    "tile": (lambda n: ([node("Tile", ["x", "r"], ["y"])], [tensor("r", [n, n])]), 10**5),
    "one-hot": (
        lambda n: ([node("OneHot", ["x", "d", "v"], ["y"])], [tensor("d", n), tensor("v", [0, 1])]),
        10**9,
    ),
    "resize": (
        lambda n: ([node("Resize", ["x", "", "", "s"], ["y"])], [tensor("s", [n, n])]),
        10**5,
    ),
    "pad": (lambda n: ([node("Pad", ["x", "p"], ["y"])], [tensor("p", [n, 0, 0, n])]), 10**9),
    "outer-product": (
        lambda n: (
            [
                node("ConstantOfShape", ["s"], ["v"]),
                node("Transpose", ["v"], ["t"]),
                node("MatMul", ["v", "t"], ["y"]),
            ],
            [tensor("s", [n, 1])],
        ),
        10**5,
    ),
    "a size that is computed": (
        lambda n: (
            [
                node("Mul", ["n", "n"], ["n2"]),
                node("Concat", ["n2", "one"], ["s"], axis=0),
                node("ConstantOfShape", ["s"], ["y"]),
            ],
            [tensor("n", [n]), tensor("one", [1])],
        ),
        10**6,
    ),
    "a shape that follows": (
        lambda n: (
            [
                node("ConstantOfShape", ["s"], ["v"]),
                node("Shape", ["v"], ["t"]),
                node("Mul", ["t", "t"], ["u"]),
                node("ConstantOfShape", ["u"], ["y"]),
            ],
            [tensor("s", [n])],
        ),
        10**6,
    ),
    "concat that doubles": (lambda n: (concats(n), ()), 40),
    "texts that double": (
        lambda n: (
            [node("StringConcat", [f"t{k}", f"t{k}"], [f"t{k + 1}"]) for k in range(n)],
            [helper.make_tensor("t0", TensorProto.STRING, [1], [b"a"])],
        ),
        40,
    ),
    "texts of the request that double": (
        lambda n: (
            [node("StringConcat", [f"t{k}" if k else "words"] * 2, [f"t{k + 1}"]) for k in range(n)],
            (),
        ),
        40,
    ),
    "loop": (
        lambda n: ([loop("m", [node("Identity", ["go"], ["on"])], condition="on")], [tensor("m", n)]),
        10**10,
    ),
    "loop that doubles": (
        lambda n: (
            [loop("m", [node("Concat", ["v", "v"], ["v_next"], axis=0)], carried=["v"])],
            [tensor("m", n)],
        ),
        40,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_too_large_is_named_and_small_is_not(case):
    make, large = CASES[case]
    assert oversize(*make(large)), case
    assert not oversize(*make(3)), case


@pytest.mark.parametrize("value", ["a", [1, 2], 0.5], ids=["text", "list", "fraction"])
@pytest.mark.parametrize(
    ("operator", "name"), [("Concat", "axis"), ("Gather", "axis"), ("Shape", "start"), ("DFT", "axis")]
)
def test_an_attribute_of_another_type_is_named(operator, name, value):
    made = node(operator, ["k", "one"], ["y"], "n", **{name: value})
    faults = oversize([made], [tensor("k", [[1, 2]]), tensor("one", 1)])
    assert faults == (f"{operator} 'n': the attribute {name} is no whole number",)


def test_a_filter_without_a_shape_decides_nothing():
    assert not oversize([node("Conv", ["x", "w"], ["y"], kernel_shape=[1, 1])], [tensor("w", 1)])


def test_a_loop_that_a_condition_ends_is_no_fault():
    """torch writes `while` as a Loop of 2**63 - 1 turns whose body says when to stop."""
    ends = [node("Less", ["i", "i"], ["on"])]
    assert not oversize([loop("m", ends, condition="on")], [tensor("m", 2**63 - 1)])


def test_either_branch_is_followed():
    large = helper.make_graph(
        [node("ConstantOfShape", ["s"], ["z"])], "b", [], [helper.make_tensor_value_info("z", 1, None)]
    )
    small = helper.make_graph(
        [node("Identity", ["x"], ["z"])], "b", [], [helper.make_tensor_value_info("z", 1, None)]
    )
    branch = node("If", ["c"], ["y"], then_branch=small, else_branch=large)
    assert oversize([branch], [tensor("s", [10**10]), tensor("c", True, np.bool_)])


def test_functions_are_followed_with_what_the_caller_gives():
    body = [node("ConstantOfShape", ["n"], ["z"])]
    function = helper.make_function("local", "f", ["n"], ["z"], body, [helper.make_opsetid("", 17)])
    call = node("f", ["s"], ["y"], domain="local")
    assert oversize([call], [tensor("s", [10**10])], [function])
    assert not oversize([call], [tensor("s", [10])], [function])


def test_nested_loops_multiply():
    inner = loop("m", [node("Identity", ["go"], ["on"])], condition="on")
    outer = loop("m", [inner, node("Identity", ["go"], ["on"])], condition="on")
    assert oversize([outer], [tensor("m", 100_000)])
    assert not oversize([inner], [tensor("m", 100_000)])
