import numpy as np
import pytest
from onnx import TensorProto, helper
from support.gpu import needs_gpu, needs_no_gpu

from sluicegate.validators.evaluation import gpu_memory
from sluicegate.validators.evaluation.gpu_memory import free, growth
from sluicegate.validators.evaluation.timing import Caller
from sluicegate.validators.onnx.engine import load
from sluicegate.validators.onnx.engine_options import EngineOptions


def free_bytes(monkeypatch, *readings):
    left = iter(readings)
    monkeypatch.setattr(gpu_memory, "free", lambda: next(left))


def test_what_is_free_after_shrinking_less_what_is_free_after_the_work(monkeypatch):
    free_bytes(monkeypatch, 1000, 600)
    done = []
    assert growth(lambda: done.append("shrinking"), lambda: done.append("work")) == 400
    assert done == ["shrinking", "work"]


def test_another_program_that_gives_memory_back_makes_nothing_negative(monkeypatch):
    free_bytes(monkeypatch, 600, 1000)
    assert growth(lambda: None, lambda: None) == 0


@pytest.mark.parametrize("readings", [(None, 1), (1, None), (None, None)])
def test_where_cuda_does_not_tell_nobody_knows(monkeypatch, readings):
    free_bytes(monkeypatch, *readings)
    assert growth(lambda: None, lambda: None) is None


@needs_no_gpu
def test_without_cuda_it_is_not_known():
    assert free() is None


def test_a_session_on_the_cpu_is_measured_by_its_process():
    caller = Caller(squares("cpu"), ["y"], [{"x": np.ones((64, 4096), np.float32)}])
    assert not caller.on_gpu
    assert caller.working_memory() is None or caller.working_memory() >= 0


@needs_gpu
def test_a_call_on_a_gpu_takes_at_least_what_it_holds_at_once():
    caller = Caller(squares("cuda"), ["y"], [{"x": np.ones((4096, 4096), np.float32)}])
    assert caller.on_gpu
    assert 64 << 20 <= caller.working_memory() < 2 << 30


def squares(where):
    """y = x @ x, 64 MiB each of x and y where x is 4096 x 4096."""
    value = helper.make_tensor_value_info
    shape = ["n", 4096]
    graph = helper.make_graph(
        [helper.make_node("Transpose", ["x"], ["t"]), helper.make_node("MatMul", ["x", "t"], ["y"])],
        "g",
        [value("x", TensorProto.FLOAT, shape)],
        [value("y", TensorProto.FLOAT, ["n", "m"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return load(model.SerializeToString(), EngineOptions(cuda=where == "cuda"))
