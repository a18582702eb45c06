"""An expectation is about this model: its columns, its outputs, its classes."""

from __future__ import annotations

import pytest
from support.small_models import LABEL_AND_PROBABILITIES, model_spec

from sluicegate.specs.expectation_rules import (
    ExpectedOutput,
    expectation_problems,
    expected_output,
    input_columns,
)
from sluicegate.specs.model import Tensor
from sluicegate.specs.model_tests import Change, Direction, Golden, Invariance, ModelTests, MustAnswer
from sluicegate.specs.yamlio import parse

DOCUMENT = parse(b"spec:\n  tests:\n    golden: []\n", "models/m/model.yaml")
ADD = Change("a", add=1)


def problems(spec=None, **tests) -> list[str]:
    spec = spec or model_spec(outputs=LABEL_AND_PROBABILITIES, classes=("no", "yes"))
    found = list(expectation_problems(DOCUMENT, spec, ModelTests(**tests)))
    assert all(problem.path == "models/m/model.yaml" and problem.line and problem.remedy for problem in found)
    return [f"{problem.where}: {problem.message}" for problem in found]


def test_what_fits_has_no_problem():
    assert (
        problems(
            golden=(Golden("g", inputs={"a": 1, "b": None}, expect={"probabilities[1]": 0.5, "label": 1}),),
            invariant=(Invariance("i", ADD, same="decision"),),
            directional=(Direction("d", ADD, "rises", class_="yes"),),
            must_answer=(MustAnswer("m", change=Change("b", to=(None,))),),
        )
        == []
    )


@pytest.mark.parametrize(
    ("tests", "says"),
    [
        ({}, "spec.tests: nothing is expected"),
        ({"invariant": (Invariance("i", Change("c", add=1)),)}, "takes no column 'c'"),
        ({"golden": (Golden("g", inputs={"a": 1}, expect={"label": 1}),)}, "inputs: no value for b"),
        ({"must_answer": (MustAnswer("m", inputs={"a": 1, "b": 1, "late": 1}),)}, "takes no column 'late'"),
        (
            {"golden": (Golden("g", inputs={"a": 1, "b": 1}, expect={"labels": 1}),)},
            "has no output 'labels'",
        ),
        ({"golden": (Golden("g", inputs={"a": 1, "b": 1}, expect={"label": None}),)}, "no answer is known"),
        ({"directional": (Direction("d", ADD, "falls", class_="maybe"),)}, "no class 'maybe': no, yes"),
        (
            {"invariant": (Invariance("i", ADD),), "must_answer": (MustAnswer("i", change=ADD),)},
            "spec.tests.must_answer[0].name: 'i' is given twice",
        ),
    ],
)
def test_what_says_nothing_of_this_model_is_refused(tests, says):
    found = problems(**tests)
    assert any(says in one for one in found), found


def test_a_regression_decides_nothing():
    regression = model_spec(task="regression")
    assert "decides nothing" in problems(regression, invariant=(Invariance("i", ADD, same="decision"),))[0]


def test_a_key_names_an_output_or_one_number_of_it():
    names = ("p", "odd[1]")
    assert expected_output("p", names) == ExpectedOutput("p")
    assert expected_output("p[3]", names) == ExpectedOutput("p", 3)
    assert expected_output("odd[1]", names) == ExpectedOutput("odd[1]")
    assert expected_output("odd[1][0]", names) == ExpectedOutput("odd[1]", 0)
    assert [expected_output(key, names) for key in ("q", "p[", "p[-1]", "p[x]")] == [None] * 4


def test_the_columns_of_all_inputs_each_once():
    inputs = (Tensor("x", "float32", ("n", 2), ("a", "b")), Tensor("b", "int64", ("n",)))
    assert input_columns(model_spec(inputs=inputs)) == ("a", "b")
