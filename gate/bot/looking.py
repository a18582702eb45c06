"""One look at one model in one environment: what is known, and what the core decides from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gate.bot.state import State
from gate.core.change import same
from gate.core.commands import Command, CommandError, obey
from gate.core.machine import decide
from gate.core.plain import dump
from gate.core.types import Decision, Observations, Policy, Reading, Release, Traffic, Version
from gate.edges.gitcommand import GitError
from gate.edges.prometheus import Prometheus
from gate.edges.scrape import Scrape
from gate.edges.source import Source
from validators.spec.environment import EnvironmentSpec
from validators.yamlio import InputError

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
    """Where environment.yaml says that the figures are."""
    metrics = environment.metrics
    return Prometheus(metrics.url, metrics.labels) if metrics.source == "prometheus" else Scrape(metrics.url)


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
    place = state.environment(environment)
    release = state.release(environment, model)
    command = _with_version(command, release)
    candidate, upstream, problem = None, None, None
    try:
        newest, upstream = state.newest(model), state.upstream(place, model)
        candidate = _candidate(release, newest, upstream)
    except (InputError, GitError) as error:
        # A running release is still judged, by the revision that brought it.
        if release.canary is None and command is None:
            raise
        problem = str(error)
    running = release.canary or (None if _is_stable(release, candidate) else candidate)
    policy = _policy(state, running, model, place, command)
    at = clock()
    reading = None
    if release.canary is not None and (command is None or command.name == "promote"):
        reading = _read(state, release, release.canary, sources(place), at)
    seen = Observations(candidate, upstream, reading, place.frozen(at))
    decision = (
        decide(release, policy, seen, at) if command is None else obey(command, release, policy, seen, at)
    )
    return Outcome(environment, model, at, decision, policy, seen, problem, command=command)


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


def _policy(
    state: State, version: Version | None, model: str, place: EnvironmentSpec, command: Command | None
) -> Policy:
    """The version's policy. Only a promotion needs one; other commands must work where none can be read."""
    try:
        if version is not None:
            return state.policy(version, model, place)
    except (InputError, GitError):
        if command is None or command.name == "promote":
            raise
    return Policy(steps=(100,), gates=())


def _read(state: State, release: Release, canary: Version, source: Source, at: datetime) -> Reading:
    """What the metrics say about the gates of the canary's revision."""
    spec = state.model(release.model, canary.revision)
    return source.read(release, {gate.metric: gate.bad(spec) for gate in spec.rollout.gates}, at)
