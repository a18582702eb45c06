"""Reading model.yaml: its form, whose parts different modules declare, then the rules between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, make_dataclass, replace
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field as Constraint

from sluicegate.specs.model import NO_BFLOAT16, UNSUPPORTED_TASKS, Body, Manifest, ModelSpec
from sluicegate.specs.model_rules import broken_rules
from sluicegate.specs.shape import STRICT, Shape
from sluicegate.specs.yamlio import Document, InputError, Problem

MANIFEST = Shape(Manifest)
_OWN_KEYS = frozenset(part.name for part in fields(Body))


@lru_cache(maxsize=8)
def gates_shape(gates: Any) -> Shape[Any]:
    """The form of `rollout.gates`, from the union of all metrics' parameters."""
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
    rules between parts are checked once all parts have their form.
    """
    parts = _split(document.checked().value, None if sections is None else frozenset(sections))
    manifest, problems = MANIFEST.read(document, parts.own)
    problems = [_with_advice(problem, parts.own) for problem in problems]
    declared: Any = None
    if parts.gates is not None:
        declared, more = gates_shape(gates).read(document, parts.gates, ("spec", "rollout"))
        problems += more
    read_sections = parts.sections
    if sections is not None:
        typed, more = sections_shape(tuple(sections.items())).read(document, parts.sections, ("spec",))
        problems += more
        read_sections = {} if typed is None else {name: getattr(typed, name) for name in parts.sections}
    if problems or manifest is None or declared is None:
        raise InputError(*_by_line(problems))
    spec = ModelSpec(**vars(manifest.metadata), **vars(manifest.spec), sections=read_sections)
    model = replace(spec, rollout=replace(spec.rollout, gates=declared.gates))
    if broken := _by_line(broken_rules(model, document)):
        raise InputError(*broken)
    return model


@dataclass(frozen=True)
class _Parts:
    """A document, taken apart by who declares the form of each part."""

    own: Any
    """What `Manifest` declares."""
    gates: dict[str, Any] | None = None
    """`gates` of the rollout, if it has them; None without a rollout."""
    sections: dict[str, Any] = field(default_factory=dict)
    """What checks declare, or nobody here."""


def _split(value: Any, sections: frozenset[str] | None) -> _Parts:
    spec = value.get("spec") if isinstance(value, dict) else None
    if not isinstance(spec, dict):
        return _Parts(value)
    foreign = spec.keys() - _OWN_KEYS if sections is None else spec.keys() & sections
    own = {name: part for name, part in spec.items() if name not in foreign}
    gates = None
    rollout = own.get("rollout")
    if isinstance(rollout, dict):
        gates = {name: part for name, part in rollout.items() if name == "gates"}
        own["rollout"] = {name: part for name, part in rollout.items() if name != "gates"}
    others = {name: part for name, part in spec.items() if name in foreign}
    return _Parts({**value, "spec": own}, gates, others)


def _with_advice(problem: Problem, value: Any) -> Problem:
    """For a task or a type that people look for and that has no word here: what to do instead."""
    if problem.where.endswith(".dtype") and '"bfloat16"' in problem.message:
        return replace(problem, remedy=NO_BFLOAT16)
    task = value["spec"].get("task") if problem.where == "spec.task" else None
    if not isinstance(task, str) or task not in UNSUPPORTED_TASKS:
        return problem
    return replace(problem, remedy=f"judge it {UNSUPPORTED_TASKS[task]}")


def _by_line(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))
