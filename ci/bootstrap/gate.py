"""The gate in the cluster: its Argo CD project and Application, and the values of its chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sluicegate.ci.bootstrap import manifests
from sluicegate.ci.bootstrap.labels import MANAGED
from sluicegate.ci.bootstrap.options import GateOptions, InstallOptions
from sluicegate.ci.bootstrap.repository_config import Manifest
from sluicegate.specs import layout
from sluicegate.specs.environment import IN_CLUSTER, EnvironmentSpec


def gate_values(
    environments: Sequence[EnvironmentSpec], options: InstallOptions, gate: GateOptions
) -> dict[str, Any]:
    """The values of the gate's chart that bootstrap sets; they win over `layout.GATE_VALUES`."""
    local = {(spec.namespace, spec.traffic) for spec in environments if spec.cluster == IN_CLUSTER}
    return {
        "image": {"repository": gate.repository, "digest": gate.digest},
        "repo": {"secret": {"name": gate.secret, "key": "url"}, "branch": options.branch},
        "argocd": {"namespace": options.argocd},
        "environments": [{"namespace": name, "traffic": traffic} for name, traffic in sorted(local)],
    }


def gate_manifests(
    environments: Sequence[EnvironmentSpec], options: InstallOptions, gate: GateOptions
) -> list[Manifest]:
    """The project, which may reach the namespaces of this cluster's environments, and the Application."""
    local = (spec.namespace for spec in environments if spec.cluster == IN_CLUSTER)
    namespaces = sorted({gate.namespace, options.argocd, *local})
    values = {
        "argocd": options.argocd,
        "labels": MANAGED,
        "repo": options.repo,
        "branch": options.branch,
        "chart": layout.GATE_CHART,
        "value_file": f"/{layout.GATE_VALUES}",
        "values": gate_values(environments, options, gate),
        "namespace": gate.namespace,
        "destinations": [{"name": IN_CLUSTER, "namespace": name} for name in namespaces],
    }
    return manifests.load("gate.yaml", values)
