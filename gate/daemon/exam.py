"""By what a version is judged: not by the rules alone that it brought itself."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sluicegate.gate.adapters.git.command import GitError, NoSuchFile
from sluicegate.gate.daemon.begun import begun
from sluicegate.gate.daemon.brought import WALK
from sluicegate.gate.daemon.merged import numbered
from sluicegate.gate.daemon.state import State
from sluicegate.gate.metrics.base import FailureCounter, Metric
from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Cost, Gate, Policy, Quantile, Shown, entries, policy
from sluicegate.specs.release import Release, Version
from sluicegate.specs.strictness import EDGES, covers, strictest, with_changes
from sluicegate.specs.yamlio import InputError


@dataclass(frozen=True)
class Exam:
    """The policy that counts, and what each of its gates counts."""

    policy: Policy
    metrics: Mapping[str, Metric]
    """By gate: the entry of `rollout.gates` that it comes from, of this version or of an earlier one."""

    def failure_counters(self, name: str, model: ModelSpec) -> Sequence[FailureCounter]:
        """What a gate counts of a model, at the edges that count for it.

        Raises InputError, also where an earlier version's gate is counted by request and this one has users.
        """
        edges = next((g.parameters.get(EDGES) for g in self.policy.gates if g.name == name), None)
        if edges is not None and model.score is not None:
            model = replace(model, score=replace(model.score, edges=edges))
        self.metrics[name].gate(model)
        return self.metrics[name].failure_counters(model)


def exam(state: State, version: Version, release: Release, environment: EnvironmentSpec) -> Exam:
    """How this version is judged, for as long as it runs: all of it lies in revisions that do not change.

    The stricter, field by field, of its own rules with the environment's floor, both of the commit that
    brought it; of the environment's as they were before that commit; and of the last stable version's. What a
    commit that brought no version changed since counts in place of the latter: people loosen a rule in a
    change of its own, and it counts from the next version on. In an environment that is younger than the
    version it is the environment as it was when the release started. Raises InputError, GitError.
    """
    entry = layout.environment_path(environment.name)
    now = state.repository.object_at(state.tip, entry) or ""
    stable = "" if release.stable is None else release.stable.revision
    started = "" if release.canary is None else str(release.started)
    key = ("exam", release.model, environment.name, now, version.revision, stable, started)
    return state.remembered(key, lambda: _exam(state, version, release, environment))


def _exam(state: State, version: Version, release: Release, environment: EnvironmentSpec) -> Exam:
    model = release.model
    spec = state.model(model, version.revision)
    there = _environment_of(state, version, release, environment)
    before = _environment_at(state, there, _parent(state, version.revision))
    counts = strictest(
        policy(spec, there),
        f"{environment.name} before this version",
        policy(spec, before),
    )
    known = _entries(spec)
    if release.stable is None:
        return Exam(counts, _chosen(counts, known))
    source = f"version {release.stable.version}, which is stable"
    try:
        former, earlier = _former(state, version, release.stable, model, before)
    except (InputError, GitError) as error:
        if release.canary is None:
            raise InputError.of(
                f"the rules of {source}, cannot be read, and by its own alone no version starts: {error}",
                "restore that commit, or send this version out by hand: `sluice gate hotfix`",
                layout.model_path(model),
            ) from error
        words = f"the rules of {source}, cannot be read and do not count: {error}"
        return Exam(replace(counts, overruled=(*counts.overruled, words)), _chosen(counts, known))
    counts = strictest(counts, source, former)
    return Exam(counts, _chosen(counts, known + earlier))


def _former(
    state: State, version: Version, stable: Version, model: str, environment: EnvironmentSpec
) -> tuple[Policy, list[tuple[Gate | Shown, Metric]]]:
    """The stable version's rules, with what commits of their own changed since."""
    path = layout.model_path(model)
    spec = state.model(model, stable.revision)
    rules = policy(spec, environment)
    known = _entries(spec)
    history = _history(state, path, version.revision, stable.revision)
    if stable.revision not in history:
        return rules, known
    since = history[1 : history.index(stable.revision) + 1]
    for older, newer in pairwise(reversed(since)):
        if numbered(state, older, path) != numbered(state, newer, path):
            continue
        with contextlib.suppress(InputError):
            changed = state.model(model, newer)
            rules = with_changes(
                rules, policy(state.model(model, older), environment), policy(changed, environment)
            )
            known += _entries(changed)
    return rules, known


def _history(state: State, path: str, newest: str, oldest: str) -> Sequence[str]:
    """The commits that changed a file, newest first, from one to the other at least, or the last WALK."""
    known = state.memo.brought.between(path, newest, oldest)
    return known or [commit.sha for commit in state.repository.log(newest, path, WALK)]


def _environment_of(
    state: State, version: Version, release: Release, environment: EnvironmentSpec
) -> EnvironmentSpec:
    """The environment that the version came with; a younger one as at the start, before it as it is now."""
    with contextlib.suppress(NoSuchFile, InputError):
        return state.environment(environment.name, version.revision)
    return _environment_at(state, environment, begun(state, release))


def _environment_at(state: State, environment: EnvironmentSpec, revision: str | None) -> EnvironmentSpec:
    """The environment at a revision; one that did not exist then, or was broken, is taken as it is given."""
    if revision is not None:
        with contextlib.suppress(NoSuchFile, InputError):
            return state.environment(environment.name, revision)
    return environment


def _parent(state: State, revision: str) -> str | None:
    return state.repository.commit_at(f"{revision}^")


def _entries(spec: ModelSpec) -> list[tuple[Gate | Shown, Metric]]:
    """Each entry of `rollout.gates`, and of its segments, with the gate that it makes of this model."""
    return [(entry.gate(spec), entry) for entry in entries(spec)]


def _chosen(counts: Policy, known: list[tuple[Gate | Shown, Metric]]) -> Mapping[str, Metric]:
    """By gate: the entry that counts by the same; the newest of several."""
    chosen: dict[str, Metric] = {}
    for gate in counts.gates:
        for made, entry in known:
            alike = isinstance(made, Gate) and made.name == gate.name and covers(made, gate)
            if alike and gate.name not in chosen:
                chosen[gate.name] = entry
    for made, entry in known:
        if any(_same_figures(made, shown) for shown in counts.beside):
            chosen.setdefault(made.name, entry)
    return chosen


def _same_figures(made: Gate | Shown, shown: Shown) -> bool:
    """Whether an entry counts what is shown.

    Of a cost another version's ceiling may count, and of a quantile what it is compared with.
    """
    if isinstance(made, Cost) and isinstance(shown, Cost):
        return (made.name, made.series) == (shown.name, shown.series)
    if isinstance(made, Quantile) and isinstance(shown, Quantile):
        return made.name == shown.name
    return made == shown
