"""What must hold between the parts of a well-formed model.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sluicegate.specs.model import ModelSpec, Tensor
from sluicegate.specs.policy import Gate
from sluicegate.specs.rules import named_as_directory, pauses_of_a_rollout, rising, steps_of_a_rollout
from sluicegate.specs.yamlio import Document, InputError, Location, Problem

_SPEC: Location = ("spec",)
_GATES: Location = ("spec", "rollout", "gates")


def broken_rules(model: ModelSpec, document: Document) -> Iterator[Problem]:
    """A problem for each rule that the model breaks, at its position in the document."""
    yield from named_as_directory(document, ("metadata", "name"), model.name)
    rollout = model.rollout
    yield from steps_of_a_rollout(document, ("spec", "rollout", "steps"), rollout.steps)
    yield from pauses_of_a_rollout(document, ("spec", "rollout", "pauses"), rollout.pauses, rollout.steps)
    yield from _tensors(document, model)
    yield from _outputs(document, model)
    if model.score is not None:
        yield from rising(document, ("spec", "score", "edges"), model.score.edges)
    yield from _gates(document, model)
    yield from _waivers(document, model)


def _tensors(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """Each tensor has a name of its own, and columns name each entry of the last dimension."""
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
    if tensor.shape[-1:] != (len(columns),):
        last = f"{tensor.shape[-1]!r} as its last dimension" if tensor.shape else "no dimension"
        message = f"{len(columns)} columns are named, but the shape has {last}"
        yield document.problem(location, message, f"let the shape end with {len(columns)}")
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


def _gates(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """Gates have names of their own, and what they need of the model."""
    seen: set[str] = set()
    decides = False
    for number, gate in enumerate(model.rollout.gates):
        location = (*_GATES, number)
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
        yield document.problem(_GATES, message, "add one with a margin, such as error_rate")


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
