"""Invariances and directions, held against real models in onnxruntime."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from onnx import TensorProto, helper
from support.small_models import LABEL_AND_PROBABILITIES, PROBABILITY, classifier, model_spec, session

from sluicegate.specs.model import DecisionRule, Tensor
from sluicegate.specs.model_tests import Change, Direction, Invariance
from sluicegate.validators.evaluation.expected.behaviour import directional, invariant
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.inputs import Unavailable

SPEC = model_spec(outputs=LABEL_AND_PROBABILITIES)
"""The yes rises with 2a - b."""
FRAME = pd.DataFrame({"a": [-1.0, 0.0, 1.0, 0.1], "b": [0.0, 0.0, 0.0, 0.0]})


def rows(frame=FRAME) -> Rows:
    return Rows("evaluation.csv", frame, np.zeros(len(frame), dtype=np.int64))


def stays(change: Change, **more):
    return invariant(classifier(), SPEC, rows(), Invariance("i", change, **more))


def moves(change: Change, score: str, **more):
    return directional(classifier(), SPEC, rows(), Direction("d", change, score, **more))


def test_a_score_that_moves_less_than_the_tolerance_stays():
    assert stays(Change("a", add=0.001), tolerance=0.01).holds
    outcome = stays(Change("a", add=0.1), tolerance=0.01)
    assert (outcome.holds, outcome.broken) == (False, 4)
    assert outcome.example == (
        "row 1 of evaluation.csv: with a +0.1 the score 0.119203 becomes 0.141851, expected the same"
    )
    assert outcome.measured == "the score moves by at most 0.04983, and may by 0.01"


def test_each_value_counts():
    assert stays(Change("b", to=(0,))).holds
    assert stays(Change("b", to=(0, 5))).broken == 4


def test_a_decision_may_stay_where_the_score_moves():
    assert stays(Change("a", add=0.05), same="decision").holds
    outcome = stays(Change("a", add=-0.2), same="decision")
    assert outcome.broken == 2  # 0.0 and 0.1 fall below the threshold
    assert outcome.example == (
        "row 2 of evaluation.csv: with a -0.2 the decision 1 becomes 0, expected the same"
    )


def test_a_share_of_the_rows_may_do_otherwise():
    assert stays(Change("a", add=-0.2), same="decision", share=0.5).holds
    assert not stays(Change("a", add=-0.2), same="decision", share=0.6).holds


def test_an_answer_that_is_no_number_never_stays_nor_moves_as_expected():
    missing = Change("a", to=(None, None))
    assert stays(missing).broken == 4
    for score in ("rises", "falls", "does-not-rise", "does-not-fall"):
        assert moves(missing, score).broken == 4


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        (Change("a", add=1), {"rises", "does-not-fall"}),
        (Change("b", add=1), {"falls", "does-not-rise"}),
        (Change("b", multiply=3), {"does-not-rise", "does-not-fall"}),  # b is 0
        (Change("a", to=(0, 1, 2)), {"rises", "does-not-fall"}),
        (Change("a", to=(0, 2, 1)), set()),
    ],
)
def test_the_score_moves_one_way(change, holds):
    scores = ("rises", "falls", "does-not-rise", "does-not-fall")
    assert {score for score in scores if moves(change, score).holds} == holds


def test_a_wrong_direction_names_the_row_and_both_scores():
    assert moves(Change("a", add=1), "falls").example == (
        "row 1 of evaluation.csv: from a as it is to a +1 the score goes from 0.119203 to 0.5, "
        "expected: falls"
    )


def test_the_tolerance_is_what_it_must_rise_by_or_may_fall_by():
    assert not moves(Change("a", add=0.01), "rises", tolerance=0.1).holds
    assert moves(Change("a", add=-0.01), "does-not-fall", tolerance=0.1).holds


def multiclass():
    """Three numbers a row: a, b, and 0."""
    return session(
        [
            helper.make_node("MatMul", ["x", "w"], ["p"]),
        ],
        [("x", TensorProto.FLOAT, ["batch", 2])],
        [("p", TensorProto.FLOAT, ["batch", 3])],
        w=np.array([[1.0, 0, 0], [0, 1, 0]], np.float32),
    )


def test_of_several_numbers_the_one_that_is_named_moves():
    spec = model_spec(
        "multiclass-classification", outputs=(Tensor("p", "float32", ("n", 3)),), classes=("x", "y", "z")
    )

    def held(**named):
        one = Direction("d", Change("b", add=1), "rises", **named)
        return directional(multiclass(), spec, rows(), one).holds

    assert [held(class_=name) for name in ("x", "y", "z")] == [False, True, False]
    assert held(number=1)
    for named in ({}, {"number": 3}):
        with pytest.raises(Unavailable, match="3 numbers a row"):
            held(**named)


def test_where_there_is_one_number_none_is_named():
    with pytest.raises(Unavailable, match="one number a row"):
        moves(Change("a", add=1), "rises", class_=1)


def test_scores_without_a_threshold_decide_nothing():
    linear = session(
        [helper.make_node("MatMul", ["x", "w"], ["p"])],
        [("x", TensorProto.FLOAT, ["batch", 2])],
        [("p", TensorProto.FLOAT, ["batch", 1])],
        w=np.array([[5.0], [0]], np.float32),
    )
    one = Invariance("i", Change("a", add=1), same="decision")
    with pytest.raises(Unavailable, match="no threshold"):
        invariant(linear, model_spec(outputs=(PROBABILITY,)), rows(), one)
    decided = model_spec(outputs=(PROBABILITY,), decision=DecisionRule("p", threshold=0.0))
    assert invariant(linear, decided, rows(), one).broken == 1
