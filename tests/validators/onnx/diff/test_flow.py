"""Which operators lie between an input and an output, however they are wrapped up."""

from __future__ import annotations

from graphlib import CycleError

import onnx
import pytest
from onnx import TensorProto, helper

from sluicegate.validators.onnx.diff.flow import ANY_INPUT, operator_class, ways
from sluicegate.validators.onnx.wire.decode import decode

FLOAT = TensorProto.FLOAT


def node(operator: str, takes: str, gives: str, **more):
    return helper.make_node(operator, takes.split(), gives.split(), **more)


def values(names: str):
    return [helper.make_tensor_value_info(name, FLOAT, ["n"]) for name in names.split()]


def found(nodes, inputs="a b", outputs="y", functions=(), filled=()):
    tensors = [helper.make_tensor(name, FLOAT, [1], [1.0]) for name in filled]
    graph = helper.make_graph(nodes, "g", values(inputs), values(outputs), tensors)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=opsets, functions=list(functions))
    made = ways(decode(model.SerializeToString())[0])
    return {way: {name for _, name in operators} for way, operators in made.items()}


def test_only_what_an_output_depends_on_is_on_its_way():
    nodes = [node("Neg", "a", "x"), node("Abs", "b", "unused"), node("Exp", "x", "y")]
    assert found(nodes) == {("a", "y"): {"Neg", "Exp"}}


def test_every_input_and_output_has_a_way_of_its_own():
    nodes = [node("Neg", "a", "x"), node("Add", "x b", "y"), node("Sqrt", "b", "z")]
    assert found(nodes, outputs="y z") == {
        ("a", "y"): {"Neg", "Add"}, ("b", "y"): {"Add"}, ("b", "z"): {"Sqrt"},
    }  # fmt: skip


def test_a_weight_is_no_input_though_old_graphs_list_it_as_one():
    assert found([node("Mul", "a w", "y")], inputs="a w", filled=("w",)) == {("a", "y"): {"Mul"}}


def test_a_branch_that_takes_an_outer_value_is_on_the_way():
    inside = helper.make_graph([node("Neg", "b", "t")], "then", [], values("t"))
    outside = helper.make_graph([node("Abs", "a", "e")], "else", [], values("e"))
    nodes = [node("Greater", "a w", "c"), node("If", "c", "y", then_branch=inside, else_branch=outside)]
    assert found(nodes, filled=("w",)) == {
        ("a", "y"): {"Greater", "If", "Neg", "Abs"}, ("b", "y"): {"If", "Neg", "Abs"},
    }  # fmt: skip


def test_a_function_does_what_is_in_it_and_in_those_that_it_calls():
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    inner = helper.make_function("own", "inner", ["p"], ["q"], [node("Where", "p p p", "q")], opsets)
    call = node("inner", "p", "q", domain="own")
    outer = helper.make_function("own", "outer", ["p"], ["q"], [call], opsets)
    assert found([node("outer", "a", "y", domain="own")], functions=(outer, inner)) == {("a", "y"): {"Where"}}


def test_functions_that_call_each_other_are_an_error():
    opsets = [helper.make_opsetid("own", 1)]
    again = helper.make_function("own", "f", ["p"], ["q"], [node("f", "p", "q", domain="own")], opsets)
    with pytest.raises(CycleError):
        found([node("f", "a", "y", domain="own")], functions=(again,))


def test_an_input_that_is_handed_through_has_a_way_without_an_operator():
    assert found([], inputs="a", outputs="a") == {("a", "a"): set()}


def test_thousands_of_inputs_count_as_one():
    names = [f"x{number}" for number in range(5000)]
    made = found([helper.make_node("Sum", names, ["y"])], inputs=" ".join(names))
    assert made == {(ANY_INPUT, "y"): {"Sum"}}


@pytest.mark.parametrize(
    ("operator", "words"),
    [
        (("ai.onnx", "Greater"), "conditions"),
        (("ai.onnx", "Where"), "choices"),
        (("ai.onnx", "Gemm"), "products"),
        (("ai.onnx", "Relu"), "Relu"),
        (("ai.onnx.ml", "TreeEnsembleClassifier"), "ai.onnx.ml.TreeEnsembleClassifier"),
        (("com.microsoft", "Where"), "com.microsoft.Where"),
    ],
)
def test_a_class_is_what_operators_are_for(operator, words):
    assert operator_class(operator) == words
