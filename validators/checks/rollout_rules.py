"""By whose rules a version would be released."""

from __future__ import annotations

from collections.abc import Iterator

from sluicegate.specs.environment import COUNTS_USERS, EnvironmentSpec
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Policy, entries, policy
from sluicegate.specs.repository import Environments
from sluicegate.specs.strictness import EDGES, common_edges
from sluicegate.specs.yamlio import Document, InputError
from sluicegate.validators.runner.finding import Finding, Position, fail, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.candidate import BaseRevision
from sluicegate.validators.submission.loosening import BASE, loosened_rules

ROLLOUT = ("spec", "rollout")


@check(
    "rollout-rules",
    family="rollout",
    remedy="Declare the gates that the environment's floor names, and only such as its metrics can show, "
    "or ask who owns environment.yaml.",
)
def rollout_rules(
    spec: ModelSpec, base: BaseRevision | None, document: Document, environments: Environments
) -> Iterator[Finding]:
    """Nobody sets their own exam: what a change loosens of its rollout is named, and whose rules will count.

    The gate judges a version by the stricter of its own rules, the environment's floor and the last stable
    version's. Rules that a change of their own loosens, which brings no version, count from the next version
    on. A floor for a gate that the model does not have would never be applied; counters of the business
    (`counter`) need an environment with a Prometheus, and a `unit` a gateway that can count users; scores are
    compared at the edges that both versions have, so one has to stay.
    """
    at = Position(document.path, *document.position(ROLLOUT))
    old = None if base is None else base.spec
    for name, environment in environments.specs.items():
        own = policy(spec, environment)
        for gate in sorted(environment.policy.margins.keys() - _names(own)):
            yield fail(f"{name}: its floor has a margin for {gate}, and the model has no such gate", at)
        before = None if old is None else policy(old, environment)
        loosened = _loosened(own, before, other_bytes=old is not None and old.artifact != spec.artifact)
        yield from _business(own, environment, at)
        yield from _edges(own, before, name, at)
        yield from _users(own, environment, at)
        yield from _by_request(spec, old, name, at)
        yield from _other_unit(own, before, name, at)
        for words in own.overruled:
            yield passed(f"{name}: counts for this version: {words}", at)
        for words in loosened:
            yield passed(f"{name}: {_counts(spec, old, words)}", at)
        for words in _loosened(own, before):
            if words not in loosened:
                yield passed(f"{name}: edges of the version's own scores, which loosen nothing: {words}", at)
        if not (own.overruled or loosened):
            yield passed(f"{name}: judged by the model's own rules, which are not loosened", at)
    if not environments.specs:
        yield passed("there is no environment to be released in", at)


def _loosened(own: Policy, before: Policy | None, *, other_bytes: bool = False) -> tuple[str, ...]:
    return () if before is None else loosened_rules(own, before, other_bytes=other_bytes)


def _names(own: Policy) -> set[str]:
    """What a floor can name: gates, and metrics that several gates have."""
    return {gate.name for gate in own.gates} | {gate.metric for gate in own.gates}


def _business(own: Policy, environment: EnvironmentSpec, at: Position) -> Iterator[Finding]:
    """Counters of the business are in a Prometheus alone: elsewhere a release would wait for ever."""
    source = environment.metrics.source
    if source == "prometheus":
        return
    for gate in own.gates:
        if gate.series:
            words = f"{environment.name}: {gate.name} counts what only a Prometheus has ({gate.series})"
            yield fail(f"{words}, and metrics.source is {source}", at)


def _edges(own: Policy, before: Policy | None, name: str, at: Position) -> Iterator[Finding]:
    """Two histograms without a common edge cannot be compared: the release would have no figures for ever."""
    former = {} if before is None else {gate.name: gate for gate in before.gates}
    for gate in own.gates:
        known = former.get(gate.name)
        if known is None or EDGES not in gate.parameters or EDGES not in known.parameters:
            continue
        if not common_edges(gate, known):
            words = f"{name}: {gate.name} has no edge in common with {BASE}, so the two cannot be compared"
            yield fail(f"{words}; keep one of its edges: {', '.join(map(str, known.parameters[EDGES]))}", at)


def _users(own: Policy, environment: EnvironmentSpec, at: Position) -> Iterator[Finding]:
    """A gateway that knows requests alone shows nothing by user: the release would wait for ever."""
    gateway = environment.metrics.gateway
    if own.unit is not None and gateway not in COUNTS_USERS:
        words = (
            f"{environment.name}: rollout.unit counts users by {own.unit}, which the gateway {gateway} cannot"
        )
        yield fail(words, at, remedy=f"Leave out unit, or let {' or '.join(COUNTS_USERS)} be the gateway.")


def _by_request(spec: ModelSpec, old: ModelSpec | None, name: str, at: Position) -> Iterator[Finding]:
    """Gates of the base that count requests still count for a version that brings users, and show nothing."""
    if old is None or spec.rollout.unit is None or _brings_none(spec, old):
        return
    for entry in entries(old):
        try:
            entry.gate(spec)
        except InputError as error:
            words = f"{name}: a gate of {BASE} counts for this version as well: {error.problems[0].message}"
            yield fail(words, at, remedy="Take that gate out by a change of its own first.")


def _other_unit(own: Policy, before: Policy | None, name: str, at: Position) -> Iterator[Finding]:
    """Which of two units is the stricter one cannot be said, so the version's own counts; people see it."""
    if before is not None and own.unit != before.unit:
        words = f"counts {_counted_by(own)} for this version, where {BASE} counts {_counted_by(before)}"
        yield passed(f"{name}: {words}; which is stricter cannot be said", at)


def _counted_by(of: Policy) -> str:
    return "each request by itself" if of.unit is None else f"users by {of.unit}"


def _brings_none(spec: ModelSpec, old: ModelSpec) -> bool:
    """Whether a change of the rules brings no version."""
    return (spec.version, spec.artifact) == (old.version, old.artifact)


def _counts(spec: ModelSpec, old: ModelSpec | None, words: str) -> str:
    """From when on what was loosened counts."""
    if old is not None and _brings_none(spec, old):
        return f"loosened by a change of its own, and counts from the next version on: {words}"
    return f"loosened with a version, and does not count for it: {words}"
