"""How a release is judged: the model's own rollout under the environment's rules. Pure; needs no pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sluicegate.specs.durations import duration
from sluicegate.specs.strictness import strictest

if TYPE_CHECKING:
    from sluicegate.specs.environment import EnvironmentSpec, PolicyFloor
    from sluicegate.specs.model import ModelSpec


Supersede = Literal["newest", "queue"]


@dataclass(frozen=True)
class Gate:
    """One gate of a policy, as the core sees it: a name, and the margin of its rate difference."""

    name: str
    margin: float
    """The largest rate difference over all traffic that is not inferior."""
    two_sided: bool = False
    """Whether a lower rate is a fault as well, as with a shifted score distribution."""
    kinds: int = 1
    """How many rates it compares (one for each edge of a score distribution); 1 for plain failures."""
    parameters: Mapping[str, tuple[float, ...]] = field(default_factory=dict, compare=False)
    """What the metric counts by (`over_ms`, `edges`): for the record; no decision depends on it."""


@dataclass(frozen=True)
class Policy:
    """How a release is judged; from the revision that brought the version, so it cannot change under way."""

    steps: tuple[int, ...]
    gates: tuple[Gate, ...]
    min_requests: int = 20
    min_seconds: float = 0.0
    deadline: timedelta = timedelta(hours=24)
    alpha: float = 0.05
    supersede: Supersede = field(default="newest", metadata={"optional": True})
    """Whether a newer version takes the place of a release that waits, or waits until that has ended."""
    overruled: tuple[str, ...] = field(default=(), compare=False, metadata={"optional": True})
    """What is not as the version itself declares it, and whose rule counts: for people alone."""


def policy(model: ModelSpec, environment: EnvironmentSpec) -> Policy:
    """The policy that a model asks for in an environment: its own rollout, and what the environment sets.

    What is stricter in the environment's floor counts, and is named in `overruled`. Raises InputError where
    a gate lacks something of the model.
    """
    overrides = {name: value for name, value in vars(environment.rollout).items() if value is not None}
    rollout = replace(model.rollout, **overrides)
    own = Policy(
        steps=rollout.steps,
        gates=tuple(gate.gate(model) for gate in rollout.gates),
        min_requests=rollout.min_requests,
        min_seconds=rollout.min_seconds,
        deadline=duration(rollout.deadline),
        alpha=rollout.alpha,
        supersede=rollout.supersede,
    )
    return strictest(own, f"the floor of {environment.name}", _at_the_floor(own, environment.policy))


def _at_the_floor(own: Policy, floor: PolicyFloor) -> Policy:
    """The least that an environment demands, as a policy; where it demands nothing, as `own` is."""
    demanded = {name: value for name, value in vars(floor).items() if value is not None}
    margins = demanded.pop("margins")
    if "deadline" in demanded:
        demanded["deadline"] = duration(demanded["deadline"])
    gates = tuple(replace(gate, margin=margins.get(gate.name, gate.margin)) for gate in own.gates)
    return replace(own, **demanded, gates=gates)
