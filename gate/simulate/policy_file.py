"""A policy from a file: a whole model.yaml, or the `rollout:` of one as a document of its own."""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import Any, cast

from sluicegate.gate.metrics.base import gates
from sluicegate.specs.model import ModelSpec, Rollout, Signature
from sluicegate.specs.model_file import gates_shape, load_model
from sluicegate.specs.model_rules import broken_rollout_rules
from sluicegate.specs.policy import Policy, policy
from sluicegate.specs.shape import STRICT, Shape
from sluicegate.specs.yamlio import Document, InputError, parse

ROLLOUT: Shape[Any] = Shape(
    make_dataclass("Policy", [], bases=(Rollout,), frozen=True, namespace={"__pydantic_config__": STRICT})
)
"""A rollout as a document of its own: no unknown key."""


def read(text: bytes, path: str) -> Policy:
    """The policy that the file declares, without any environment's. Raises InputError with every problem."""
    document = parse(text, path).checked()
    value = document.value
    if isinstance(value, dict) and "spec" in value:
        return policy(load_model(document, gates=gates(), sections=None), None)
    model = _model(_rollout(document, value))
    if broken := list(broken_rollout_rules(model, document, ())):
        raise InputError(*broken)
    return policy(model, None)


def _rollout(document: Document, value: Any) -> Rollout:
    if not isinstance(value, dict):
        raise InputError(document.problem((), "is no object", "write the keys of a rollout, such as `gates`"))
    own = {name: part for name, part in value.items() if name != "gates"}
    declared = {name: part for name, part in value.items() if name == "gates"}
    rollout, problems = ROLLOUT.read(document, own)
    typed, more = gates_shape(gates()).read(document, declared)
    if rollout is None or typed is None:
        raise InputError(*problems, *more)
    return Rollout(**{**vars(rollout), "gates": typed.gates})


def _model(rollout: Rollout) -> ModelSpec:
    """A model of which nothing but this is known: a gate that needs more says what is missing."""
    parts: dict[str, Any] = dict.fromkeys(("task", "artifact", "data"))
    parts["signature"] = Signature((), ())
    return ModelSpec(name="policy", owners=(), version=1, rollout=rollout, **cast(Any, parts))
