"""How a release is judged: the model's own rollout, under the environment's rules."""

from __future__ import annotations

from gate.core.types import Policy
from validators.spec.environment import EnvironmentSpec
from validators.spec.load import duration
from validators.spec.model import ModelSpec


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
