"""Evaluate one model in one environment: gather what is known, and let the core decide."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sluicegate.gate.adapters.git.command import FileTooLarge, GitError, MissingObject, NoSuchFile
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core.commands import Command, CommandError, apply_command
from sluicegate.gate.core.decision import Observations, Reading
from sluicegate.gate.core.hand_edit import HandEdit
from sluicegate.gate.core.judged import unjudged
from sluicegate.gate.core.machine import decide
from sluicegate.gate.daemon.approved import approved
from sluicegate.gate.daemon.begun import begun
from sluicegate.gate.daemon.blindness import Blindness
from sluicegate.gate.daemon.clock import clock_problem
from sluicegate.gate.daemon.company import baking_until
from sluicegate.gate.daemon.exam import exam
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.provenance import hand_edit, lost
from sluicegate.gate.daemon.recorded_verdicts import RecordedVerdicts
from sluicegate.gate.daemon.smoke import SmokeTests
from sluicegate.gate.daemon.state import Pair, State
from sluicegate.gate.daemon.verdicts import VerdictSource, judged, starting
from sluicegate.gate.daemon.versions import Versions, is_stable, versions_of
from sluicegate.gate.metrics.base import Metric
from sluicegate.specs import crash_log
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.policy import Policy
from sluicegate.specs.redaction import redacted
from sluicegate.specs.release import Release, Version
from sluicegate.specs.yamlio import InputError

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
"""The current time, with its time zone."""
JUDGED = ("promote", "hotfix")
"""Commands that look at the canary first; the others need no file but release.yaml."""
_RECORDED = RecordedVerdicts()
NO_POLICY = Policy(steps=(100,), gates=())
"""For decisions that no policy enters: nothing is judged by it."""


def evaluate(
    state: State,
    environment: str,
    model: str,
    *,
    readings: Mapping[Pair, Reading | Exception],
    clock: Clock,
    command: Command | None = None,
    blindness: Blindness | None = None,
    crowded: str | None = None,
    smoke: SmokeTests | None = None,
    verdicts: Sequence[VerdictSource] = (),
) -> Outcome:
    """Decide for one release by its reading, or carry out a command; `crowded`: why no other may start here.

    `verdicts` are asked for a verdict where none is recorded.

    What cannot be read is the outcome's `problem`, and so is a fault of the program: whatever goes wrong with
    one release must not keep another from being rolled back. Raises CommandError alone.
    """
    try:
        return _evaluate(
            state,
            environment,
            model,
            reading=readings.get((environment, model)),
            clock=clock,
            command=command,
            blindness=blindness,
            crowded=crowded,
            smoke=smoke,
            verdicts=verdicts,
        )
    except (InputError, GitError) as error:
        return Outcome(environment, model, clock(), problem=str(error), command=command)
    except CommandError:
        raise
    except Exception as error:
        details = crash_log.reference(error)
        logger.error("%s in %s: the evaluation crashed: %r; %s", model, environment, error, details)
        logger.debug("traceback of that crash", exc_info=True)
        message = f"the gate itself failed ({type(error).__name__}: {redacted(str(error))})"
        problem = f"{message}; {details}; report it, and watch this release"
        return Outcome(environment, model, clock(), problem=problem, crashed=True, command=command)


def _evaluate(
    state: State,
    environment: str,
    model: str,
    *,
    reading: Reading | Exception | None,
    clock: Clock,
    command: Command | None,
    blindness: Blindness | None,
    crowded: str | None,
    smoke: SmokeTests | None,
    verdicts: Sequence[VerdictSource],
) -> Outcome:
    release, gone = _release(state, environment, model, command)
    command = _with_version(command, release)
    if command is not None and command.name not in JUDGED:
        outcome = _apply_without_policy(state, release, gone, command, clock())
        if command.name == "approve":
            _require_pause(state, release)
        return outcome
    spec, unreadable = environment_of(state, release, command)
    versions = versions_of(state, spec, release, command)
    rules = _rules(state, release, versions, spec)
    if isinstance(reading, Exception):
        if rules.unreadable is None and gone is None:
            raise reading
        reading = None
    now = clock()
    observations = Observations(
        versions.candidate,
        versions.upstream,
        reading=reading,
        blind_since=None if blindness is None else blindness.since(release, rules.policy, reading, now),
        smoke=(smoke or SmokeTests()).result(release, rules.policy, reading, spec, state.repository.tree),
        freeze=_freeze(state, spec, unreadable, versions.problem, now),
        baking_until=_baking_until(state, spec, release, versions.candidate),
        crowded=crowded,
        withdrawn=versions.withdrawn or rules.unreadable,
        judged=judged(
            state, spec, model, starting(release, versions.candidate, command), (_RECORDED, *verdicts)
        ),
        approved=approved(state, spec, model, starting(release, versions.candidate, command)),
        edit=gone or _edit(state, release, versions.candidate),
        source=None if release.canary is None else f"{spec.metrics.source} {spec.metrics.url}",
    )
    if command is None:
        decision = decide(release, rules.policy, observations, now)
    else:
        decision = apply_command(command, release, rules.policy, observations, now)
    causes = (
        unreadable,
        versions.problem,
        clock_problem(state, now, reading),
        decision.problem,
        _waits_for_a_verdict(observations),
    )
    problem = "; ".join(filter(None, causes)) or None
    version = running(release, versions.candidate)
    return Outcome(
        environment,
        model,
        now,
        decision,
        rules.policy,
        observations,
        problem,
        command=command,
        policy_revision=None if version is None else version.revision,
    )


def _waits_for_a_verdict(observations: Observations) -> str | None:
    """That a version has no verdict, once all who may know one were asked: a person has to see to it."""
    verdict = observations.judged
    if verdict is None or verdict.asking or observations.candidate is None:
        return None
    return unjudged(verdict, observations.candidate.version)


def _baking_until(
    state: State, spec: EnvironmentSpec, release: Release, candidate: Version | None
) -> datetime | None:
    """Until when the version that would start has to stay in the environments before; None where it may."""
    if release.canary is not None or candidate is None:
        return None
    return baking_until(state, spec, release.model, candidate)


def _release(
    state: State, environment: str, model: str, command: Command | None
) -> tuple[Release, HandEdit | None]:
    """The release; where its file says nothing any more, the last decided state, and the edit that it is.

    A file that was taken away is one only while a canary has traffic, and not for a person's command: without
    a canary the model begins anew once a person adopts that. Raises InputError, GitError.
    """
    try:
        release = state.release(environment, model)
    except (InputError, NoSuchFile, FileTooLarge) as error:
        problem = str(error.problems[0]) if isinstance(error, InputError) else str(error)
        gone = lost(state, environment, model, problem)
        if gone is None or gone.decided is None:
            raise
        return gone.decided, gone
    if command is None and not state.has_release(environment, model):
        gone = lost(state, environment, model, "it was taken away")
        if gone is not None and gone.decided is not None and gone.decided.weight > 0:
            return gone.decided, gone
    return release, None


def _apply_without_policy(
    state: State, release: Release, gone: HandEdit | None, command: Command, now: datetime
) -> Outcome:
    """Commands that judge nothing: they must work where no file but the release can be read."""
    observations = Observations(edit=gone or hand_edit(state, release))
    decision = apply_command(command, release, NO_POLICY, observations, now)
    return Outcome(
        release.environment, release.model, now, decision, NO_POLICY, observations, command=command
    )


def _require_pause(state: State, release: Release) -> None:
    """Raise CommandError where the running step asks for no person's approval; InputError, GitError.

    Here and not in the core, which carries out approvals of earlier records that no policy is written in.
    """
    if release.canary is None:
        return
    spec, _ = environment_of(state, release, None)
    pauses = exam(state, release.canary, release, spec).policy.pauses
    asked = sorted(pause.weight for pause in pauses if pause.approval)
    if release.weight in asked:
        return
    later = [f"{weight} %" for weight in asked if weight > release.weight]
    raise CommandError(
        f"The step at {release.weight} % asks for no approval",
        f"wait until it is at {' or '.join(later)}" if later else "`status` shows what the gate waits for",
    )


def _edit(state: State, release: Release, candidate: Version | None) -> HandEdit | None:
    """What people edited in a release that is running, or that may start; others are left as they are."""
    if release.canary is None and (candidate is None or is_stable(release, candidate)):
        return None
    return hand_edit(state, release)


def _with_version(command: Command | None, release: Release) -> Command | None:
    """A retry that names no version means the one that was rejected last."""
    if command is None or command.name != "retry" or command.version is not None or not release.rejected:
        return command
    return replace(command, version=release.rejected[-1].version)


def environment_of(
    state: State, release: Release, command: Command | None
) -> tuple[EnvironmentSpec, str | None]:
    """The environment; where it cannot be read now, for a running release that of its revision, and why.

    Where the environment is younger than the version, it is that of the release's start. Raises InputError or
    GitError where there is neither, and for a promotion: who requested it can correct the file first.
    """
    try:
        return state.environment(release.environment), None
    except (InputError, GitError) as error:
        if release.canary is None or command is not None:
            raise
        with contextlib.suppress(InputError, GitError):
            return state.environment(release.environment, release.canary.revision), str(error)
        start = begun(state, release)
        if start is None:
            raise
        with contextlib.suppress(InputError, GitError):
            return state.environment(release.environment, start), str(error)
        raise


def running(release: Release, candidate: Version | None) -> Version | None:
    """The version that is being released, or would be."""
    if release.canary is not None:
        return release.canary
    if candidate is None or is_stable(release, candidate):
        return None
    return candidate


@dataclass(frozen=True)
class _Rules:
    """By what a release is judged; `unreadable` says why a running one cannot be judged any more."""

    policy: Policy = NO_POLICY
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    """By gate: what it counts."""
    unreadable: str | None = None


def _rules(state: State, release: Release, versions: Versions, spec: EnvironmentSpec) -> _Rules:
    """The policy of the version that runs or would start; without a version there is nothing to judge.

    A running release whose own rules are gone (a lost object, a file that cannot be read any more) is judged
    by nobody, and must not keep its traffic. Raises InputError or GitError for one that would start, and
    GitError where git fails for another reason than that something is missing.
    """
    version = running(release, versions.candidate)
    if version is None:
        return _Rules()
    try:
        found = exam(state, version, release, spec)
        return _Rules(found.policy, found.metrics)
    except (InputError, NoSuchFile, MissingObject) as error:
        if release.canary is None:
            raise
        return _Rules(unreadable=f"its own rules cannot be read any more: {error}")
    except GitError:
        if versions.withdrawn is None:
            raise
        return _Rules(unreadable=versions.withdrawn)


def query_of(state: State, environment: str, model: str) -> tuple[EnvironmentSpec, Query] | None:
    """What is asked about a running release, by the gates that count; None without a canary.

    Raises InputError, GitError.
    """
    release = state.release(environment, model)
    if release.canary is None:
        return None
    spec, _ = environment_of(state, release, None)
    rules = exam(state, release.canary, release, spec)
    declared = state.model(model, release.canary.revision)
    failures = {}
    for name in rules.metrics:
        # A metric of the stable version's that this version has nothing for is without figures, and no more.
        with contextlib.suppress(InputError):
            failures[name] = rules.failure_counters(name, declared)
    return spec, Query(release, failures, rules.policy)


def _freeze(
    state: State, spec: EnvironmentSpec, unreadable: str | None, unknown: str | None, now: datetime
) -> str | None:
    """Why nothing may advance now: what cannot be read may be a freeze, or a merge that was reverted."""
    stop = state.stop(spec.name)
    if stop is not None:
        return stop
    if unreadable is not None:
        return f"the environment cannot be read: {unreadable}"
    if unknown is not None:
        return f"main cannot be read: {unknown}"
    return spec.frozen(now)
