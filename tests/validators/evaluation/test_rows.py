"""Running a model over rows: in batches as served, and with a reason where it cannot."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from onnx import TensorProto, helper
from support.small_models import LABEL_AND_PROBABILITIES, X, classifier, model_spec, session

from sluicegate.specs.model import Tensor
from sluicegate.validators.evaluation.calls import run_model
from sluicegate.validators.evaluation.predictions import Predictions
from sluicegate.validators.evaluation.rows import Rows, predict
from sluicegate.validators.runner.inputs import Unavailable

SPEC = model_spec(outputs=LABEL_AND_PROBABILITIES, max_batch=64)
FRAME = pd.DataFrame(np.random.default_rng(0).normal(size=(150, 2)), columns=["a", "b"])


def counting(model, calls: list[int]):
    """The model, with the rows of each call noted."""

    def run(names, inputs):
        calls.append(len(next(iter(inputs.values()))))
        return model.run(names, inputs)

    return SimpleNamespace(run=run)


def test_rows_run_in_batches_of_max_batch() -> None:
    calls: list[int] = []
    outputs = run_model(counting(classifier(), calls), SPEC, FRAME)
    assert calls == [64, 64, 22]
    whole = classifier().run(["probabilities"], {"x": FRAME.to_numpy(np.float32)})[0]
    np.testing.assert_allclose(outputs["probabilities"], whole, rtol=1e-6)


def test_a_fixed_batch_is_filled_up_and_cut_off_again() -> None:
    fixed = model_spec(
        inputs=(Tensor("x", "float32", (4, 2), ("a", "b")),),
        outputs=(Tensor("label", "int64", (4,)), Tensor("probabilities", "float32", (4, 2))),
    )
    calls: list[int] = []
    outputs = run_model(counting(classifier(), calls), fixed, FRAME[:6])
    assert calls == [4, 4]
    np.testing.assert_allclose(
        outputs["probabilities"], run_model(classifier(), SPEC, FRAME[:6])["probabilities"], rtol=1e-6
    )


def mean_beside():
    """p[batch, 1] of x, and mean, one number for the whole batch."""
    return session(
        [
            helper.make_node("ReduceSum", ["x", "axis"], ["p"]),
            helper.make_node("ReduceMean", ["p"], ["mean"], keepdims=0),
        ],
        [("x", TensorProto.FLOAT, ["batch", 2])],
        [("p", TensorProto.FLOAT, ["batch", 1]), ("mean", TensorProto.FLOAT, [])],
        axis=np.array([1], np.int64),
    )


def test_an_output_without_rows_is_left_out() -> None:
    """A mean over the batch says nothing of a row; once the check crashed on it."""
    outputs = (Tensor("p", "float32", ("batch", 1)), Tensor("mean", "float32", ()))
    assert list(run_model(mean_beside(), model_spec(outputs=outputs), FRAME)) == ["p"]


def test_inputs_that_do_not_share_their_rows_are_not_judged() -> None:
    towers = model_spec(
        inputs=(Tensor("user", "float32", ("users", 1)), Tensor("item", "float32", ("items", 1)))
    )
    with pytest.raises(Unavailable, match="the inputs do not share their first dimension"):
        run_model(classifier(), towers, FRAME)


def test_an_output_with_other_rows_is_refused() -> None:
    """A model whose first dimension is a sequence answers once for all of it."""
    sequence = session(
        [helper.make_node("ReduceMean", ["x"], ["p"], axes=[0], keepdims=1)],
        [("x", TensorProto.FLOAT, ["sequence", 2])],
        [("p", TensorProto.FLOAT, ["one", 2])],
    )
    spec = model_spec(inputs=(X,), outputs=(Tensor("p", "float32", ("one", 2)),))
    with pytest.raises(Unavailable, match="one entry a row") as refused:
        run_model(sequence, spec, FRAME)
    rows = min(len(FRAME), 64)
    assert refused.value.reason.startswith(f"the output 'p' has shape [1, 2] for {rows} rows")
    assert refused.value.because == "quality"


def test_an_answer_of_another_shape_than_is_declared_is_refused() -> None:
    """As of a forest of several outputs by skl2onnx, whose graph declares one."""
    doubled = session(
        [helper.make_node("Concat", ["x", "x"], ["p"], axis=1)],
        [("x", TensorProto.FLOAT, ["batch", 2])],
        [("p", TensorProto.FLOAT, ["batch", None])],
    )
    rows = Rows("rows", FRAME, np.zeros((len(FRAME), 4)))

    def answers(width: int | str) -> Predictions:
        outputs = (Tensor("p", "float32", ("batch", width)),)
        return predict(doubled, model_spec("forecasting", inputs=(X,), outputs=outputs), rows)

    with pytest.raises(Unavailable, match="output 'p' is declared \\['batch', 1\\]"):
        answers(1)
    assert answers(4).values.shape == answers("length").values.shape == (len(FRAME), 4)


@pytest.mark.parametrize(
    ("said", "reason", "remedy"),
    [
        (MemoryError("arena"), "out of memory at batch 64: arena", "Lower `serving.max_batch`"),
        (RuntimeError("Failed to allocate memory for 25200000000"), "out of memory at batch 64", "Lower"),
        (RuntimeError("bad index"), "the model fails on rows 1 to 64: bad index", "Run the model on those"),
    ],
)
def test_a_model_that_fails_is_told_with_its_cause(said, reason, remedy) -> None:
    def run(names, inputs):
        raise said

    with pytest.raises(Unavailable, match=reason) as refused:
        run_model(SimpleNamespace(run=run), SPEC, FRAME)
    assert refused.value.remedy.startswith(remedy)
