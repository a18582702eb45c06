"""What Argo CD would apply for a model that is judged, rendered before it is merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sluicegate.specs.model import ModelSpec
from sluicegate.specs.repository import Environments
from sluicegate.specs.tree import Tree
from sluicegate.specs.yamlio import Document
from sluicegate.validators.helm.chart_files import ChartError
from sluicegate.validators.helm.command import ToolAbsent
from sluicegate.validators.helm.deployment import Deployed, deployment_findings
from sluicegate.validators.helm.prepared import PreparedCharts
from sluicegate.validators.runner.finding import Finding, error, fail, inconclusive, passed
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.candidate import Load


@check(
    "chart-renders",
    family="render",
    remedy="Fix the value at the line that is named; `helm template` with the same files shows it all.",
)
def chart_renders(
    spec: ModelSpec,
    document: Document,
    *,
    tree: Tree,
    base_tree: Tree | None,
    load: Load,
    environments: Environments,
    workdir: Path,
) -> Iterator[Finding]:
    """The serving chart renders in every environment, and an API server would take what it renders.

    As the release is now, and along the way of the next version: dark, at a weight (beside a baseline where
    its rules or the base's have one), finished. Checked against
    the schemas of Kubernetes and of the CRDs, unknown fields refused. Rules that only an API server knows
    (CEL, admission) are not judged here. Embedded environments have no chart.
    """
    charts = PreparedCharts(tree, base_tree, workdir / "chart-renders")
    embedded = [name for name, one in environments.specs.items() if one.traffic == "embedded"]
    refusals: dict[str, Finding] = {}
    for name in environments.specs:
        if name in embedded:
            continue
        environment_document, environment = environments.read[name]
        try:
            deployed = Deployed(spec, document, environment, environment_document)
            yield from deployment_findings(charts, deployed, base=base_tree, load=load, compare=True)
        except ToolAbsent as problem:
            refusals[str(problem)] = error(
                f"not rendered: {problem.message}", remedy=problem.remedy, tool="helm"
            )
        except ChartError as problem:
            refusals[str(problem)] = fail(problem.message, remedy=problem.remedy)
    yield from refusals.values()
    for name in environments.unreadable:
        yield inconclusive(f"{name}: not rendered, its environment.yaml cannot be read")
    if len(embedded) == len(environments.names):
        yield passed(f"nothing to render: {_embedded(embedded)}")


def _embedded(names: Sequence[str]) -> str:
    if not names:
        return "there is no environment"
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} embedded"
