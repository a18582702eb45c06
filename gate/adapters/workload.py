"""What runs behind the tracks: the Services say which artifact, the Deployments whether it is ready."""

from __future__ import annotations

from sluicegate.gate.adapters.kubeapi import ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.release import Version

DIGEST = "sluicegate.dev/digest"
MODEL = "sluicegate.dev/model"
VERSION = "sluicegate.dev/version"


def selector(api: ObjectReader, namespace: str, model: str, track: str, version: Version) -> dict[str, str]:
    """The labels of the pods behind a track's Service. Raises NoData unless they are to be the version's."""
    what = f"Service {model}-{track} in {namespace}"
    service = api.get(f"/api/v1/namespaces/{namespace}/services/{model}-{track}", what)
    found = service["metadata"]["annotations"].texts.get(DIGEST)
    if found != version.digest:
        raise NoData(
            f"{what} leads to {_short(found)}, not to version {version.version} ({_short(version.digest)}); "
            "wait for the sync"
        )
    labels = service["spec"]["selector"].texts
    if not labels:
        raise NoData(f"{what} selects no pods; see the chart")
    return labels


def not_ready(
    api: ObjectReader, namespace: str, model: str, version: Version, pods: dict[str, str]
) -> str | None:
    """Why the pods of a version, which have these labels, are not all ready. Raises NoData."""
    what = f"Deployments of {model} in {namespace}"
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    found = api.get(path, what, labelSelector=f"{MODEL}={model}")
    if not isinstance(found["items"].value, list):
        raise found["items"].odd("a list")
    mine = [node for node in found["items"].items() if _of(node, version, pods)]
    if not mine:
        return f"no Deployment runs version {version.version} ({_short(version.digest)}); wait for the sync"
    return next(filter(None, map(_wanting, mine)), None)


def _of(deployment: Node, version: Version, pods: dict[str, str]) -> bool:
    """Whether it runs the version's artifact, in the pods that the track's Service selects."""
    metadata = deployment["metadata"]
    labels = deployment["spec"]["template"]["metadata"]["labels"].texts
    number = metadata["labels"].texts.get(VERSION)
    return (
        metadata["annotations"].texts.get(DIGEST) == version.digest
        and number in (None, str(version.version))
        and pods.items() <= labels.items()
    )


def _wanting(deployment: Node) -> str | None:
    """Why not all its pods are of its present template and available, at least one of them."""
    metadata, status = deployment["metadata"], deployment["status"]
    name = f"Deployment {metadata['name'].text}"
    generation, seen = metadata["generation"].whole, status["observedGeneration"].whole
    if metadata["deletionTimestamp"].value is not None:
        return f"{name} is being deleted; wait for the sync"
    if generation is None or seen != generation:
        return f"{name}: generation {seen} is observed, not {generation}; wait"
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
