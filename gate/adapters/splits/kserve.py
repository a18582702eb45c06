"""InferenceService of KServe: the split is what its status says, never what its spec asks for.

KServe once ignored the share of a canary in a mode that cannot split, and gave it everything (kserve#5335); a
canary that is not ready gets 0 % without a word.
"""

from __future__ import annotations

from sluicegate.gate.adapters.kubeapi import ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData
from sluicegate.gate.adapters.splits.base import Split, changed
from sluicegate.specs.release import Release


def path(namespace: str, model: str) -> str:
    """Where the InferenceService of a model stands."""
    return f"/apis/serving.kserve.io/v1beta1/namespaces/{namespace}/inferenceservices/{model}"


def read(api: ObjectReader, namespace: str, release: Release) -> Split:
    """See `Reader`."""
    service = api.get(path(namespace, release.model), f"InferenceService {release.model} in {namespace}")
    require_ready(service)
    asked = service["spec"]["predictor"]["canaryTrafficPercent"].whole
    given = _given(service)
    asked = 100 if asked is None and release.stable is None else asked
    if given != asked:
        raise NoData(f"{service.place} gives the canary {given} %, not the {asked} % asked; see its status")
    return Split(given, changed(service))


def _given(service: Node) -> int:
    traffic = service["status"]["components"]["predictor"]["traffic"].items()
    shares = [entry["percent"].whole or 0 for entry in traffic]
    newest = [entry["percent"].whole or 0 for entry in traffic if entry["latestRevision"].value is True]
    if sum(shares) != 100 or len(newest) != 1:
        raise NoData(f"{service.place} does not say how traffic is split; only its serverless mode splits")
    return newest[0]


def require_ready(service: Node) -> None:
    """Raises NoData unless KServe has taken up the present generation, and its newest revision is ready."""
    generation, status = service["metadata"]["generation"].whole, service["status"]
    if generation is None or status["observedGeneration"].whole != generation:
        raise NoData(f"{service.place}: KServe has not taken up generation {generation}; wait")
    ready = [node["status"].text for node in status["conditions"].items() if node["type"].text == "Ready"]
    predictor = status["components"]["predictor"]
    newest = predictor["latestCreatedRevision"].text
    if ready != ["True"] or newest is None or predictor["latestReadyRevision"].text != newest:
        raise NoData(f"{service.place} is not Ready with its newest revision; see its conditions")
