"""What Argo CD would apply, rendered before it is merged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import read as read_release
from sluicegate.specs.yamlio import Document, InputError, Problem
from sluicegate.validators.helm.chart import Charts, Fault, Rendered, states
from sluicegate.validators.helm.values import Environments, Values, read, there, values
from sluicegate.validators.runner.candidate import Candidate
from sluicegate.validators.runner.command import ToolAbsent
from sluicegate.validators.runner.finding import Finding, Place, error, fail, inconclusive, passed
from sluicegate.validators.runner.registry import check

MOST = 20
"""Findings of one environment."""
LONGEST_NAME, LAST_VERSION = 48, 999_999
"""What the chart's schema takes: with what is added, no name of an object is longer than 63 characters."""
NO_SCORES = ("triton", "kserve")
"""Engines that keep no histogram of scores, so that `score_drift` would never have data."""


@check(
    "chart-renders",
    family="render",
    remedy="Mend the value at the line that is named; `helm template` with the same files shows it all.",
)
def chart_renders(
    spec: ModelSpec, document: Document, subject: Candidate, environments: Environments, workdir: Path
) -> Iterator[Finding]:
    """The serving chart renders in every environment, and an API server would take what it renders.

    As the release is now, and along the way of the next version: dark, at a weight, finished. Held against
    the schemas of Kubernetes and of the CRDs, unknown fields refused. Rules that only an API server knows
    (CEL, admission) are not judged here. Embedded environments have no chart. Where the gate's own chart or
    its values change, or all of a work tree is judged, it is rendered as well.
    """
    charts = cache(lambda: Charts(subject.tree, subject.base, workdir / "charts"))
    embedded, absent = [], None
    for name, at in environments.read.items():
        if at[1].traffic == "embedded":
            embedded.append(name)
            continue
        try:
            yield from _environment(charts, subject, (spec, document), at)
        except ToolAbsent as problem:
            absent = problem
    if absent is not None:
        yield error(f"not rendered: {absent}", remedy=absent.remedy)
    for name in environments.unreadable:
        yield inconclusive(f"{name}: not rendered, its environment.yaml cannot be read")
    if len(embedded) == len(environments.read) and not environments.unreadable:
        yield passed(f"nothing to render: {_embedded(embedded)}")


def _embedded(names: Sequence[str]) -> str:
    if not names:
        return "there is no environment"
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} embedded"


def _environment(
    charts: Callable[[], Charts],
    subject: Candidate,
    model: tuple[ModelSpec, Document],
    at: tuple[Document, EnvironmentSpec],
) -> Iterator[Finding]:
    where = at[1]
    path = f"environments/{where.name}/{subject.model}/release.yaml"
    release, committed = Release(subject.model, where.name), None
    try:
        given = values(subject.tree, where.name, subject.model, release=False)
        if there(subject.tree, path):
            read_again = read(subject.tree, path)
            release, committed = read_release(read_again), read_again.text
    except InputError as error:
        yield from map(refused, error.problems)
        return
    if unnamable := list(_unnamable(*model, where)):
        yield from unnamable
        return
    agreed = list(_agreed(*model, *at, given))
    yield from agreed
    coming = Version(model[0].version, "0" * 40, model[0].artifact.sha256)
    rendered = charts().render(subject.model, where.namespace, given, states(release, coming, committed))
    yield from fault_findings(f"{where.name}: {subject.model}", rendered, given)
    if not rendered.faults and not agreed:
        said = ", ".join(f"{state} {number}" for state, number in rendered.objects.items())
        engine, most = given.get("engine", default="?"), max(rendered.objects.values(), default=0)
        text = f"{where.name}: {subject.model} renders with the engine {engine} (objects: {said})"
        yield passed(text, observed=most)


def _unnamable(spec: ModelSpec, document: Document, where: EnvironmentSpec) -> Iterator[Finding]:
    """What the embedded runtime serves by any name; objects of Kubernetes are called by it."""
    if len(spec.name) > LONGEST_NAME or not spec.name[:1].isalpha():
        yield fail(
            f"{where.name}: nothing in a cluster can be called {spec.name!r}: Services are called by the "
            f"model's name, so it begins with a letter and has at most {LONGEST_NAME} characters",
            Place(document.path, *document.place(("metadata", "name"))),
            remedy="Give the model another name, or leave it to embedded environments.",
        )
    if spec.version > LAST_VERSION:
        yield fail(
            f"{where.name}: Deployments are called by the version, which is at most {LAST_VERSION}, "
            f"not {spec.version}",
            Place(document.path, *document.place(("spec", "version"))),
            remedy="Count versions one by one.",
        )


def _agreed(
    spec: ModelSpec, document: Document, written: Document, where: EnvironmentSpec, given: Values
) -> Iterator[Finding]:
    """What no schema of the chart can know: the values agree with model.yaml and environment.yaml."""
    engine, traffic = given.get("engine"), given.get("traffic")
    drift = next((n for n, gate in enumerate(spec.rollout.gates) if gate.metric == "score_drift"), None)
    if engine in NO_SCORES and drift is not None:
        line, column = document.place(("spec", "rollout", "gates", drift))
        yield fail(
            f"{where.name}: the engine {engine} keeps no histogram of scores, and a gate is score_drift",
            Place(document.path, line, column),
            remedy="Serve it with `engine: ort`, or take the gate score_drift out.",
        )
    if traffic != where.traffic:
        place = given.place(("traffic",))
        yield fail(
            f"{where.name}: the chart splits traffic by {traffic}, and {written.path} says {where.traffic}",
            place,
            remedy=f"Set `traffic: {where.traffic}` in environments/{where.name}/values.yaml.",
        )


def fault_findings(what: str, rendered: Rendered, given: Values) -> Iterator[Finding]:
    """One finding for each fault, whatever number of states has it."""
    met: dict[Fault, list[str]] = {}
    for fault in rendered.faults:
        met.setdefault(replace(fault, state=""), []).append(fault.state)
    for fault, names in list(met.items())[:MOST]:
        at = given.place(fault.location) if fault.location is not None else Place(given.files[-1].path)
        states = "" if len(names) == rendered.states else f" ({', '.join(names)})"
        yield fail(f"{what}{states}: {fault.message}", at, remedy=fault.remedy)
    if len(met) > MOST:
        yield fail(f"{what}: {len(met) - MOST} more faults are not shown")


def refused(problem: Problem) -> Finding:
    """The finding that a file's problem is."""
    where = f"{problem.where}: " if problem.where else ""
    return fail(
        where + problem.message, Place(problem.path, problem.line, problem.column), remedy=problem.remedy
    )
