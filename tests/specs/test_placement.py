"""What is said of where a model's operators run."""

from collections import Counter

import onnxruntime
from onnx import TensorProto, helper

from sluicegate.specs.placement import CUDA, RECORD, on_cuda, operators

CPU = "CPUExecutionProvider"


def test_a_session_is_asked_where_its_operators_run():
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["z"]), helper.make_node("Exp", ["z"], ["y"])],
        "g",
        [value("x", TensorProto.FLOAT, [1])],
        [value("y", TensorProto.FLOAT, [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry(*RECORD)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=[CPU])
    assert operators(session) == {CPU: Counter(Neg=1, Exp=1)}


def test_all_operators_on_the_gpu():
    assert on_cuda({CUDA: Counter(Gemm=3, Relu=2)}) == "all 5 operators"


def test_those_that_have_no_kernel_are_named():
    placed = {CUDA: Counter(Cast=1), CPU: Counter(SVMClassifier=1)}
    assert on_cuda(placed) == "1 of 2 operators, not 1 SVMClassifier"


def test_a_model_that_leaves_the_gpu_idle_is_said_to():
    assert on_cuda({CPU: Counter(TreeEnsembleClassifier=2, Gather=1)}) == (
        "none of 3 operators, not 2 TreeEnsembleClassifier, 1 Gather"
    )


def test_of_many_kinds_the_rest_is_counted():
    many = {CPU: Counter({name: 9 - number for number, name in enumerate("ABCDEF")})}
    assert on_cuda(many) == "none of 39 operators, not 9 A, 8 B, 7 C, 6 D, 2 more kinds"
