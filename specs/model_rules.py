"""What must hold between the parts of a well-formed model.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sluicegate.specs.expectation_rules import expectation_problems
from sluicegate.specs.model import ModelSpec, Selected, Tensor
from sluicegate.specs.model_tests import ModelTests
from sluicegate.specs.policy import Gate
from sluicegate.specs.preparation_rules import detection_problems, preparation_problems
from sluicegate.specs.rules import named_as_directory, pauses_of_a_rollout, rising, steps_of_a_rollout
from sluicegate.specs.selection import class_index, named, numbers_a_row
from sluicegate.specs.yamlio import Document, InputError, Location, Problem

_SPEC: Location = ("spec",)
_ROLLOUT: Location = ("spec", "rollout")


def broken_rules(model: ModelSpec, document: Document) -> Iterator[Problem]:
    """A problem for each rule that the model breaks, at its position in the document."""
    yield from named_as_directory(document, ("metadata", "name"), model.name)
    yield from broken_rollout_rules(model, document, _ROLLOUT)
    yield from _tensors(document, model)
    yield from _outputs(document, model)
    yield from _classes(document, model)
    yield from _labels(document, model)
    yield from preparation_problems(document, model)
    yield from detection_problems(document, model)
    if model.score is not None:
        yield from rising(document, ("spec", "score", "edges"), model.score.edges)
    yield from _waivers(document, model)
    tests = model.sections.get("tests")
    if isinstance(tests, ModelTests):
        yield from expectation_problems(document, model, tests)


def broken_rollout_rules(model: ModelSpec, document: Document, at: Location) -> Iterator[Problem]:
    """A problem for each rule that the rollout breaks, which the document has at this location."""
    rollout = model.rollout
    yield from steps_of_a_rollout(document, (*at, "steps"), rollout.steps)
    yield from pauses_of_a_rollout(document, (*at, "pauses"), rollout.pauses, rollout.steps)
    yield from _gates(document, model, (*at, "gates"))


def _tensors(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """Each tensor has a name of its own, and columns fill a row of it."""
    seen: set[str] = set()
    for side, tensors in (("inputs", model.signature.inputs), ("outputs", model.signature.outputs)):
        for number, tensor in enumerate(tensors):
            location = (*_SPEC, "signature", side, number)
            if tensor.name in seen:
                message = f"{tensor.name!r} is given twice"
                yield document.problem((*location, "name"), message, "name each tensor once")
            seen.add(tensor.name)
            yield from _columns(document, (*location, "columns"), tensor)


def _columns(document: Document, location: Location, tensor: Tensor) -> Iterator[Problem]:
    columns = tensor.columns
    if columns is None:
        return
    most = numbers_a_row(tensor)
    if most is not None and len(columns) > most:
        message = (
            f"{len(columns)} columns are named, and a row of shape {list(tensor.shape)} has {most} numbers"
        )
        yield document.problem(location, message, "name as many as it has, or correct the shape")
    for number, name in enumerate(columns):
        if name in columns[:number]:
            message = f"the column {name!r} is given twice"
            yield document.problem((*location, number), message, "name each column once")


def _outputs(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """The decision and the score look at outputs that the signature has."""
    outputs = [tensor.name for tensor in model.signature.outputs]
    for section, part in (("decision", model.decision), ("score", model.score)):
        if part is not None and part.output not in outputs:
            message = f"the signature has no output {part.output!r}"
            remedy = f"name one of {', '.join(outputs)}"
            yield document.problem((*_SPEC, section, "output"), message, remedy)
        elif part is not None:
            yield from _selected(document, (*_SPEC, section), model, part)


def _selected(document: Document, location: Location, model: ModelSpec, part: Selected) -> Iterator[Problem]:
    """A column is one of the output's, and a class one of those that are declared."""
    numbers = numbers_a_row(named(model, part.output))
    if part.class_ is not None and class_index(model.classes, part.class_) is None:
        known = ", ".join(map(str, model.classes)) if model.classes else "none are declared in spec.classes"
        message = f"there is no class {part.class_!r}: {known}"
        yield document.problem((*location, "class"), message, "name one of `classes`, as it is written there")
    if part.column is not None and numbers is not None and part.column >= numbers:
        message = f"{part.output!r} has {numbers} numbers a row, counted from 0"
        yield document.problem((*location, "column"), message, "name one of them")


def _classes(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """Each class is named once, and as many as the task has."""
    classes = model.classes or ()
    for number, name in enumerate(classes):
        if name in classes[:number]:
            message = f"the class {name!r} is given twice"
            yield document.problem((*_SPEC, "classes", number), message, "name each class once")
    if model.task == "binary-classification" and len(classes) > 2:
        message = f"{len(classes)} classes are named, and {model.task} has two"
        yield document.problem((*_SPEC, "classes"), message, "declare task: multiclass-classification")


def _labels(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """A ranking has groups."""
    if model.task == "ranking" and model.data.group is None:
        message = "a ranking is judged by query, and no column says which one a row belongs to"
        yield document.problem((*_SPEC, "data"), message, "name it: data: {group: query}", key=True)


def _gates(document: Document, model: ModelSpec, at: Location) -> Iterator[Problem]:
    """Gates have names of their own, and what they need of the model."""
    seen: set[str] = set()
    decides = False
    for number, gate in enumerate(model.rollout.gates):
        location = (*at, number)
        yield from _tolerance(document, location, gate)
        yield from _compared(document, location, gate, model)
        name = gate.metric
        try:
            made = gate.gate(model)
            name = made.name
            decides = decides or isinstance(made, Gate)
        except InputError as error:
            decides = True
            for problem in error.problems:
                at = (*location, problem.where) if problem.where else location
                yield document.problem(at, problem.message, problem.remedy)
        if name in seen:
            key = "name" if hasattr(gate, "name") else "metric"
            message = f"there are two gates {name!r}"
            yield document.problem((*location, key), message, "keep one of them, or name them apart")
        seen.add(name)
    if not decides:
        message = "every entry is shown only, and none decides"
        yield document.problem(at, message, "add one with a margin, such as error_rate")


def _tolerance(document: Document, location: Location, gate: Any) -> Iterator[Problem]:
    """What is harmful is not within the margin: the tolerance is no larger than it."""
    tolerance = getattr(gate, "tolerance", None)
    margin = getattr(gate, "margin", None)
    if tolerance is not None and margin is not None and tolerance > margin:
        message = f"the tolerance {tolerance} is above the margin {margin}"
        yield document.problem((*location, "tolerance"), message, f"write at most {margin}, or leave it out")


def _compared(document: Document, location: Location, gate: Any, model: ModelSpec) -> Iterator[Problem]:
    """A gate is compared at one of the steps at least."""
    from_weight = getattr(gate, "from_weight", 1)
    last = max((step for step in model.rollout.steps if step < 100), default=100)
    if from_weight > last:
        message = f"no step below 100 % has {from_weight} %, so it would compare nothing"
        yield document.problem((*location, "from_weight"), message, f"write at most {last}")


def _waivers(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """A waiver ends on a day that the calendar has."""
    for number, waiver in enumerate(model.waivers):
        try:
            date.fromisoformat(waiver.until)
        except ValueError:
            message = f"{waiver.until} is not a day of the calendar"
            yield document.problem((*_SPEC, "waivers", number, "until"), message, "write one: 2027-01-31")
