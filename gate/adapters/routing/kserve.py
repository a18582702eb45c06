"""InferenceService of KServe: the weight is what its status reports, never what its spec requests.

KServe once ignored the canary's percentage in a mode that cannot split traffic, and gave it everything
(kserve#5335); a canary that is not ready gets 0 % without a word.
"""

from __future__ import annotations

from sluicegate.gate.adapters.kubeapi import ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.routing.base import RouteWeight, changed
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.release import Release


def path(namespace: str, model: str) -> str:
    """The API path of a model's InferenceService."""
    return f"/apis/serving.kserve.io/v1beta1/namespaces/{namespace}/inferenceservices/{model}"


def read(api: ObjectReader, namespace: str, release: Release) -> RouteWeight:
    """See `WeightReader`."""
    service = api.get(path(namespace, release.model), f"InferenceService {release.model} in {namespace}")
    require_ready(service)
    requested = service["spec"]["predictor"]["canaryTrafficPercent"].whole
    if requested is None and release.stable is None:
        requested = 100
    actual = _actual(service)
    if actual != requested:
        raise NoData(
            f"{service.location} gives the canary {actual} %, not the {requested} % requested",
            "see its status",
        )
    return RouteWeight(actual, changed(service))


def _actual(service: Node) -> int:
    """The percent of the newest revision. Raises NoData where the status does not tell it."""
    traffic = service["status"]["components"]["predictor"]["traffic"].items()
    percents = [entry["percent"].whole or 0 for entry in traffic]
    newest = [entry["percent"].whole or 0 for entry in traffic if entry["latestRevision"].value is True]
    if sum(percents) != 100 or len(newest) != 1:
        raise NoData(
            f"{service.location} does not say how traffic is split",
            "use its serverless mode, the only one that splits",
        )
    return newest[0]


def require_ready(service: Node) -> None:
    """Raises NoData unless KServe has taken up the present generation, and its newest revision is ready."""
    generation = service["metadata"]["generation"].whole
    status = service["status"]
    if generation is None or status["observedGeneration"].whole != generation:
        raise NoData(f"{service.location}: KServe has not taken up generation {generation}", "wait")
    ready = [node["status"].text for node in status["conditions"].items() if node["type"].text == "Ready"]
    predictor = status["components"]["predictor"]
    newest = predictor["latestCreatedRevision"].text
    if ready != ["True"] or newest is None or predictor["latestReadyRevision"].text != newest:
        raise NoData(f"{service.location} is not Ready with its newest revision", "see its conditions")
