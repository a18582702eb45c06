"""Which rules of the base a change loosens: of a model's rollout, and of an environment. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sluicegate.specs import layout, repository
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Policy, policy
from sluicegate.specs.repository import Environments
from sluicegate.specs.stop_file import Stop, load_stop
from sluicegate.specs.strictness import not_comparable, strictest, with_edges_of
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.submission.candidate import Load
from sluicegate.validators.submission.changes import Changes
from sluicegate.validators.submission.environment_loosening import UNCLEAR, environment_rules
from sluicegate.validators.submission.values_loosening import values_rules

BASE = "the base"
ELSEWHERE = "any other environment"
GONE = "the environment is gone, and its rules with it: who brings it again compares with nothing"


@dataclass(frozen=True)
class Loosened:
    """A file whose rules are looser than the base's, and each of them in words."""

    path: str
    rules: tuple[str, ...]


def loosened_rules(own: Policy, before: Policy, *, other_bytes: bool = False) -> tuple[str, ...]:
    """What the base has stricter than the candidate, in words.

    A version with other bytes has other scores, so edges of its own loosen nothing, unless they are fewer.
    """
    compared = with_edges_of(before, own) if other_bytes else before
    return strictest(replace(own, overruled=()), BASE, compared).overruled


def unclear_rules(own: Policy, before: Policy) -> tuple[str, ...]:
    """What differs from the base, and is neither stricter nor looser, in words."""
    return tuple(
        f"{name} {getattr(own, name)}, not {getattr(before, name)}: {UNCLEAR}"
        for name in not_comparable()
        if getattr(own, name) != getattr(before, name)
    )


def loosened(
    changes: Changes, load: Load, base: tuple[Tree, Environments], head: tuple[Tree, Environments]
) -> tuple[Loosened, ...]:
    """Every file of a change that loosens a rule; one that cannot be read on a side is another's finding."""
    found: list[Loosened] = []
    for name in changes.environments:
        before, after = base[1].specs.get(name), head[1].specs.get(name)
        path = layout.environment_path(name)
        if before is not None and after is not None:
            found.append(Loosened(path, tuple(environment_rules(before, after))))
        elif before is not None and name not in head[1].names:
            found.append(Loosened(path, (GONE,)))
    found += [one for path in changes.paths for one in _by_file(path, base[0], head[0])]
    for name in changes.models:
        path = layout.model_path(name)
        old, new = (_model(tree, name, load) for tree in (base[0], head[0]))
        if old is not None and new is not None:
            found.append(Loosened(path, tuple(dict.fromkeys(model_rules(old, new, base[1].specs)))))
    return tuple(one for one in found if one.rules)


def _by_file(path: str, base: Tree, head: Tree) -> Iterator[Loosened]:
    """What a file loosens that is compared for itself: values of servers, and the stop of everything."""
    if layout.is_values(path):
        yield Loosened(path, tuple(values_rules(*(_value(tree, path) for tree in (base, head)))))
    elif path == layout.STOP_FILE:
        yield Loosened(path, tuple(_stop_rules(*(_stop(tree) for tree in (base, head)))))


def _value(tree: Tree, path: str) -> object:
    try:
        return repository.read(tree, path).value if repository.exists(tree, path) else None
    except SluiceError:
        return None


def _stop(tree: Tree) -> Stop | None:
    """None where nothing is stopped, as where the file cannot be read."""
    try:
        there = repository.exists(tree, layout.STOP_FILE)
        return load_stop(repository.read(tree, layout.STOP_FILE)) if there else None
    except SluiceError:
        return None


def _stop_rules(before: Stop | None, after: Stop | None) -> Iterator[str]:
    if before is None:
        return
    stopped = ", ".join(before.environments) or "everything"
    if after is None:
        yield f"{stopped} is no longer stopped ({before.reason})"
    elif after.environments and not set(before.environments or (ELSEWHERE,)) <= set(after.environments):
        yield f"{', '.join(after.environments)} alone is stopped, not {stopped} ({before.reason})"


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


def model_rules(old: ModelSpec, new: ModelSpec, environments: Mapping[str, EnvironmentSpec]) -> Iterator[str]:
    """What the model's own rollout loosens in any of the base's environments, or in one that is to come.

    An environment that sets a rule itself hides what the model changes of it, but the next one need not.
    """
    said: set[str] = set()
    for name, environment in (*environments.items(), (ELSEWHERE, None)):
        try:
            own, before = policy(new, environment), policy(old, environment)
        except InputError:
            continue  # a policy that cannot be made is refused elsewhere
        looser = loosened_rules(own, before, other_bytes=new.artifact != old.artifact)
        rules = [*looser, *unclear_rules(own, before)]
        yield from (f"{name}: {words}" for words in rules if environment is not None or words not in said)
        said.update(rules)
