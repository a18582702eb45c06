"""How a release is judged: the model's own rollout, under the environment's rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sluicegate.specs.durations import duration

if TYPE_CHECKING:
    from sluicegate.specs.environment import EnvironmentSpec
    from sluicegate.specs.model import ModelSpec


@dataclass(frozen=True)
class Gate:
    """One gate of a policy, as the core sees it: a name, and the most extra bad share over all traffic."""

    name: str
    margin: float
    two_sided: bool = False
    """Whether a lower bad share is a fault as well, as with a shifted score distribution."""
    kinds: int = 1
    """How many kinds of bad request it counts (edges of a score distribution); 1 for plain good or bad."""
    parameters: Mapping[str, tuple[float, ...]] = field(default_factory=dict, compare=False)
    """What the metric counts by (`over_ms`, `edges`): for the record, no decision depends on it."""


@dataclass(frozen=True)
class Policy:
    """How a release is judged; from the revision that brought the version, so it cannot change under way."""

    steps: tuple[int, ...]
    gates: tuple[Gate, ...]
    min_requests: int = 20
    min_seconds: float = 0.0
    deadline: timedelta = timedelta(hours=24)
    alpha: float = 0.05


def policy(model: ModelSpec, environment: EnvironmentSpec) -> Policy:
    """The policy of a model in an environment; what the environment sets wins. Raises InputError by gates."""
    own, over = model.rollout, environment.rollout
    return Policy(
        steps=own.steps if over.steps is None else over.steps,
        gates=tuple(gate.gate(model) for gate in own.gates),
        min_requests=own.min_requests if over.min_requests is None else over.min_requests,
        min_seconds=own.min_seconds if over.min_seconds is None else over.min_seconds,
        deadline=duration(own.deadline if over.deadline is None else over.deadline),
        alpha=own.alpha,
    )
