from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from onnx import TensorProto, helper
from onnxruntime import InferenceSession

from validators.base import Verdict
from validators.checks.latency import LatencyRule, latency
from validators.rows import Rows
from validators.spec.model import Signature, Tensor

TENSORS = Signature(
    (Tensor("x", "float32", ("batch", 2), ("a", "b")),), (Tensor("y", "float32", ("batch", 2)),)
)
SPEC = SimpleNamespace(signature=TENSORS)
ROWS = Rows("rows.csv", pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 0.0]}), np.array([0, 1]))


def session(size):
    """A model that multiplies a matrix of `size` x `size` before it answers."""
    value = helper.make_tensor_value_info
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Mul", ["w", "most"], ["scaled"]),
        helper.make_node("MatMul", ["scaled", "w"], ["product"]),
        helper.make_node("ReduceSum", ["product"], ["sum"], keepdims=0),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    shape = ["batch", 2]
    graph = helper.make_graph(
        nodes,
        "g",
        [value("x", TensorProto.FLOAT, shape)],
        [value("y", TensorProto.FLOAT, shape)],
        [helper.make_tensor("w", TensorProto.FLOAT, [size, size], np.ones(size * size))],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def sessions():
    return {"small": session(2), "large": session(300)}


def judge(rule, candidate, production=None):
    rival = (production, SPEC) if production else None
    return list(latency(rule, SPEC, candidate, ROWS, rival))


def test_a_slower_model_fails_and_a_faster_one_passes(sessions):
    rule = LatencyRule(not_slower_than="production", ratio=1.5)
    (slower,) = judge(rule, sessions["large"], sessions["small"])
    assert (slower.verdict, slower.threshold) == (Verdict.FAIL, 1.5)
    assert slower.observed > 2
    assert "CPUExecutionProvider" in slower.message
    (faster,) = judge(rule, sessions["small"], sessions["large"])
    assert faster.verdict == Verdict.PASS
    assert faster.interval[1] < 0.5


def test_a_limit_in_milliseconds(sessions):
    assert judge(LatencyRule(p95_ms=10_000), sessions["small"])[0].verdict == Verdict.PASS
    assert judge(LatencyRule(p95_ms=1e-6), sessions["small"])[0].verdict == Verdict.FAIL


def test_nothing_to_judge_is_said(sessions):
    for rule in (None, LatencyRule(), LatencyRule(not_slower_than="production")):
        (finding,) = judge(rule, sessions["small"])
        assert finding.verdict == Verdict.WAIVED
