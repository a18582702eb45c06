"""Checks before anything is applied: what a cluster must have, and settings that are only advised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sluicegate.ci.bootstrap.cluster import Cluster
from sluicegate.ci.bootstrap.cluster_errors import ClusterError
from sluicegate.ci.bootstrap.options import InstallOptions
from sluicegate.ci.bootstrap.repository_config import Manifest, RepositoryConfig
from sluicegate.specs.environment import IN_CLUSTER

_ARGOCD = ("AppProject", "Application", "ApplicationSet")
_ROUTING = {
    "gateway-api": (
        "gateway.networking.k8s.io/v1", "HTTPRoute", "the Gateway API's CRDs and a gateway for it",
    ),
    "istio": ("networking.istio.io/v1", "VirtualService", "Istio"),
    "kserve": ("serving.kserve.io/v1beta1", "InferenceService", "KServe"),
}  # fmt: skip


def require(cluster: Cluster, config: RepositoryConfig, objects: Iterable[Manifest]) -> None:
    """Raises ClusterError for the first reason why the cluster cannot take all of it."""
    for kind in _ARGOCD:
        if not cluster.serves("argoproj.io/v1alpha1", kind):
            raise ClusterError(
                f"the cluster has no {kind} of Argo CD",
                "install Argo CD 3.2 or later first: "
                "https://argo-cd.readthedocs.io/en/stable/getting_started/",
            )
    for spec in config.environments:
        if spec.cluster != IN_CLUSTER:
            continue
        api, kind, software = _ROUTING[spec.traffic]
        if not cluster.serves(api, kind):
            raise ClusterError(
                f"environment {spec.name} routes its traffic by {spec.traffic}, but the cluster has no "
                f"{kind} of {api}",
                f"install {software}",
            )
    if forbidden := cluster.forbidden(objects):
        raise ClusterError(
            f"this account may not: {', '.join(forbidden)}", "let an administrator run it, or grant that"
        )


def advice(cluster: Cluster, config: RepositoryConfig, options: InstallOptions) -> Iterator[str]:
    """Settings without which releases suffer, each with its remedy."""
    namespace = options.argocd
    parameters = cluster.config(namespace, "argocd-cmd-params-cm")
    if parameters is not None and parameters.get("controller.sync.timeout.seconds", "0") not in ("", "0"):
        # appcontroller.go of 3.2.11: a terminated operation failed for its commit, and is not retried.
        yield (
            "Argo CD ends a sync by its time-out and never tries that commit again; unset it: a pod that "
            "never comes fails its sync by progressDeadlineSeconds, and the sync is retried; "
            f"kubectl --namespace {namespace} patch configmap argocd-cmd-params-cm --type merge --patch "
            '\'{"data":{"controller.sync.timeout.seconds":"0"}}\', and restart its application controller'
        )
    yield from _other_clusters(config)


def _other_clusters(config: RepositoryConfig) -> Sequence[str]:
    names = sorted({spec.cluster for spec in config.environments if spec.cluster != IN_CLUSTER})
    return [
        f"the cluster {name} is another: see that Argo CD has it by this name, and that what routes its "
        "traffic is installed there; nothing was checked or applied in it"
        for name in names
    ]
