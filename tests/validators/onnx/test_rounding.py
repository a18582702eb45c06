import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from sluicegate.validators.onnx.rounding import with_rounding

HALF, FLOAT = TensorProto.FLOAT16, TensorProto.FLOAT


def narrow(path, body):
    """A model that casts x to 16 bits, runs these nodes from `a` to `z`, and casts back."""
    ends = [
        helper.make_node("Cast", ["x"], ["a"], to=HALF),
        *body,
        helper.make_node("Cast", ["z"], ["y"], to=FLOAT),
    ]
    sides = [[helper.make_tensor_value_info(name, FLOAT, ["n"])] for name in "xy"]
    graph = helper.make_graph(ends, "g", *sides)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def answers(source, x):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.array(x, np.float32)})[0]


def test_what_overflows_in_16_bits_is_seen_on_a_cpu(tmp_path):
    squares = [helper.make_node("Mul", ["a", "a"], ["s"]), helper.make_node("Sqrt", ["s"], ["z"])]
    path = narrow(tmp_path / "m.onnx", squares)
    assert np.isfinite(answers(path.read_bytes(), [300.0])).all(), "a CPU hides it by itself"
    assert np.isinf(answers(with_rounding(path), [300.0])).all()


def test_each_result_is_rounded_as_numpy_rounds_it(tmp_path):
    x = np.random.default_rng(1).normal(size=64).astype(np.float32)
    path = narrow(tmp_path / "m.onnx", [helper.make_node("Exp", ["a"], ["z"])])
    expected = np.exp(x.astype(np.float16).astype(np.float32)).astype(np.float16).astype(np.float32)
    np.testing.assert_allclose(answers(with_rounding(path), x), expected, rtol=1e-3)
    assert (answers(path.read_bytes(), x) != answers(with_rounding(path), x)).any()


def test_the_results_of_a_branch_are_rounded_too(tmp_path):
    value = helper.make_tensor_value_info("b", HALF, None)
    inner = [helper.make_node("Mul", ["a", "a"], ["b"])]
    branch = helper.make_graph(inner, "then", [], [value])
    other = helper.make_graph([helper.make_node("Identity", ["a"], ["b"])], "else", [], [value])
    yes = helper.make_tensor("v", TensorProto.BOOL, [], [True])
    nodes = [
        helper.make_node("Constant", [], ["yes"], value=yes),
        helper.make_node("If", ["yes"], ["z"], then_branch=branch, else_branch=other),
    ]
    assert np.isinf(answers(with_rounding(narrow(tmp_path / "m.onnx", nodes)), [300.0])).all()
