"""The workloads behind the tracks: Services tell which artifact, Deployments whether it is ready."""

from __future__ import annotations

from sluicegate.gate.adapters.kubeapi import ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.release import Version

DIGEST = "sluicegate.dev/digest"
MODEL = "sluicegate.dev/model"
VERSION = "sluicegate.dev/version"


def selector(api: ObjectReader, namespace: str, model: str, track: str, version: Version) -> dict[str, str]:
    """The labels of the pods behind a track's Service. Raises NoData if it serves another version."""
    what = f"Service {model}-{track} in {namespace}"
    service = api.get(f"/api/v1/namespaces/{namespace}/services/{model}-{track}", what)
    digest = service["metadata"]["annotations"].texts.get(DIGEST)
    if digest != version.digest:
        raise NoData(
            f"{what} leads to {_short(digest)}, not to version {version.version} ({_short(version.digest)})",
            "wait for the sync",
        )
    labels = service["spec"]["selector"].texts
    if not labels:
        raise NoData(f"{what} selects no pods", "see the chart")
    return labels


def not_ready(
    api: ObjectReader, namespace: str, model: str, version: Version, pods: dict[str, str]
) -> str | None:
    """Why the pods of a version, which have these labels, are not all ready. Raises NoData."""
    what = f"Deployments of {model} in {namespace}"
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    items = api.get(path, what, labelSelector=f"{MODEL}={model}")["items"]
    if not isinstance(items.value, list):
        raise items.unexpected("a list")
    deployments = [node for node in items.items() if _runs(node, version, pods)]
    if not deployments:
        return f"no Deployment runs version {version.version} ({_short(version.digest)}); wait for the sync"
    return next(filter(None, map(_unavailable, deployments)), None)


def _runs(deployment: Node, version: Version, pods: dict[str, str]) -> bool:
    """Whether it runs the version's artifact, in the pods that the track's Service selects."""
    metadata = deployment["metadata"]
    labels = deployment["spec"]["template"]["metadata"]["labels"].texts
    number = metadata["labels"].texts.get(VERSION)
    return (
        metadata["annotations"].texts.get(DIGEST) == version.digest
        and number in (None, str(version.version))
        and pods.items() <= labels.items()
    )


def _unavailable(deployment: Node) -> str | None:
    """Why it lacks pods that are available and of its present template; it must want at least one."""
    metadata = deployment["metadata"]
    status = deployment["status"]
    name = f"Deployment {metadata['name'].text}"
    generation = metadata["generation"].whole
    observed = status["observedGeneration"].whole
    if metadata["deletionTimestamp"].value is not None:
        return f"{name} is being deleted; wait for the sync"
    if generation is None or observed != generation:
        return f"{name}: generation {observed} is observed, not {generation}; wait"
    desired = deployment["spec"]["replicas"].whole
    if not desired:
        return f"{name} is scaled to {desired} pods; scale it to 1 or more, or let requests do it"
    counts = {key: status[key].whole or 0 for key in ("replicas", "updatedReplicas", "availableReplicas")}
    if set(counts.values()) != {desired}:
        return (
            f"{name}: {counts['availableReplicas']} of {desired} pods available, "
            f"{counts['updatedReplicas']} up to date, {counts['replicas']} in all; see its pods"
        )
    return None


def _short(digest: str | None) -> str:
    return "no artifact" if digest is None else digest[:19]
