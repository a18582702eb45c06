"""Reading model.yaml: its form, then the rules that tie one part of it to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, fields, make_dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import Field as Constraint

from sluicegate.specs.model import Body, Manifest, ModelSpec, Tensor
from sluicegate.specs.shape import STRICT, Shape
from sluicegate.specs.yamlio import Document, InputError, Location, Problem

MANIFEST = Shape(Manifest)
_BODY = frozenset(part.name for part in fields(Body))
_GATES: Location = ("spec", "rollout", "gates")


@lru_cache(maxsize=8)
def gates_shape(gates: Any) -> Shape[Any]:
    """The form of `rollout`'s own `gates`, from the union of all metrics' parameters."""
    several = Annotated[
        tuple[gates, ...],
        Constraint(
            min_length=1, description="what must hold for the next step, at least one; see gate/metrics/"
        ),
    ]
    return Shape(make_dataclass("Gates", [("gates", several)], namespace={"__pydantic_config__": STRICT}))


@lru_cache(maxsize=8)
def sections_shape(sections: tuple[tuple[str, Any], ...]) -> Shape[Any]:
    """The form of the sections that checks declare, by name; each may be left out, and is then None."""
    parts: list[tuple[str, Any, Any]] = [(name, form, field(default=None)) for name, form in sections]
    return Shape(make_dataclass("Sections", parts, namespace={"__pydantic_config__": STRICT}))


def load_model(document: Document, *, gates: Any, sections: Mapping[str, Any] | None) -> ModelSpec:
    """The model that the document declares.

    `gates` is the union of all metrics' parameters (`gate.metrics.base.gates()`); `sections` gives the type
    of each section that a check declares. With `sections=None` what no part of `Body` reads is kept as plain
    data: so the gate reads what was already judged. Raises InputError with a problem for every finding; the
    rules between parts are looked at once all parts have their form.
    """
    value = document.checked().value
    body, rollout, extra = _parts(value, None if sections is None else frozenset(sections))
    manifest, problems = MANIFEST.read(document, body)
    judged: Any = None
    if rollout is not None:
        judged, more = gates_shape(gates).read(document, rollout, _GATES[:-1])
        problems += more
    if sections is not None:
        read, more = sections_shape(tuple(sections.items())).read(document, extra, ("spec",))
        problems += more
        extra = {} if read is None else {name: getattr(read, name) for name in extra}
    if problems or manifest is None or judged is None:
        raise InputError(*sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
    spec = manifest.spec
    model = ModelSpec(
        name=manifest.metadata.name,
        owners=manifest.metadata.owners,
        rollout=replace(spec.rollout, gates=judged.gates),
        sections=extra,
        **{name: getattr(spec, name) for name in _BODY - {"rollout"}},
    )
    if broken := list(rules(model, document)):
        raise InputError(*sorted(broken, key=lambda problem: (problem.line or 0, problem.column or 0)))
    return model


def _parts(value: Any, sections: frozenset[str] | None) -> tuple[Any, dict[str, Any] | None, dict[str, Any]]:
    """The document less its gates and sections; {"gates": ...} where there is a rollout; the sections."""
    spec = value.get("spec") if isinstance(value, dict) else None
    if not isinstance(spec, dict):
        return value, None, {}
    extra = {
        name: part
        for name, part in spec.items()
        if (name not in _BODY if sections is None else name in sections)
    }
    spec = {name: part for name, part in spec.items() if name not in extra}
    rollout = None
    if isinstance(spec.get("rollout"), dict):
        rollout = {name: part for name, part in spec["rollout"].items() if name == "gates"}
        spec["rollout"] = {name: part for name, part in spec["rollout"].items() if name != "gates"}
    return {**value, "spec": spec}, rollout, extra


def rules(model: ModelSpec, document: Document) -> Iterator[Problem]:
    """What must hold between the parts of a well-formed model."""
    yield from named_as_directory(document, ("metadata", "name"), model.name)
    yield from rising(document, ("spec", "rollout", "steps"), model.rollout.steps)
    yield from ends_at_100(document, ("spec", "rollout", "steps"), model.rollout.steps)
    yield from _tensors(document, model)
    outputs = [tensor.name for tensor in model.signature.outputs]
    for name, part in (("decision", model.decision), ("score", model.score)):
        if part is not None and part.output not in outputs:
            message = f"the signature has no output {part.output!r}"
            yield document.problem(("spec", name, "output"), message, f"name one of {', '.join(outputs)}")
    if model.score is not None:
        yield from rising(document, ("spec", "score", "edges"), model.score.edges)
    yield from _gates(document, model)
    for number, waiver in enumerate(model.waivers):
        try:
            date.fromisoformat(waiver.until)
        except ValueError:
            place = ("spec", "waivers", number, "until")
            yield document.problem(
                place, f"{waiver.until} is no day", "write a day of the calendar: 2027-01-31"
            )


def named_as_directory(document: Document, location: Location, name: str, up: int = 0) -> Iterator[Problem]:
    """A thing is called as its directory: the file's own, or the one `up` levels above."""
    parents = PurePosixPath(document.path).parents
    directory = parents[up].name if len(parents) > up else ""
    if directory and name != directory:
        message = f"is called {name!r} in the directory {directory!r}"
        yield document.problem(location, message, "give both the same name")


