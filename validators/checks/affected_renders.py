"""What a change of the chart, of values or of an environment does to models that it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.layout import model_directory, values_path
from sluicegate.specs.repository import Environments, exists, models_of
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document, InputError
from sluicegate.validators.helm.chart_files import ChartError
from sluicegate.validators.helm.command import ToolAbsent
from sluicegate.validators.helm.deployment import Deployed, deployment_findings
from sluicegate.validators.helm.prepared import PreparedCharts
from sluicegate.validators.helm.values import values
from sluicegate.validators.runner.finding import Finding, error, fail, inconclusive, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.candidate import Load
from sluicegate.validators.submission.changes import Changes

MOST = 200
"""Pairs of a model and an environment that one run renders, about a second each."""


@dataclass(frozen=True)
class Kind:
    """What manifests depend on, names and digests apart; `model` where these decide as well."""

    environment: str
    own_values: bytes | None = None
    tracks: tuple[bool, bool] = (False, False)
    drift: bool = False
    model: str | None = None


@check(
    "affected-renders",
    family="render",
    scope="repository",
    remedy="Fix the value at the line that is named; `helm template` with the same files shows it all.",
)
def affected_renders(
    tree: Tree,
    base_tree: Tree | None,
    changes: Changes,
    *,
    environments: Environments,
    judged_models: frozenset[str],
    load: Load,
    workdir: Path,
) -> Iterator[Finding]:
    """Models that a change of charts, values or environments affects, and does not touch, still render.

    One of each kind in an environment is rendered: models with the same values, tracks and gates differ in
    name and digest alone, and the longest name decides. Models that are judged themselves have chart-renders.
    """
    charts = PreparedCharts(tree, base_tree, workdir / "affected-renders")
    in_cluster = [name for name, one in environments.specs.items() if one.traffic != "embedded"]
    kinds: dict[Kind, list[str]] = {}
    for environment in in_cluster:
        models = models_of(tree, environment)
        affected = [
            name for name in models if name not in judged_models and changes.affects(environment, name)
        ]
        rendered_from = _rendered_from(charts, environments.specs[environment]) if affected else None
        for model in affected:
            kind = (
                Kind(environment) if rendered_from is None else _kind(rendered_from, load, environment, model)
            )
            kinds.setdefault(kind, []).append(model)
    try:
        for kind, models in list(kinds.items())[:MOST]:
            deployed = _deployed(tree, load, environments.read[kind.environment], max(models, key=len))
            if isinstance(deployed, Finding):
                yield deployed
            else:
                yield from deployment_findings(charts, deployed, base=base_tree, load=load)
    except ToolAbsent as problem:
        yield error(f"not rendered: {problem.message}", remedy=problem.remedy, tool="helm")
    except ChartError as problem:
        yield fail(problem.message, remedy=problem.remedy)
    yield from _not_rendered(kinds)
    if not kinds and not in_cluster:
        yield passed("nothing to render: no environment runs in a cluster")
    elif not kinds:
        yield passed("no other model's manifests are affected")


def _rendered_from(charts: PreparedCharts, environment: EnvironmentSpec) -> Tree | None:
    """The tree with the environment's chart; None where that cannot be had, as rendering will say."""
    try:
        return charts.tree(environment)
    except ChartError:
        return None


def _deployed(
    tree: Tree, load: Load, environment: tuple[Document, EnvironmentSpec], model: str
) -> Deployed | Finding:
    environment_document, environment_spec = environment
    try:
        document, spec = load(tree, model_directory(model))
    except InputError:
        reason = "not rendered, its model.yaml cannot be read"
        return inconclusive(f"{environment_spec.name}: {model}: {reason}")
    return Deployed(spec, document, environment_spec, environment_document)


def _kind(tree: Tree, load: Load, environment: str, model: str) -> Kind:
    """The kind of a pair; one of its own where a file cannot be read, or a digest is looked up in values."""
    path = values_path(environment, model)
    try:
        helm_values = values(tree, environment, model)
        _, spec = load(tree, model_directory(model))
        own = tree.read(path) if exists(tree, path) else None
    except InputError:
        return Kind(environment, model=model)
    by_digest = helm_values.get("artifacts", "imageVolume", "enabled")
    return Kind(
        environment,
        own,
        (helm_values.get("tracks", "stable") is not None, helm_values.get("tracks", "canary") is not None),
        any(gate.metric == "score_drift" for gate in spec.rollout.gates),
        model if by_digest else None,
    )


def _not_rendered(kinds: dict[Kind, list[str]]) -> Iterator[Finding]:
    """The models that another one of their kind was rendered for, and those beyond the limit."""
    for kind, models in list(kinds.items())[:MOST]:
        longest = max(models, key=len)
        others = [model for model in models if model != longest]
        if others:
            message = (
                f"{kind.environment}: {longest} is rendered for {_some(others)}, which have the same values"
            )
            yield passed(message)
    beyond = [f"{kind.environment}/{model}" for kind in list(kinds)[MOST:] for model in kinds[kind]]
    if beyond:
        message = f"not rendered, beyond the first {MOST}: {_some(beyond)}"
        remedy = "Split the change; `sluice validate --all --check chart-renders` renders without a limit."
        yield inconclusive(message, remedy=remedy)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
