"""Models of calls between local functions; what is counted is checked against what expanding would give."""

import pytest
from onnx import helper

from sluicegate.validators.onnx.expansion import expanded_nodes
from sluicegate.validators.onnx.wire.decode import decode


def counted(model):
    return expanded_nodes(decode(model.SerializeToString())[0])


def model(nodes, functions):
    graph = helper.make_graph(nodes, "g", [], [])
    return helper.make_model(graph, functions=functions)


def function(name, *calls):
    nodes = [
        helper.make_node(call, ["a"], ["b"], domain="" if call[0].isupper() else "local") for call in calls
    ]
    return helper.make_function("local", name, ["a"], ["b"], nodes, [helper.make_opsetid("", 17)])


def call(name):
    return helper.make_node(name, ["x"], ["y"], domain="local")


@pytest.mark.parametrize(
    ("functions", "calls", "expanded"),
    [
        ([function("f", "Neg", "Abs")], ["f", "f"], 4),
        ([function("f", "Neg"), function("g", "f", "f", "Neg"), function("h", "g", "g")], ["h"], 6),
        (
            [
                function("f", "Neg"),
                *(function("f" + "x" * n, *["f" + "x" * (n - 1)] * 2) for n in range(1, 31)),
            ],
            ["f" + "x" * 30],
            2**30,
        ),
        (
            [
                function("f", "Neg"),
                *(function("f" + "x" * n, *["f" + "x" * (n - 1)] * 2) for n in range(1, 99)),
            ],
            ["f" + "x" * 98],
            10**12,
        ),
        ([function("f", "g"), function("g", "f")], ["Neg"], None),
        ([function("f", "f")], ["f"], None),
    ],
)
def test_nodes_after_expansion_are_counted_without_expanding(functions, calls, expanded):
    nodes = [helper.make_node("Neg", ["x"], ["y"]) if name == "Neg" else call(name) for name in calls]
    assert counted(model(nodes, functions)) == expanded


def test_functions_of_one_name_are_counted_together():
    two = [function("f", "Neg", "Neg", "Neg"), function("f", "Neg")]
    assert counted(model([call("f")], two)) == 4
