"""Which rules of an environment's file a change loosens, field by field, in words. Pure.

A field is compared by its function in `RULES`; one that is not there is named whenever it differs, since
nobody has said yet what is stricter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from sluicegate.specs.callers import Caller
from sluicegate.specs.durations import duration
from sluicegate.specs.environment import EnvironmentSpec, Freeze, PolicyFloor, RolloutOverrides
from sluicegate.specs.strictness import NO_RULE, POLICY

UNCLEAR = "which is stricter cannot be said"


def environment_rules(before: EnvironmentSpec, after: EnvironmentSpec) -> Iterator[str]:
    """What an environment's own file loosens, or moves, in words."""
    known = {field.name for field in fields(EnvironmentSpec)}
    for name in (*RULES, *sorted(known - RULES.keys() - NOT_RULES.keys())):
        old, new = (getattr(side, name) for side in (before, after))
        if old != new:
            yield from RULES.get(name, _unclear(name))(old, new)


def _unclear(name: str) -> Rule:
    def differs(old: Any, new: Any) -> Iterator[str]:
        yield f"{name} {_shown(new)}, not {_shown(old)}: {UNCLEAR}"

    return differs


def _moved(name: str) -> Rule:
    def differs(old: Any, new: Any) -> Iterator[str]:
        yield f"it is moved: {name} {_shown(new)}, not {_shown(old)}"

    return differs


def _rollout(old: RolloutOverrides, new: RolloutOverrides) -> Iterator[str]:
    """Fields that the head declares looser than the base, or no more; and new ones, for all models."""
    for name, before in vars(old).items():
        after = getattr(new, name)
        if before == after or name in NO_RULE:
            continue
        if before is None:
            yield f"rollout.{name} {_shown(after)}, in place of each model's own"
        else:
            yield from _looser(f"rollout.{name}", name, before, after)


def _floor(old: PolicyFloor, new: PolicyFloor) -> Iterator[str]:
    """Fields of the floor that the head declares looser, or no more."""
    for name, before in vars(old).items():
        after = getattr(new, name)
        if name == "margins":
            yield from _margins(before, after)
        elif before is not None and before != after:
            yield from _looser(f"policy.{name}", name, before, after)


def _looser(key: str, name: str, before: Any, after: Any) -> Iterator[str]:
    """The field where it is no more, or not known to be as strict."""
    if name not in POLICY and after is not None:
        yield f"{key} {_shown(after)}, not {_shown(before)}: {UNCLEAR}"
    elif after is None or not _as_strict(name, before, after):
        yield f"{key} {_shown(after)}, not {_shown(before)}"


def _as_strict(name: str, old: Any, new: Any) -> bool:
    one, other = (duration(value) if isinstance(value, str) else value for value in (old, new))
    return bool(POLICY[name](one, other) == other)


def _margins(old: Mapping[str, float], new: Mapping[str, float]) -> Iterator[str]:
    for gate, margin in old.items():
        after = new.get(gate)
        if after is None or after > margin:
            yield f"policy.margins.{gate} {_shown(after)}, not {_shown(margin)}"


def _after(old: Any, new: Any) -> Iterator[str]:
    gone = sorted(set(_names(old)) - set(_names(new)))
    if gone:
        yield f"it no longer comes after {', '.join(gone)}"


def _names(after: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if after is None:
        return ()
    return (after,) if isinstance(after, str) else after


def _bake(old: str | None, new: str | None) -> Iterator[str]:
    if old is not None and (new is None or duration(new) < duration(old)):
        yield f"bake {_shown(new)}, not {old}"


def _max_canaries(old: int | None, new: int | None) -> Iterator[str]:
    if old is not None and (new is None or new > old):
        yield f"max_canaries {_shown(new)}, not {old}"


def _smoke(old: bool, new: bool) -> Iterator[str]:
    if old and not new:
        yield "smoke false, not true"


def _freeze(old: tuple[Freeze, ...], new: tuple[Freeze, ...]) -> Iterator[str]:
    for freeze in old:
        if freeze not in new:
            yield f"the freeze until {freeze.until.isoformat()} is gone or changed ({freeze.reason})"


def _release_windows(old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[str]:
    del new
    if old:
        yield f"release_windows differ, and {UNCLEAR}"


def _metrics(old: Any, new: Any) -> Iterator[str]:
    del old, new
    yield "metrics are read from elsewhere"


def _require(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[str]:
    lost = sorted(set(old) - set(new))
    if lost:
        yield f"require no longer has {', '.join(lost)}"


def _callers(old: tuple[Caller, ...], new: tuple[Caller, ...]) -> Iterator[str]:
    for caller in old:
        if not any(one.name == caller.name and set(caller.models) <= set(one.models) for one in new):
            yield f"what breaks for the caller {caller.name} is no longer said, or of fewer models"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "/".join(map(str, value)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value).lower()


Rule = Callable[[Any, Any], Iterator[str]]
"""Of two values that differ, the base's first: what of the second is looser, in words."""
RULES: Mapping[str, Rule] = {
    "rollout": _rollout,
    "policy": _floor,
    "after": _after,
    "bake": _bake,
    "max_canaries": _max_canaries,
    "smoke": _smoke,
    "freeze": _freeze,
    "release_windows": _release_windows,
    "metrics": _metrics,
    "require": _require,
    "callers": _callers,
    "namespace": _moved("namespace"),
    "cluster": _moved("cluster"),
    "traffic": _moved("traffic"),
    "chart": _unclear("chart"),
}
NOT_RULES: Mapping[str, str] = {
    "name": "the directory's own: another name is another environment",
    "gpu_pool": "what the cluster has: a pod that finds no GPU gets no traffic, whatever is declared",
}
"""Fields that make nothing looser, and why."""
