"""The gate's own chart, rendered as `sluice bootstrap` has Argo CD render it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path

from sluicegate.specs.layout import GATE_CHART, GATE_VALUES
from sluicegate.specs.repository import Environments, exists
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import InputError
from sluicegate.validators.helm.chart import Charts, State
from sluicegate.validators.helm.chart_files import ChartError
from sluicegate.validators.helm.command import ToolAbsent
from sluicegate.validators.helm.deployment import fault_findings
from sluicegate.validators.helm.values import Values, value_files
from sluicegate.validators.runner.finding import Finding, Position, error, fail, passed, refused
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.changes import Changes
from sluicegate.validators.submission.submission import GateValues


@check(
    "gate-renders",
    family="render",
    scope="repository",
    remedy="Fix the value at the line that is named; `helm template` with the same files shows it all.",
)
def gate_renders(
    tree: Tree,
    base_tree: Tree | None,
    changes: Changes,
    *,
    environments: Environments,
    gate_values: GateValues,
    workdir: Path,
) -> Iterator[Finding]:
    """The gate's chart renders as `sluice bootstrap` installs it, and an API server would take it.

    Rendered where the chart, its values or what it reads of the repository change. `only` names environments
    that there are: the gate would watch nothing under another name.
    """
    in_clusters = [one for one in environments.specs.values() if one.traffic != "embedded"]
    reads_change = bool(in_clusters) and (changes.serving_chart or bool(changes.environments))
    if not changes.gate_chart and not reads_change:
        yield passed("the change does not touch what the gate's chart is rendered from")
        return
    if not tree.entries(GATE_CHART) and not exists(tree, GATE_VALUES):
        yield passed("the repository has no chart of the gate")
        return
    state = State("as bootstrap installs it", json.dumps(gate_values(in_clusters)).encode(), True)
    try:
        charts = Charts(tree, base_tree, workdir / "gate-renders", path=GATE_CHART)
        helm_values = value_files(tree, GATE_CHART, [GATE_VALUES])
        yield from _rendered(charts, helm_values, state, environments.names)
    except ToolAbsent as problem:
        yield error(f"the gate: not rendered: {problem.message}", remedy=problem.remedy, tool="helm")
    except ChartError as problem:
        yield fail(problem.message, remedy=problem.remedy)
    except InputError as problem:
        yield from map(refused, problem.problems)


def _rendered(
    charts: Charts, helm_values: Values, state: State, environments: Collection[str]
) -> Iterator[Finding]:
    if not helm_values.files:
        yield fail("the gate: its chart has no values", Position(f"{GATE_CHART}/values.yaml"))
        return
    yield from _unknown_environments(helm_values, environments)
    rendered = charts.render("gate", "sluicegate", helm_values, [state])
    if rendered.faults:
        yield from fault_findings("the gate", rendered, helm_values)
        return
    number = sum(rendered.objects.values())
    yield passed(f"the gate renders as `sluice bootstrap` installs it ({number} objects)", observed=number)


def _unknown_environments(helm_values: Values, environments: Collection[str]) -> Iterator[Finding]:
    only = helm_values.get("only")
    for number, name in enumerate(only if isinstance(only, list) else ()):
        if name not in environments:
            known = ", ".join(sorted(environments)) or "none"
            yield fail(
                f"only[{number}]: there is no environment {name!r} for the gate to watch",
                helm_values.position(("only", number)),
                remedy=f"Name some of {known}; without `only` it watches every one.",
            )
