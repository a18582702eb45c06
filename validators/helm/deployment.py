"""One model in one environment: what Argo CD would apply there, rendered and judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.release import Release, Version
from sluicegate.specs.release_file import read as read_release
from sluicegate.specs.repository import exists, read
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document, InputError
from sluicegate.validators.helm.baseline import environment_at, rules_that_count
from sluicegate.validators.helm.chart import FINISHED, RELEASED, Charts, Rendered, State, states
from sluicegate.validators.helm.chart_files import ChartError
from sluicegate.validators.helm.faults import Fault
from sluicegate.validators.helm.manifest_diff import manifest_diff
from sluicegate.validators.helm.pinned_chart import charted
from sluicegate.validators.helm.prepared import PreparedCharts
from sluicegate.validators.helm.values import Values, values
from sluicegate.validators.runner.finding import Finding, Position, fail, passed, refused
from sluicegate.validators.submission.candidate import Load

MOST = 20
"""Findings of one environment."""
LONGEST_NAME = 48
LAST_VERSION = 999_999
"""What the chart's schema takes: with what is added, no name of an object is longer than 63 characters."""
NO_SCORES = ("triton", "kserve")
"""Engines that keep no histogram of scores, so that `score_drift` would never have data."""


@dataclass(frozen=True)
class Deployed:
    """A model and the environment that it is deployed to, each with its document."""

    spec: ModelSpec
    document: Document
    environment: EnvironmentSpec
    environment_document: Document


def deployment_findings(
    charts: PreparedCharts,
    deployed: Deployed,
    *,
    base: Tree | None,
    load: Load,
    compare: bool = False,
) -> Iterator[Finding]:
    """What rendering shows. Raises ChartError, ToolAbsent.

    Nothing is rendered for what cannot be read, or cannot have a name in a cluster. `base` has the rules that
    count beside the model's own. With `compare` the finding has the diff from what is applied now.
    """
    model = deployed.spec.name
    environment = deployed.environment
    tree = charts.tree(environment)
    try:
        helm_values = values(tree, environment.name, model, release=False)
        release, committed = _release(tree, environment.name, model)
        baseline = rules_that_count(deployed.spec, environment, base, load).baseline
    except InputError as error:
        yield from map(refused, error.problems)
        return
    unnamable = list(_unnamable(deployed))
    if unnamable:
        yield from unnamable
        return
    disagreements = list(_disagreements(deployed, helm_values))
    yield from disagreements
    coming = Version(deployed.spec.version, "0" * 40, deployed.spec.artifact.sha256)
    every = states(release, coming, committed, baseline=baseline)
    rendered = charts.of(environment).render(model, environment.namespace, helm_values, every)
    yield from fault_findings(f"{environment.name}: {model}", rendered, helm_values)
    if not rendered.faults and not disagreements:
        counts = ", ".join(f"{state} {number}" for state, number in rendered.objects.items())
        engine = helm_values.get("engine", default="?")
        message = f"{environment.name}: {model} renders with the engine {engine} (objects: {counts})"
        before = _before(charts, deployed, rendered, tree, base) if compare else None
        diff = () if before is None else manifest_diff(before, rendered.manifests[FINISHED])
        yield passed(message, observed=max(rendered.objects.values(), default=0), diff=diff)


def _before(
    charts: PreparedCharts, deployed: Deployed, rendered: Rendered, tree: Tree, base: Tree | None
) -> bytes | None:
    """The manifests that are applied now: those of the base's chart and values; nothing before a release.

    Where the change leaves these alone, what is rendered of the head already is the same. None where what the
    base has cannot be rendered.
    """
    model = deployed.spec.name
    environment = deployed.environment.name
    if base is None:
        return None
    try:
        # What the base pins was accepted: it is an owner's word.
        base = charted(base, environment_at(base, deployed.environment), stranger=False)
        if _inputs(base, environment, model) == _inputs(tree, environment, model):
            return rendered.manifests.get(RELEASED, b"")
        committed = _release(base, environment, model)[1]
        if committed is None:
            return b""
        former = Charts(base, None, charts.of(deployed.environment).folder / "base")
        state = State(RELEASED, committed, serves=True)
        given = values(base, environment, model, release=False)
        return former.render(model, deployed.environment.namespace, given, [state]).manifests.get(RELEASED)
    except (InputError, ChartError):
        return None


