"""What the repository says at one commit: environments, models, releases, and each model's newest version."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from sluicegate.gate.adapters.git.command import GitError, NoSuchFile
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.metrics.base import gates
from sluicegate.specs import release_file
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.model_file import load_model
from sluicegate.specs.policy import Policy, policy
from sluicegate.specs.release import Release, Version
from sluicegate.specs.yamlio import InputError, parse

T = TypeVar("T")
REMEMBERED = 10_000
"""Loaded files that are kept at most; all are let go together."""
WALK = 200
"""Commits of model.yaml that are looked through for the one that brought its version."""


@dataclass(frozen=True)
class State:
    """The repository at the commit `tip`. Methods raise InputError or GitError for what they cannot read."""

    repository: Repository
    tip: str

    @cached_property
    def environments(self) -> tuple[str, ...]:
        """Names of all environments, each after the one that it comes after."""
        paths = (entry.path.split("/") for entry in self.repository.tree(self.tip).entries("environments"))
        names = [path[1] for path in paths if len(path) == 3 and path[2] == "environment.yaml"]
        return tuple(sorted(names, key=lambda name: (len(self._before(name)), name)))

    @cached_property
    def models(self) -> tuple[str, ...]:
        """Names of all models, also of those that are only released still."""
        tree = self.repository.tree(self.tip)
        merged = (entry.path.split("/") for entry in tree.entries("models"))
        released = (entry.path.split("/")[1:] for entry in tree.entries("environments"))
        ends = ("model.yaml", "release.yaml")
        return tuple(sorted({p[1] for p in (*merged, *released) if len(p) == 3 and p[2] in ends}))

    def environment(self, name: str, revision: str | None = None) -> EnvironmentSpec:
        """One environment, as it is now or was at a revision."""
        path = f"environments/{name}/environment.yaml"
        return self._loaded(path, revision, lambda text: load_environment(parse(text, path)))

    def model(self, name: str, revision: str | None = None) -> ModelSpec:
        """One model, as it is now or was at a revision; what only checks read of it is not looked at."""
        path = f"models/{name}/model.yaml"
        return self._loaded(
            path, revision, lambda text: load_model(parse(text, path), gates=gates(), sections=None)
        )

    def release(self, environment: str, model: str) -> Release:
        """The state of one model in one environment; an empty one before its first release."""
        path = release_path(environment, model)
        if self.repository.tree(self.tip).entry(path) is None:
            return Release(model, environment)
        return self._loaded(path, None, lambda text: release_file.read(parse(text, path)))

    def newest(self, model: str) -> Version | None:
        """The version that main is at, with the oldest commit since which it is; None for a removed model."""
        path = f"models/{model}/model.yaml"
        if self.repository.tree(self.tip).entry(path) is None:
            return None
        number = self.model(model).version
        revision = self._loaded(path, None, lambda _: self._brought(path, number), "brought")
        return Version(number, revision, self.model(model, revision).artifact.sha256)

    def upstream(self, environment: EnvironmentSpec, model: str) -> Version | None:
        """What the environment before this one runs as stable; the newest version in a first environment."""
        if environment.after is None:
            return self.newest(model)
        before = self._before(environment.name)
        if environment.name in before or not set(before) <= set(self.environments):
            raise InputError.of(
                f"{environment.name} comes after {' after '.join(before)}, which is no order",
                "let `after` name an environment that exists, and no circle arise",
                f"environments/{environment.name}/environment.yaml",
            )
        return self.release(environment.after, model).stable

    def policy(self, version: Version, model: str, environment: EnvironmentSpec) -> Policy:
        """How this version is judged: all of the revision that brought it, so nothing changes under way.

        An environment that did not exist then is taken as it is now.
        """
        with contextlib.suppress(NoSuchFile):
            environment = self.environment(environment.name, version.revision)
        return policy(self.model(model, version.revision), environment)

    def _before(self, name: str) -> list[str]:
        """The environments before this one, nearest first; ends where one cannot be read or comes twice."""
        chain: list[str] = []
        here: str | None = name
        while here is not None and here not in chain[:-1]:
            try:
                here = self.environment(here).after
            except (InputError, GitError):
                break
            if here is not None:
                chain.append(here)
        return chain

    def _brought(self, path: str, number: int) -> str:
        """The oldest commit of the first-parent history since which `path` has this version."""
        found = None
        history = self.repository.log(self.tip, path, WALK)
        for commit in history:
            if _number(self.repository.read(commit.sha, path), path) != number:
                break
            found = commit.sha
        else:
            if len(history) == WALK:
                found = None
        if found is None:
            raise InputError.of(
                f"version {number} was not found to begin within {WALK} commits",
                "merge a higher version",
                path,
            )
        return found

    def _loaded(self, path: str, revision: str | None, load: Callable[[bytes], T], what: str = "") -> T:
        """Read and load a file, once for each content of it."""
        tree = self.repository.tree(revision or self.tip)
        entry = tree.entry(path)
        memo, key = self.repository.memo, (path, entry.oid if entry else "", what)
        if len(memo) > REMEMBERED:
            memo.clear()
        if key not in memo:
            memo[key] = load(tree.read(path))
        return cast(T, memo[key])


def _number(text: bytes, path: str) -> object:
    """`spec.version` of a model.yaml that need not be well-formed otherwise."""
    value = parse(text, path).value
    spec = value.get("spec") if isinstance(value, dict) else None
    return spec.get("version") if isinstance(spec, dict) else None


def release_path(environment: str, model: str) -> str:
    """Where the gate keeps a release."""
    return f"environments/{environment}/{model}/release.yaml"
