"""Golden rows get their known answers, and extremes are answered, by real models in onnxruntime."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.small_models import LABEL_AND_PROBABILITIES, classifier, model_spec

from sluicegate.specs.model_tests import Change, Golden, MustAnswer
from sluicegate.specs.tree import WorkTree
from sluicegate.validators.evaluation.expected.given import golden, must_answer
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.inputs import Unavailable
from sluicegate.validators.submission.files import materialise

SPEC = model_spec(outputs=LABEL_AND_PROBABILITIES)
ZERO = {"a": 0.0, "b": 0.0}


@pytest.fixture
def held(tmp_path):
    """Hold golden rows against the classifier; `files` are written into the model's directory."""

    def hold(one: Golden, **files: str):
        folder = tmp_path / "models/m/tests"
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text)
        there = materialise(WorkTree(tmp_path), "models/m", tmp_path / "copy")
        return golden(classifier(), SPEC, there, one)

    return hold


def here(expect, **more) -> Golden:
    return Golden("g", inputs=ZERO, expect=expect, **more)


@pytest.mark.parametrize(
    ("one", "holds"),
    [
        (here({"probabilities": (0.5, 0.5)}), True),
        (here({"probabilities[1]": 0.5, "label": 0}), True),
        (here({"probabilities[1]": 0.5002}), False),
        (here({"probabilities[1]": 0.5002}, tolerance=0.001), True),
        (here({"probabilities[1]": 0.55}, tolerance=0.0, relative=0.1), True),
        (here({"label": 1}, tolerance=5.0), False),
    ],
)
def test_a_row_gets_its_known_answer_within_the_tolerance(held, one, holds):
    assert held(one).holds is holds


def test_what_differs_is_named_with_both_values(held):
    assert held(here({"label": 0, "probabilities": (0.4, 0.6)})).example == (
        "its row: probabilities is [0.5, 0.5], expected [0.4, 0.6] within 0.0001"
    )


def test_a_file_holds_many_rows(held):
    outcome = held(
        Golden("g", file="tests/known.csv"),
        known="a,b,expected.label,expected.probabilities[1]\n0,0,0,0.5\n1,0,1,0.880797\n2,0,0,0.98\n",
    )
    assert (outcome.rows, outcome.broken) == (3, 1)
    assert outcome.example == "row 3 of tests/known.csv: label is 1, expected 0 within 0.0001"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n0,0\n", "no column that begins with 'expected.'"),
        ("a,b,expected.label\n", "has no rows"),
        ("a,b,expected.score\n0,0,1\n", "there is no output 'score'"),
        ("a,expected.label\n0,0\n", "no column b"),
        ("a,b,expected.label\n0,0,\n", "no answer is known in row 1 of expected.label"),
        ("a,b,expected.probabilities\n0,0,0.5\n", "has 2 numbers a row, and 1 are expected"),
        ("a,b,expected.probabilities[2]\n0,0,0.5\n", "has 2 numbers a row, and no [2]"),
        ("a,b,expected.label\n0,0,yes\n", "a number is answered, and text is expected"),
        ("a,b,expected.label\nx,0,1\n", "column 'a'"),
    ],
)
def test_a_file_that_says_nothing_of_this_model_is_refused(held, text, says):
    with pytest.raises(Unavailable) as refused:
        held(Golden("g", file="tests/known.csv"), known=text)
    assert says in refused.value.reason


def test_a_file_that_is_not_there_is_named(held):
    with pytest.raises(Unavailable, match="is not there"):
        held(Golden("g", file="tests/known.csv"))


def answered(one: MustAnswer):
    rows = Rows("evaluation.csv", pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 0.0]}), np.zeros(2, dtype=int))
    return must_answer(classifier(), SPEC, rows, one)


def test_extremes_are_answered_with_finite_numbers():
    assert answered(MustAnswer("m", inputs={"a": 1e30, "b": -1e30})).holds
    assert answered(MustAnswer("m", change=Change("a", to=(-1e30, 1e30)))).rows == 4


def test_a_gap_that_is_not_answered_is_named():
    outcome = answered(MustAnswer("m", change=Change("b", to=(0, None))))
    assert (outcome.rows, outcome.broken) == (4, 2)
    assert outcome.example == (
        "row 1 of evaluation.csv with b = missing: probabilities is not finite, expected finite numbers"
    )
    assert answered(MustAnswer("m", inputs={"a": None, "b": 0})).example.startswith("its row: probabilities")


def test_what_does_not_fit_the_input_is_not_answered():
    with pytest.raises(Unavailable, match="which does not fit float32"):
        answered(MustAnswer("m", inputs={"a": 1e300, "b": 0}))
