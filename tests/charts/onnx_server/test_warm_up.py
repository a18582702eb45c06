"""What a server runs before it is ready, and that nobody counts it."""

import numpy as np
import pytest

from sluicegate.onnx_server.model import Model
from sluicegate.onnx_server.tensors import TensorSpec
from sluicegate.onnx_server.warm_up import warm_up, zeros

INPUTS = {
    "x": TensorSpec("x", "FP32", np.float32, ("batch", 3)),
    "text": TensorSpec("text", "BYTES", np.object_, (None,)),
    "flag": TensorSpec("flag", "BOOL", np.bool_, (2,)),
}
OUTPUTS = {"y": TensorSpec("y", "FP32", np.float32, ("batch",))}


class Session:
    """Keeps what it was run on; fails from the run `fails_at` on."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.fails_at = fails_at
        self.runs: list[tuple[list[str], dict]] = []

    def run(self, outputs, feeds):
        self.runs.append((outputs, feeds))
        if self.fails_at is not None and len(self.runs) >= self.fails_at:
            raise ValueError("no such length")
        return []


def test_zeros_have_the_declared_type_and_one_for_each_free_dimension():
    assert zeros(INPUTS["x"]).tolist() == [[0.0, 0.0, 0.0]]
    assert zeros(INPUTS["x"]).dtype == np.float32
    assert zeros(INPUTS["text"]).tolist() == [""]
    assert zeros(INPUTS["flag"]).tolist() == [False, False]


def test_it_is_run_as_often_as_told_on_all_inputs():
    session = Session()
    assert warm_up(Model(session, INPUTS, OUTPUTS), 3) is None
    assert [(outputs, sorted(feeds)) for outputs, feeds in session.runs] == [(["y"], sorted(INPUTS))] * 3


def test_a_model_that_cannot_take_zeros_is_not_run_again():
    session = Session(fails_at=1)
    assert warm_up(Model(session, INPUTS, OUTPUTS), 3) == "onnxruntime failed: no such length"
    assert len(session.runs) == 1


def test_a_server_is_ready_after_its_warm_up_and_counts_none_of_it(serve):
    with serve("two_inputs", "--warmup", "5") as served:
        assert served.call("/v2/models/m/ready")[0] == 200
        counted = {name: value for (name, _), value in served.samples().items() if "requests_total" in name}
        assert set(counted.values()) <= {0.0}


@pytest.mark.parametrize("runs", ["-1", "many", "10001"])
def test_a_number_of_runs_that_is_none_is_refused(artifact, refused, runs):
    code, message = refused(*artifact("row_mean"), "--warmup", runs)
    assert code == 2
    assert "is not a whole number from 0 to 10,000" in message
