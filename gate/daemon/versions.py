"""Which versions a release is about: what may start, what the environment before has, what main took back."""

from __future__ import annotations

from dataclasses import dataclass

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.core.change import same
from sluicegate.gate.core.commands import Command
from sluicegate.gate.daemon.merged import merged, withdrawn
from sluicegate.gate.daemon.state import State
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.release import Release, Version
from sluicegate.specs.yamlio import InputError


@dataclass(frozen=True)
class Versions:
    """What may be released; `problem` says why that is not known."""

    candidate: Version | None = None
    upstream: Version | None = None
    """What the environment before this one runs as stable."""
    withdrawn: str | None = None
    """Why main no longer holds the version that is running."""
    problem: str | None = None


def versions_of(state: State, spec: EnvironmentSpec, release: Release, command: Command | None) -> Versions:
    """The versions; a running release is judged without them, by the revision that brought it.

    Raises InputError or GitError where nothing is running and no command says what to do, and for a hotfix,
    which must name a version that main holds.
    """
    hotfix = command is not None and command.name == "hotfix"
    why = None
    try:
        if release.canary is not None and not hotfix:
            why = withdrawn(state, release.model, release.canary)
        newest = _newest(state, release.model, command if hotfix else None)
        upstream = state.upstream(spec, release.model)
    except (InputError, GitError) as error:
        if hotfix or (release.canary is None and command is None):
            raise
        return Versions(withdrawn=why, problem=str(error))
    if hotfix:
        return Versions(newest, upstream)
    return Versions(_candidate(state, release, newest, upstream), upstream, why)


def _newest(state: State, model: str, hotfix: Command | None) -> Version | None:
    """The newest version, or the one that a hotfix names."""
    if hotfix is not None and hotfix.version is not None:
        return merged(state, model, hotfix.version)
    return state.newest(model)


def _candidate(
    state: State, release: Release, newest: Version | None, upstream: Version | None
) -> Version | None:
    """The newest version; but what is stable upstream goes first: frequent merges must not starve it.

    What main took back meanwhile does not go on to the next environment.
    """
    if newest is None or upstream is None or is_stable(release, upstream):
        return newest
    return newest if withdrawn(state, release.model, upstream) is not None else upstream


def is_stable(release: Release, version: Version) -> bool:
    """Whether this version is the stable one here."""
    return release.stable is not None and same(version, release.stable)
