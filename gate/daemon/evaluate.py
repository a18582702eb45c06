"""One look at one model in one environment: what is known, and what the core decides from it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sluicegate.gate.adapters.cluster import Cluster
from sluicegate.gate.adapters.combined import Combined
from sluicegate.gate.adapters.gateways.base import dialects
from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.kubeapi import KubeApi
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.scrape import Scrape
from sluicegate.gate.adapters.source import Source
from sluicegate.gate.core.change import same
from sluicegate.gate.core.commands import Command, CommandError, apply_command
from sluicegate.gate.core.decision import Decision, Observations, Reading
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import dump
from sluicegate.gate.daemon.state import State
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release, Traffic, Version
from sluicegate.specs.yamlio import InputError

Clock = Callable[[], datetime]
Sources = Callable[[EnvironmentSpec], Source]


@dataclass(frozen=True)
class Outcome:
    """What one look came to. Renderings only show it."""

    environment: str
    model: str
    at: datetime
    decision: Decision | None = None
    """None when nothing could be decided: then `problem` says why."""
    policy: Policy | None = None
    seen: Observations | None = None
    problem: str | None = None
    crashed: bool = False
    """Whether the problem is a fault of the program, not of an input."""
    command: Command | None = None
    """What a person asked for; None when the gate decided by itself."""
    commit: str | None = None
    """The commit that holds the decision, once it is pushed."""
    refresh: str | None = None
    """Why Argo CD could not be asked to look at that commit; it polls all the same."""

    @property
    def requests(self) -> Traffic:
        """Requests of each track since the running release began, as far as they are known."""
        before = self.decision.before if self.decision is not None else None
        if before is None:
            return Traffic(0, 0)
        canary = sum(step.traffic.canary for step in before.counts)
        stable = sum(step.traffic.stable for step in before.counts)
        running = (
            self.seen.reading.traffic if self.seen is not None and self.seen.reading is not None else None
        )
        if running is not None and before.baseline is not None:
            canary += max(running.canary - before.baseline.traffic.canary, 0)
            stable += max(running.stable - before.baseline.traffic.stable, 0)
        return Traffic(canary, stable)

    def plain(self) -> dict[str, Any]:
        """The look as JSON values: what was decided, why, on how many requests, and each gate's interval."""
        found: dict[str, Any] = {
            "environment": self.environment,
            "model": self.model,
            "at": self.at.isoformat(),
            "problem": self.problem,
            "commit": self.commit,
            "refresh": self.refresh,
        }
        if (decision := self.decision) is None:
            return found
        version = decision.before.canary or decision.release.canary or decision.release.stable
        return found | {
            "decision": decision.kind,
            "reason": decision.reason,
            "commits": decision.commits,
            "version": version.version if version else None,
            "weight": decision.before.weight,
            "next_weight": decision.release.weight,
            "requests": dump(self.requests),
            "judgements": dump(decision.judgements),
        }


def source_of(environment: EnvironmentSpec) -> Source:
    """Where environment.yaml says that the figures are; in a cluster it tells weight and readiness itself."""
    metrics, embedded = environment.metrics, environment.traffic == "embedded"
    gateway, namespace = dialects()[metrics.gateway], "" if embedded else environment.namespace
    figures: Source = (
        Prometheus(metrics.url, metrics.labels, gateway=gateway, namespace=namespace)
        if metrics.source == "prometheus"
        else Scrape(metrics.url)
    )
    if embedded:
        return figures
    api = KubeApi(environment.cluster)
    return Combined(figures, Cluster(environment.name, namespace, environment.traffic, api))


def look(
    state: State,
    environment: str,
    model: str,
    *,
    sources: Sources,
    clock: Clock,
    command: Command | None = None,
) -> Outcome:
    """Look and decide, or obey. Never raises but CommandError: one model's trouble is no other's."""
    try:
        return _look(state, environment, model, sources=sources, clock=clock, command=command)
    except (InputError, GitError) as error:
        return Outcome(environment, model, clock(), problem=str(error), command=command)
    except CommandError:
        raise
    # Whatever goes wrong with one model must not keep another from being rolled back.
    except Exception as error:
        said = f"the gate itself failed ({type(error).__name__}: {error}); report it, and watch this release"
        return Outcome(environment, model, clock(), problem=said, crashed=True, command=command)


def _look(
    state: State, environment: str, model: str, *, sources: Sources, clock: Clock, command: Command | None
) -> Outcome:
    release = state.release(environment, model)
    command = _with_version(command, release)
    if command is not None and command.name != "promote":
        return _obeyed(environment, model, release, command, clock())
    place, unread = _environment(state, environment, release, command)
    candidate, upstream, problem = None, None, unread
    try:
        newest, upstream = state.newest(model), state.upstream(place, model)
        candidate = _candidate(release, newest, upstream)
    except (InputError, GitError) as error:
        # A running release is still judged, by the revision that brought it.
        if release.canary is None and command is None:
            raise
        problem = str(error) if unread is None else f"{unread}; {error}"
    running = release.canary or (None if _is_stable(release, candidate) else candidate)
    policy = _policy(state, running, model, place)
    at = clock()
    reading, told = None, None
    if release.canary is not None:
        reading = _read(state, release, release.canary, sources(place), at)
        told = f"{place.metrics.source} {place.metrics.url}"
    # What the file says now may be a freeze.
    freeze = place.frozen(at) if unread is None else f"the environment cannot be read: {unread}"
    seen = Observations(candidate, upstream, reading, freeze, told)
    decision = (
        decide(release, policy, seen, at)
        if command is None
        else apply_command(command, release, policy, seen, at)
    )
    return Outcome(environment, model, at, decision, policy, seen, problem, command=command)


def _obeyed(environment: str, model: str, release: Release, command: Command, at: datetime) -> Outcome:
    """Every command but a promotion: it must work where no file but the release can be read."""
    policy, seen = Policy(steps=(100,), gates=()), Observations()
    decision = apply_command(command, release, policy, seen, at)
    return Outcome(environment, model, at, decision, policy, seen, command=command)


def _environment(
    state: State, name: str, release: Release, command: Command | None
) -> tuple[EnvironmentSpec, str | None]:
    """The environment, and why it is only the one of the running release's revision, where it is."""
    try:
        return state.environment(name), None
    except (InputError, GitError) as error:
        if release.canary is None or command is not None:
            raise
        with contextlib.suppress(InputError, GitError):
            return state.environment(name, release.canary.revision), str(error)
        raise


def _with_version(command: Command | None, release: Release) -> Command | None:
    """A retry that names no version means the one that was rejected last."""
    if command is None or command.name != "retry" or command.version is not None or not release.rejected:
        return command
    return replace(command, version=release.rejected[-1].version)


def _candidate(release: Release, newest: Version | None, upstream: Version | None) -> Version | None:
    """The newest version; but what is stable upstream goes first, or frequent merges would hold all back."""
    return newest if newest is None or upstream is None or _is_stable(release, upstream) else upstream


def _is_stable(release: Release, version: Version | None) -> bool:
    return version is not None and release.stable is not None and same(version, release.stable)


def _policy(state: State, version: Version | None, model: str, place: EnvironmentSpec) -> Policy:
    """The version's policy; where there is no version, one that nothing is judged by."""
    return Policy(steps=(100,), gates=()) if version is None else state.policy(version, model, place)


def _read(state: State, release: Release, canary: Version, source: Source, at: datetime) -> Reading:
    """What the metrics say about the gates of the canary's revision."""
    spec = state.model(release.model, canary.revision)
    return source.read(release, {gate.metric: gate.failure_counters(spec) for gate in spec.rollout.gates}, at)
