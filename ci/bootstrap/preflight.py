"""What must be in a cluster before anything is put there, and what is only good advice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sluicegate.ci.bootstrap.cluster import Cluster, ClusterError
from sluicegate.ci.bootstrap.plan import InstallOptions
from sluicegate.ci.bootstrap.reading import Manifest, RepositoryConfig
from sluicegate.gate.adapters.kubeapi import IN_CLUSTER

_ARGOCD = ("AppProject", "Application", "ApplicationSet")
_TRAFFIC = {
    "gateway-api": (
        "gateway.networking.k8s.io/v1", "HTTPRoute", "the Gateway API's CRDs and a gateway for it",
    ),
    "istio": ("networking.istio.io/v1", "VirtualService", "Istio"),
    "kserve": ("serving.kserve.io/v1beta1", "InferenceService", "KServe"),
}  # fmt: skip


def require(cluster: Cluster, said: RepositoryConfig, objects: Iterable[Manifest]) -> None:
    """See that the cluster can take all of it. Raises ClusterError for the first reason why not."""
    for kind in _ARGOCD:
        if not cluster.serves("argoproj.io/v1alpha1", kind):
            raise ClusterError(
                f"the cluster has no {kind} of Argo CD; install Argo CD 3.2 or later first: "
                "https://argo-cd.readthedocs.io/en/stable/getting_started/"
            )
    for spec in said.environments:
        if spec.cluster != IN_CLUSTER:
            continue
        api, kind, remedy = _TRAFFIC[spec.traffic]
        if not cluster.serves(api, kind):
            raise ClusterError(
                f"environment {spec.name} splits its traffic by {spec.traffic}, but the cluster has no "
                f"{kind} of {api}; install {remedy}"
            )
    if refused := cluster.forbidden(objects):
        raise ClusterError(
            f"this account may not: {', '.join(refused)}; let an administrator run it, or grant that"
        )


def advice(cluster: Cluster, said: RepositoryConfig, wanted: InstallOptions) -> Iterator[str]:
    """Settings that a release suffers from when they are missing, each with its remedy."""
    namespace = wanted.argocd
    parameters = cluster.config(namespace, "argocd-cmd-params-cm")
    if parameters is not None and parameters.get("controller.sync.timeout.seconds", "0") not in ("", "0"):
        # appcontroller.go of 3.2.11: a terminated operation failed for its commit, and is not retried.
        yield (
            "Argo CD ends a sync by its time-out and never tries that commit again; unset it: a pod that "
            "never comes fails its sync by progressDeadlineSeconds, and the sync is retried; "
            f"kubectl --namespace {namespace} patch configmap argocd-cmd-params-cm --type merge --patch "
            '\'{"data":{"controller.sync.timeout.seconds":"0"}}\', and restart its application controller'
        )
    yield from _elsewhere(said)


def _elsewhere(said: RepositoryConfig) -> Sequence[str]:
    names = sorted({spec.cluster for spec in said.environments if spec.cluster != IN_CLUSTER})
    return [
        f"the cluster {name} is another: see that Argo CD has it by this name, and that what splits its "
        "traffic is installed there; nothing was looked at or made in it"
        for name in names
    ]
