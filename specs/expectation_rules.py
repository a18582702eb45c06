"""What must hold between `tests` of model.yaml and the rest of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sluicegate.specs.model import Body, Tensor
from sluicegate.specs.model_tests import Change, Direction, Expectation, Golden, Invariance, ModelTests, Row
from sluicegate.specs.selection import class_index
from sluicegate.specs.suggestions import suggest_one_of
from sluicegate.specs.yamlio import Document, Location, Problem

DECIDED = ("binary-classification", "multiclass-classification", "multi-label")
"""Tasks whose answer is a decision as well."""
_EXPECTED = re.compile(r"(?P<output>.+?)(\[(?P<number>[0-9]{1,9})\])?")


@dataclass(frozen=True)
class ExpectedOutput:
    """What a key of `expect`, or a column `expected.KEY`, is about."""

    output: str
    number: int | None = None
    """The one number of a row, from 0; None for all of them."""


def expected_output(key: str, names: tuple[str, ...]) -> ExpectedOutput | None:
    """What `OUTPUT` or `OUTPUT[0]` names among these outputs; None for anything else."""
    if key in names:
        return ExpectedOutput(key)
    match = _EXPECTED.fullmatch(key)
    if match is None or match["number"] is None or match["output"] not in names:
        return None
    return ExpectedOutput(match["output"], int(match["number"]))


def input_columns(model: Body) -> tuple[str, ...]:
    """The data's columns that fill the inputs, in order, each once."""
    return tuple(
        dict.fromkeys(name for tensor in model.signature.inputs for name in tensor.columns or (tensor.name,))
    )


def expectation_problems(document: Document, model: Body, tests: ModelTests) -> Iterator[Problem]:
    """A problem for each expectation that says nothing of this model."""
    if not any(tests.each()):
        yield document.problem(("spec", "tests"), "nothing is expected", "name a case, or remove `tests`")
    seen: set[str] = set()
    for kind, number, one in tests.each():
        at = ("spec", "tests", kind, number)
        if one.name in seen:
            message = f"{one.name!r} is given twice"
            yield document.problem((*at, "name"), message, "give each expectation a name of its own")
        seen.add(one.name)
        yield from _of_one(document, at, model, one)


def _of_one(document: Document, at: Location, model: Body, one: Expectation) -> Iterator[Problem]:
    change = getattr(one, "change", None)
    if change is not None:
        yield from _change(document, (*at, "change"), model, change)
    row = getattr(one, "inputs", None)
    if row is not None:
        yield from _inputs(document, (*at, "inputs"), model, row)
    if isinstance(one, Golden) and one.expect is not None:
        yield from _expected(document, (*at, "expect"), model.signature.outputs, one.expect)
    if isinstance(one, Invariance) and one.same == "decision" and model.task not in DECIDED:
        message = f"a {model.task} decides nothing"
        yield document.problem((*at, "same"), message, "write same: score, with a tolerance")
    if isinstance(one, Direction):
        yield from _number(document, at, model, one)


def _change(document: Document, at: Location, model: Body, change: Change) -> Iterator[Problem]:
    """A column that the model does not take changes no answer, whatever the model is."""
    columns = input_columns(model)
    if change.column not in columns:
        message = f"the model takes no column {change.column!r}"
        yield document.problem((*at, "column"), message, suggest_one_of(change.column, columns))


def _inputs(document: Document, at: Location, model: Body, row: Row) -> Iterator[Problem]:
    columns = input_columns(model)
    for name in row:
        if name not in columns:
            message = f"the model takes no column {name!r}"
            yield document.problem((*at, name), message, suggest_one_of(name, columns), key=True)
    missing = [name for name in columns if name not in row]
    if missing:
        message = f"no value for {', '.join(missing[:10])}"
        yield document.problem(at, message, "give each column one; null is a missing value", key=True)


def _expected(document: Document, at: Location, outputs: tuple[Tensor, ...], row: Row) -> Iterator[Problem]:
    names = tuple(output.name for output in outputs)
    for key, value in row.items():
        if expected_output(key, names) is None:
            message = f"the signature has no output {key!r}"
            yield document.problem((*at, key), message, suggest_one_of(key, names), key=True)
        if value is None:
            yield document.problem((*at, key), "no answer is known", "write it, or remove the line", key=True)


def _number(document: Document, at: Location, model: Body, one: Direction) -> Iterator[Problem]:
    if one.class_ is not None and class_index(model.classes, one.class_) is None:
        known = ", ".join(map(str, model.classes)) if model.classes else "none are declared in spec.classes"
        message = f"there is no class {one.class_!r}: {known}"
        yield document.problem((*at, "class"), message, "name one of `classes`, or the `number`")