def rising(document: Document, location: Location, values: tuple[float, ...]) -> Iterator[Problem]:
    """Each number is larger than the one before it."""
    for number, (before, here) in enumerate(pairwise(values), start=1):
        if here <= before:
            message = f"{here} comes after {before}"
            yield document.problem((*location, number), message, "let each be larger than the one before it")


def ends_at_100(document: Document, location: Location, steps: tuple[int, ...]) -> Iterator[Problem]:
    """The last step takes all traffic."""
    if steps[-1] != 100:
        yield document.problem(
            (*location, len(steps) - 1), f"the last step is {steps[-1]}, not 100", "end with 100"
        )


def _tensors(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """Names stand once, and columns name each place of the last dimension."""
    seen: set[str] = set()
    for side, tensors in (("inputs", model.signature.inputs), ("outputs", model.signature.outputs)):
        for number, tensor in enumerate(tensors):
            place = ("spec", "signature", side, number)
            if tensor.name in seen:
                yield document.problem(
                    (*place, "name"), f"{tensor.name!r} stands twice", "name each tensor once"
                )
            seen.add(tensor.name)
            yield from _columns(document, place, tensor)


def _columns(document: Document, place: Location, tensor: Tensor) -> Iterator[Problem]:
    columns, last = tensor.columns, tensor.shape[-1] if tensor.shape else None
    if columns is None:
        return
    if not isinstance(last, int) or last != len(columns):
        told = "no dimension" if last is None else f"{last!r} as its last dimension"
        message = f"{len(columns)} columns are named, but the shape has {told}"
        yield document.problem((*place, "columns"), message, f"let the shape end with {len(columns)}")
    for number, name in enumerate(columns):
        if name in columns[:number]:
            place = (*place, "columns", number)
            yield document.problem(place, f"the column {name!r} stands twice", "name each column once")


def _gates(document: Document, model: ModelSpec) -> Iterator[Problem]:
    """A metric judges once, and has what it needs of the model."""
    names: set[str] = set()
    for number, gate in enumerate(model.rollout.gates):
        if gate.metric in names:
            place = (*_GATES, number, "metric")
            yield document.problem(place, f"there are two gates {gate.metric!r}", "keep one of them")
        names.add(gate.metric)
        try:
            gate.gate(model)
        except InputError as error:
            for problem in error.problems:
                place = (*_GATES, number, *([problem.where] if problem.where else []))
                yield document.problem(place, problem.message, problem.remedy)
