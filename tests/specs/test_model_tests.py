"""`tests` of model.yaml: each expectation says one thing, and says it wholly."""

from __future__ import annotations

from dataclasses import make_dataclass

import pytest

from sluicegate.specs.model_tests import ModelTests
from sluicegate.specs.shape import STRICT, Shape
from sluicegate.specs.yamlio import parse

OUTERMOST = {"__pydantic_config__": STRICT}  # in model.yaml the sections are
SHAPE = Shape(make_dataclass("Tests", [], bases=(ModelTests,), frozen=True, namespace=OUTERMOST))
CHANGE = "change: {column: a, add: 1}"


def read(text: str):
    document = parse(text.encode(), "model.yaml")
    return SHAPE.read(document, document.checked().value)


def test_an_expectation_of_each_kind():
    tests, problems = read(
        "golden:\n"
        "  - {name: one, inputs: {a: 1, b: null, c: [1, 2]}, expect: {p: 0.5}, tolerance: 0.01}\n"
        "  - {name: many, file: tests/golden.csv}\n"
        f"invariant: [{{name: stays, {CHANGE}, same: decision}}]\n"
        f"directional: [{{name: up, {CHANGE}, score: rises, class: 'yes'}}]\n"
        f"must_answer: [{{name: far, change: {{column: a, to: [-1.0e+9, null]}}}}]\n"
    )
    assert problems == []
    assert [(kind, number, one.name) for kind, number, one in tests.each()] == [
        ("golden", 0, "one"),
        ("golden", 1, "many"),
        ("invariant", 0, "stays"),
        ("directional", 0, "up"),
        ("must_answer", 0, "far"),
    ]
    assert tests.golden[0].inputs == {"a": 1, "b": None, "c": (1, 2)}
    assert tests.directional[0].class_ == "yes"


def test_golden_rows_are_one_versions_answers_and_the_rest_lasts():
    tests, _ = read(f"golden: [{{name: g, file: g.csv}}]\ninvariant: [{{name: i, {CHANGE}}}]\n")
    assert [kind for kind, _, _ in tests.lasting().each()] == ["invariant"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("invariant: [{name: i, change: {column: a}}]", "one of add, multiply and to"),
        ("invariant: [{name: i, change: {column: a, add: 1, to: [2]}}]", "one of add, multiply and to"),
        ("invariant: [{name: i, change: {column: a, add: 0}}]", "should change the column"),
        ("invariant: [{name: i, change: {column: a, multiply: 1}}]", "should change the column"),
        ("golden: [{name: g}]", "a file, or inputs and expect"),
        ("golden: [{name: g, inputs: {a: 1}}]", "a file, or inputs and expect"),
        ("golden: [{name: g, file: g.csv, inputs: {a: 1}, expect: {p: 1}}]", "a file, or inputs and expect"),
        (f"directional: [{{name: d, {CHANGE}, score: rises, class: x, number: 1}}]", "class or number"),
        ("directional: [{name: d, change: {column: a, to: [1]}, score: falls}]", "two values at least"),
        (f"directional: [{{name: d, {CHANGE}, score: up}}]", "rises"),
        ("must_answer: [{name: m}]", "inputs or change"),
        (f"must_answer: [{{name: m, inputs: {{a: 1}}, {CHANGE}}}]", "inputs or change"),
        (f"must_answer: [{{name: m, {CHANGE}, rows: 0}}]", "1"),
        (f"invariant: [{{name: i, {CHANGE}, share: 0}}]", "0"),
        (f"invariant: [{{name: i, {CHANGE}, tolerence: 1}}]", "tolerence"),
        ("golden: [{name: g, file: /etc/passwd}]", "file"),
    ],
)
def test_what_says_nothing_or_too_much_is_refused_at_its_line(text, says):
    tests, problems = read(f"\n{text}\n")
    assert tests is None
    assert any(says in str(problem) for problem in problems), list(map(str, problems))
    assert all(problem.line == 2 and problem.remedy for problem in problems)
