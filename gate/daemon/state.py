"""What the repository says at one commit: environments, models, releases, and each model's newest version."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

from sluicegate.gate.adapters.git.command import GitError, NoSuchFile, NotARepository
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.git.tree import GitTree
from sluicegate.gate.daemon.brought import WALK, Identity, identity
from sluicegate.gate.daemon.memo import Memo
from sluicegate.gate.metrics.base import gates
from sluicegate.specs import layout, order, release_text
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.environment_file import load_environment
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.model_file import load_model
from sluicegate.specs.release import Release, Version
from sluicegate.specs.repository import models, released_models
from sluicegate.specs.stop_file import load_stop
from sluicegate.specs.yamlio import InputError, parse

T = TypeVar("T")
Pair = tuple[str, str]
"""An environment and a model."""


@dataclass(frozen=True)
class State:
    """The repository at the commit `tip`. Methods raise InputError or GitError for what they cannot read.

    Each file is read and loaded once for each content of it, and kept in the `memo`: most ticks find nothing
    changed.
    """

    repository: Repository
    tip: str

    @property
    def memo(self) -> Memo:
        """What is known of this tip already. Raises GitError."""
        return Memo.of(self.repository, self.tip)

    @property
    def environments(self) -> tuple[str, ...]:
        """Names of all environments, readable or not, each after the one that it comes after."""
        return self.memo.fact("environments", lambda: tuple(order.in_order(self._after)))

    @property
    def models(self) -> tuple[str, ...]:
        """Names of all models, including those that were removed and are still released."""
        return self.memo.fact(
            "models", lambda: tuple(sorted({*models(self._tree), *released_models(self._tree)}))
        )

    def environment(self, name: str, revision: str | None = None) -> EnvironmentSpec:
        """One environment, as it is now or was at a revision."""
        path = layout.environment_path(name)
        return self._loaded(path, revision, lambda text: load_environment(parse(text, path)))

    def model(self, name: str, revision: str | None = None) -> ModelSpec:
        """One model, as it is now or was at a revision; sections that only checks read are left alone."""
        path = layout.model_path(name)

        def load(text: bytes) -> ModelSpec:
            return load_model(parse(text, path), gates=gates(), sections=None)

        return self._loaded(path, revision, load)

    def release(self, environment: str, model: str) -> Release:
        """The state of one model in one environment; an empty one before its first release."""
        path = layout.release_path(environment, model)
        if not self.has_release(environment, model):
            return Release(model, environment)
        return self._loaded(path, None, lambda text: release_text.load(text, path))

    def has_release(self, environment: str, model: str) -> bool:
        """Whether its release.yaml is there, readable or not."""
        return self._tree.entry(layout.release_path(environment, model)) is not None

    def stop(self, environment: str) -> str | None:
        """Why people stopped this environment, or all; a file that cannot be read stops everything."""
        path = layout.STOP_FILE
        if not self.memo.fact("stop", lambda: any(True for _ in self._tree.entries(path))):
            return None
        try:
            stop = self._loaded(path, None, lambda text: load_stop(parse(text, path)))
        except (InputError, GitError) as error:
            return f"{path} cannot be read: {error}"
        unknown = sorted(set(stop.environments) - set(self.environments))
        if unknown:
            return f"{path} names no environment of this repository: {', '.join(unknown)}"
        return f"stopped: {stop.reason}" if stop.stops(environment) else None

    def newest(self, model: str) -> Version | None:
        """The version at the tip, with the commit that brought it; None for a removed model."""
        path = layout.model_path(model)
        if self._tree.entry(path) is None:
            return None
        spec = self.model(model)

        def brought(text: bytes) -> str:
            return self.memo.brought.revision(path, identity(text, path))

        revision = self._loaded(path, None, brought, "revision")
        return Version(spec.version, revision, spec.artifact.sha256)

    def upstream(self, environment: EnvironmentSpec, model: str) -> Version | None:
        """What all environments before this one have had as stable; the newest version in a first one.

        Where they differ it is the lowest version: the others have passed it.
        """
        if not environment.upstream:
            return self.newest(model)
        before = order.predecessors(environment.name, self._after)
        if environment.name in before or not set(before) <= set(self._after):
            raise InputError.of(
                f"the order of the environments is broken: {environment.name} after {' after '.join(before)}",
                "let `after` name an environment that exists, without a cycle",
                layout.environment_path(environment.name),
            )
        passed = [self.release(name, model).stable for name in environment.upstream]
        versions = [version for version in passed if version is not None]
        return min(versions, key=lambda one: one.version) if len(versions) == len(passed) else None

    @property
    def _tree(self) -> GitTree:
        return self.repository.tree(self.tip)

    @property
    def _after(self) -> dict[str, tuple[str, ...]]:
        """Every environment, and those that it comes after; none where it cannot be read."""
        return self.memo.fact("after", self._read_order)

    def _read_order(self) -> dict[str, tuple[str, ...]]:
        after: dict[str, tuple[str, ...]] = {}
        for entry in self._tree.entries(layout.ENVIRONMENTS):
            name = layout.environment_specified_by(entry.path)
            release = layout.released_by(entry.path)
            if release is not None:
                # Without its environment.yaml a release is still evaluated, by that of its own revision.
                after.setdefault(release.environment, ())
            if name is None:
                continue
            after[name] = ()
            with contextlib.suppress(InputError, GitError):
                after[name] = self.environment(name).upstream
        return after

    def brought_by(self, revision: str, path: str) -> str:
        """The oldest commit since which the model at `path` has been the version that it is at a revision.

        Along the first parents; a version is its number and its artifact. Raises InputError, GitError.
        """
        wanted = identity(self.repository.read(revision, path), path)
        history = self.repository.log(revision, path, WALK)
        unchanged = list(takewhile(lambda commit: self._is(wanted, commit.sha, path), history))
        if not unchanged or len(unchanged) == WALK:
            raise InputError.of(
                f"the commit that brought version {wanted.version} is not among the last {WALK} of this file",
                "merge a higher version",
                path,
            )
        return unchanged[-1].sha

    def remembered(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """What was made of contents that this key names; made once."""
        return self.memo.remembered(key, make)

    def _is(self, wanted: Identity, revision: str, path: str) -> bool:
        """Whether the model is this version at a revision; not where it is not there."""
        try:
            return identity(self.repository.read(revision, path), path) == wanted
        except NoSuchFile:
            return False

    def _loaded(self, path: str, revision: str | None, load: Callable[[bytes], T], what: str = "") -> T:
        """Read and load a file, once for each content; `what` tells apart several things made of it."""

        def read() -> T:
            return load(self.repository.read(revision or self.tip, path))

        return self.memo.loaded(path, (self._content(path, revision), what), read)

    def _content(self, path: str, revision: str | None) -> str:
        """The id of a file's content; empty where there is no file."""
        known = None if revision is None else self.memo.brought.blob(path, revision)
        if known is not None:
            return known
        entry = self.repository.tree(revision or self.tip).entry(path)
        return entry.oid if entry else ""


def state_of(repository: Repository, branch: str) -> State:
    """Fetch, and the state at the branch's tip; what is known of the tip before goes on to this one.

    Raises NotARepository for a branch that is not there, GitError.
    """
    repository.fetch()
    tip = repository.tip(branch)
    if tip is None:
        raise NotARepository(
            f"{repository.url} has no branch {branch!r}",
            "commit to it and push it, or name another with --branch",
        )
    Memo.of(repository, tip)
    return State(repository, tip)