def _inputs(tree: Tree, environment: str, model: str) -> list[tuple[str, bytes]]:
    """What is rendered from, beside the version: paths and contents."""
    paths = (
        layout.SERVING_CHART,
        layout.environment_values_path(environment),
        layout.values_path(environment, model),
        layout.release_path(environment, model),
    )
    plain = [entry.path for path in paths for entry in tree.entries(path) if entry.plain]
    return [(path, tree.read(path)) for path in plain]


def _release(tree: Tree, environment: str, model: str) -> tuple[Release, bytes | None]:
    """The state of the release and its file's bytes; an empty one and None before the first."""
    path = layout.release_path(environment, model)
    if not exists(tree, path):
        return Release(model, environment), None
    document = read(tree, path)
    return read_release(document), document.text


def _unnamable(deployed: Deployed) -> Iterator[Finding]:
    """What the embedded runtime serves by any name; objects of Kubernetes are called by it."""
    name = deployed.environment.name
    spec = deployed.spec
    document = deployed.document
    if len(spec.name) > LONGEST_NAME or not spec.name[:1].isalpha():
        yield fail(
            f"{name}: nothing in a cluster can be called {spec.name!r}: Services are called by the "
            f"model's name, so it begins with a letter and has at most {LONGEST_NAME} characters",
            Position(document.path, *document.position(("metadata", "name"))),
            remedy="Give the model another name, or leave it to embedded environments.",
        )
    if spec.version > LAST_VERSION:
        yield fail(
            f"{name}: Deployments are called by the version, which is at most {LAST_VERSION}, "
            f"not {spec.version}",
            Position(document.path, *document.position(("spec", "version"))),
            remedy="Count versions one by one.",
        )


def _disagreements(deployed: Deployed, helm_values: Values) -> Iterator[Finding]:
    """What no schema of the chart can know: the values agree with model.yaml and environment.yaml."""
    environment = deployed.environment
    engine = helm_values.get("engine")
    traffic = helm_values.get("traffic")
    gates = deployed.spec.rollout.gates
    drift = next((number for number, gate in enumerate(gates) if gate.metric == "score_drift"), None)
    if engine in NO_SCORES and drift is not None:
        document = deployed.document
        yield fail(
            f"{environment.name}: the engine {engine} keeps no histogram of scores, "
            "and a gate is score_drift",
            Position(document.path, *document.position(("spec", "rollout", "gates", drift))),
            remedy="Serve it with `engine: ort`, or take the gate score_drift out.",
        )
    if traffic != environment.traffic:
        yield fail(
            f"{environment.name}: the chart splits traffic by {traffic}, and "
            f"{deployed.environment_document.path} says {environment.traffic}",
            helm_values.position(("traffic",)),
            remedy=f"Set `traffic: {environment.traffic}` in "
            f"{layout.environment_values_path(environment.name)}.",
        )


def fault_findings(what: str, rendered: Rendered, helm_values: Values) -> Iterator[Finding]:
    """One finding for each fault, whatever number of states has it."""
    states_of: dict[Fault, list[str]] = {}
    for fault in rendered.faults:
        states_of.setdefault(replace(fault, state=""), []).append(fault.state)
    for fault, names in list(states_of.items())[:MOST]:
        position = Position(helm_values.files[-1].path)
        if fault.location is not None:
            position = helm_values.position(fault.location)
        where = "" if len(names) == rendered.states else f" ({', '.join(names)})"
        yield fail(f"{what}{where}: {fault.message}", position, remedy=fault.remedy)
    if len(states_of) > MOST:
        yield fail(f"{what}: {len(states_of) - MOST} more faults are not shown")
