"""Which rules of the base a change loosens: of a model's rollout, and of an environment. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sluicegate.specs import layout
from sluicegate.specs.durations import duration
from sluicegate.specs.environment import EnvironmentSpec, PolicyFloor
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Policy, policy
from sluicegate.specs.repository import Environments
from sluicegate.specs.strictness import POLICY, strictest
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.submission.candidate import Load
from sluicegate.validators.submission.changes import Changes

BASE = "the base"


@dataclass(frozen=True)
class Loosened:
    """A file whose rules are looser than the base's, and each of them in words."""

    path: str
    rules: tuple[str, ...]


def loosened_rules(own: Policy, before: Policy) -> tuple[str, ...]:
    """What the base has stricter than the candidate, in words."""
    return strictest(replace(own, overruled=()), BASE, before).overruled


def loosened(
    changes: Changes, load: Load, base: tuple[Tree, Environments], head: tuple[Tree, Environments]
) -> tuple[Loosened, ...]:
    """Every file of a change that loosens a rule; one that cannot be read on a side is another's finding."""
    found: list[Loosened] = []
    for name in changes.environments:
        before, after = base[1].specs.get(name), head[1].specs.get(name)
        if before is not None and after is not None:
            found.append(Loosened(layout.environment_path(name), tuple(environment_rules(before, after))))
    for name in changes.models:
        path = layout.model_path(name)
        old, new = (_model(tree, name, load) for tree in (base[0], head[0]))
        if old is not None and new is not None:
            found.append(Loosened(path, tuple(dict.fromkeys(_model_rules(old, new, base[1])))))
    return tuple(one for one in found if one.rules)


def replaced_rows(changes: Changes, load: Load, base: Tree, head: Tree) -> tuple[str, ...]:
    """The model.yaml of each model that is judged on other evaluation rows than at the base."""
    found = []
    for name in changes.models:
        old, new = (_model(tree, name, load) for tree in (base, head))
        if old is not None and new is not None and old.data.evaluation != new.data.evaluation:
            found.append(layout.model_path(name))
    return tuple(found)


def _model(tree: Tree, name: str, load: Load) -> ModelSpec | None:
    try:
        return load(tree, layout.model_directory(name))[1]
    except SluiceError:
        return None


def _model_rules(old: ModelSpec, new: ModelSpec, environments: Environments) -> Iterator[str]:
    """What the model's own rollout loosens in any of the base's environments."""
    for name, environment in environments.specs.items():
        try:
            rules = loosened_rules(policy(new, environment), policy(old, environment))
        except InputError:
            continue  # a policy that cannot be made is refused elsewhere
        yield from (f"{name}: {words}" for words in rules)


def environment_rules(before: EnvironmentSpec, after: EnvironmentSpec) -> Iterator[str]:
    """What an environment's own file loosens, in words."""
    yield from _values("rollout", vars(before.rollout), vars(after.rollout))
    yield from _values("policy", _floor(before.policy), _floor(after.policy))
    yield from _margins(before.policy, after.policy)
    gone = sorted(set(before.upstream) - set(after.upstream))
    if gone:
        yield f"it no longer comes after {', '.join(gone)}"
    if before.bake is not None and (after.bake is None or duration(after.bake) < duration(before.bake)):
        yield f"bake {after.bake or 'none'}, not {before.bake}"
    if before.max_canaries is not None and (after.max_canaries or before.max_canaries + 1) > (
        before.max_canaries
    ):
        yield f"max_canaries {after.max_canaries or 'none'}, not {before.max_canaries}"
    if before.smoke and not after.smoke:
        yield "smoke false, not true"
    for freeze in before.freeze:
        if freeze not in after.freeze:
            yield f"the freeze until {freeze.until.isoformat()} is gone or changed ({freeze.reason})"
    if before.release_windows != after.release_windows and before.release_windows:
        yield "release_windows differ, and which are stricter cannot be said"
    if before.metrics != after.metrics:
        yield "metrics are read from elsewhere"
    lost = sorted(set(_required(before)) - set(_required(after)))
    if lost:
        yield f"require no longer has {', '.join(lost)}"


def _required(environment: EnvironmentSpec) -> tuple[str, ...]:
    return tuple(getattr(environment, "require", ()))


def _floor(floor: PolicyFloor) -> dict[str, Any]:
    return {name: value for name, value in vars(floor).items() if name != "margins"}


def _values(section: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """Fields that the head declares looser than the base, or no more; and new ones, for all models."""
    for name, old in before.items():
        new = after[name]
        if old == new or (name not in POLICY and name != "pauses"):
            continue
        if old is None:
            if section == "rollout":
                yield f"rollout.{name} {_shown(new)}, in place of each model's own"
            continue
        if new is not None and name in POLICY and _as_strict(name, old, new):
            continue
        yield f"{section}.{name} {_shown(new)}, not {_shown(old)}"


def _as_strict(name: str, old: Any, new: Any) -> bool:
    one, other = (duration(value) if isinstance(value, str) else value for value in (old, new))
    return bool(POLICY[name](one, other) == other)


def _margins(before: PolicyFloor, after: PolicyFloor) -> Iterator[str]:
    for gate, margin in before.margins.items():
        new = after.margins.get(gate)
        if new is None or new > margin:
            yield f"policy.margins.{gate} {_shown(new)}, not {_shown(margin)}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "/".join(map(str, value)) or "none"
    return "none" if value is None else str(value).lower()
