import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from onnx import TensorProto, helper
from onnxruntime import InferenceSession
from support.small_models import model_spec

from sluicegate.specs.model import Signature, Tensor
from sluicegate.specs.yamlio import parse
from sluicegate.validators.checks.latency import LatencyRule, latency, strictest
from sluicegate.validators.evaluation.reference import ReferenceVersion
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.onnx.engine_options import ON_ONE_THREAD, EngineOptions
from sluicegate.validators.runner.finding import Verdict

TENSORS = Signature(
    (Tensor("x", "float32", ("batch", 2), ("a", "b")),), (Tensor("y", "float32", ("batch", 2)),)
)
SPEC = model_spec("regression", TENSORS.inputs, TENSORS.outputs)
DOCUMENT = parse(
    b"spec:\n  latency:\n    not_slower_than: production\n    p95_ms: 20\n", "models/m/model.yaml"
)
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
    return {"small": session(2), "large": session(120)}


def judge(rule, candidate, production=None, before=None, how=ON_ONE_THREAD):
    rival = (production, SPEC) if production else None
    old = ReferenceVersion("the base", SimpleNamespace(sections={"latency": before} if before else {}), None)
    given = {"document": DOCUMENT, "reference_versions": (old,), "timed_production": rival}
    return list(latency(rule, SPEC, candidate, ROWS, how, **given))


def test_a_slower_model_fails_and_a_faster_one_passes(sessions):
    rule = LatencyRule(not_slower_than="production", ratio=1.5, floor_ms=0.01)
    (slower,) = judge(rule, sessions["large"], sessions["small"])
    assert (slower.verdict, slower.threshold) == (Verdict.FAIL, 1.5)
    assert slower.observed > 2
    assert "CPUExecutionProvider, one thread, batch 1, " in slower.message
    assert "runs agree" in slower.message
    assert slower.remedy.startswith("A call takes ")
    (faster,) = judge(rule, sessions["small"], sessions["large"])
    assert faster.verdict == Verdict.PASS
    assert faster.interval[1] < 0.5


def test_a_finding_is_at_the_limits_line_and_one_of_anothers_limit_at_the_section(sessions):
    rule = LatencyRule(p95_ms=10_000, not_slower_than="production")
    assert [one.line for one in judge(rule, sessions["small"])] == [4, 3]
    (others,) = judge(None, sessions["small"], before=LatencyRule(p95_ms=10_000))
    assert (others.path, others.line) == ("models/m/model.yaml", 2)


def test_a_limit_in_milliseconds(sessions):
    assert judge(LatencyRule(p95_ms=10_000), sessions["small"])[0].verdict == Verdict.PASS
    assert judge(LatencyRule(p95_ms=1e-6), sessions["small"])[0].verdict == Verdict.FAIL


def test_nothing_to_judge_is_said(sessions):
    for rule in (None, LatencyRule(), LatencyRule(not_slower_than="production")):
        (finding,) = judge(rule, sessions["small"])
        assert finding.verdict == Verdict.SKIPPED


def test_a_limit_that_was_accepted_holds_though_it_was_dropped_or_loosened(sessions):
    for own in (None, LatencyRule(p95_ms=10_000)):
        (finding,) = judge(own, sessions["small"], before=LatencyRule(p95_ms=1e-6))
        assert (finding.verdict, finding.threshold) == (Verdict.FAIL, 1e-6)


def test_the_lowest_limits_hold_for_each_batch_size():
    rules = [
        LatencyRule(p95_ms=5, not_slower_than="production", ratio=2),
        LatencyRule(p95_ms=9, not_slower_than="production", ratio=1.5),
        LatencyRule(not_slower_than="production", ratio=3, floor_ms=0.02),
        LatencyRule(ratio=1),
        LatencyRule(p95_ms=50, batch=8),
        LatencyRule(batch=64),
    ]
    assert list(strictest(rules)) == [
        LatencyRule(p95_ms=5, not_slower_than="production", ratio=1.5, floor_ms=0.02),
        LatencyRule(p95_ms=50, batch=8),
    ]


def test_a_loss_below_the_floor_is_none_whatever_the_ratio(sessions):
    rule = LatencyRule(not_slower_than="production", ratio=1, floor_ms=1_000)
    (finding,) = judge(rule, sessions["large"], sessions["small"])
    assert finding.verdict == Verdict.PASS
    assert "differences below 1000 ms are ignored" in finding.message


def test_throughput_and_memory_are_those_of_the_declared_batch(sessions):
    for batch in (1, 512):
        (finding,) = judge(LatencyRule(p95_ms=10_000, batch=batch), sessions["small"])
        words = re.search(r"batch (\d+), ([\d,]+) rows/s, ([\d.]+) MiB a call", finding.message)
        p50 = float(re.search(r"p50 ([\d.]+) ms", finding.message)[1])
        assert int(words[1]) == batch
        assert int(words[2].replace(",", "")) == pytest.approx(batch / p50 * 1e3, rel=0.2)


def test_where_it_is_served_otherwise_is_said(sessions):
    how = EngineOptions(threads=4, cuda=True, where="production")
    (finding,) = judge(LatencyRule(p95_ms=10_000), sessions["small"], how=how)
    assert "CPUExecutionProvider, 4 threads as in production, which serves on a GPU: CUDA" in finding.message


def test_a_machine_without_the_gpu_that_serves_is_said():
    how = EngineOptions(where="production", without_gpu=True)
    (finding,) = judge(LatencyRule(p95_ms=10_000), session(2), how=how)
    assert (
        "as in production, which serves on a GPU: CUDAExecutionProvider is not to be had here"
        in finding.message
    )
