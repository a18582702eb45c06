"""Versions that wait for a verdict, as far as a clone can tell: GitHub is not asked here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from sluicegate.ci.commands._checkout import branch_as_seen
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.repository import EVIDENCE
from sluicegate.gate.core.change import same
from sluicegate.gate.core.judged import unjudged
from sluicegate.gate.daemon.recorded_verdicts import RecordedVerdicts
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import judged, starting
from sluicegate.gate.daemon.versions import versions_of
from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.yamlio import InputError


@dataclass(frozen=True)
class Waiting:
    """A version that would start now, if it had a verdict."""

    environment: str
    model: str
    version: int
    reason: str


def waiting(state: State, only: str | None = None) -> Iterator[Waiting]:
    """Each of them, or those of one model, in the order of the environments.

    What cannot be read is the gate's to say.
    """
    source = RecordedVerdicts(branch_as_seen(state.repository, EVIDENCE))
    for name in state.environments:
        with suppress(InputError, GitError):
            spec = state.environment(name)
            if "verdict" not in spec.require:
                continue
            for model in state.models if only is None else (only,):
                with suppress(InputError, GitError):
                    yield from _waits(state, spec, model, source)


def _waits(state: State, spec: EnvironmentSpec, model: str, source: RecordedVerdicts) -> Iterator[Waiting]:
    release = state.release(spec.name, model)
    stable = release.stable
    path = layout.model_path(model)
    at = state.repository.object_at
    if release.canary is not None or (
        stable is not None and at(stable.revision, path) == at(state.tip, path)
    ):
        return
    versions = versions_of(state, spec, release, None)
    version = starting(release, versions.candidate, None)
    if version is None or versions.upstream is None or not same(version, versions.upstream):
        return
    why = unjudged(judged(state, spec, model, version, (source,)), version.version)
    if why is not None:
        yield Waiting(spec.name, model, version.version, why)
