"""VirtualService of Istio: its weights; a status, where there is one (PILOT_ENABLE_STATUS), must agree."""

from __future__ import annotations

from sluicegate.gate.adapters.kubeapi import ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.routing.base import RouteWeight, changed, weight_of_rules
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.release import Release


def read(api: ObjectReader, namespace: str, release: Release) -> RouteWeight:
    """See `WeightReader`."""
    path = f"/apis/networking.istio.io/v1/namespaces/{namespace}/virtualservices/{release.model}"
    service = api.get(path, f"VirtualService {release.model} in {namespace}")
    _require_reconciled(service)
    rules = service["spec"]["http"]
    weight = weight_of_rules(rules, lambda rule: _destinations(rule, namespace), release, service.location)
    return RouteWeight(weight, changed(service))


def _destinations(rule: Node, namespace: str) -> dict[str, int]:
    """The weight of each destination; a Service of this namespace by its short name."""
    routes = rule["route"].items()
    weights: dict[str, int] = {}
    for route in routes:
        host = route["destination"]["host"].text or ""
        domains = (f".{namespace}.svc.cluster.local", f".{namespace}.svc", f".{namespace}")
        name = next((host.removesuffix(domain) for domain in domains if host.endswith(domain)), host)
        if not name or name in weights:
            raise route.unexpected("a destination with a host of its own")
        weight = route["weight"].whole
        if weight is None:
            # As Istio reads it: a single destination gets all, one of several without a weight none.
            weight = 100 if len(routes) == 1 else 0
        weights[name] = weight
    return weights


def _require_reconciled(service: Node) -> None:
    """Raises NoData where a status says that Istio has not taken up the present generation, or refused it."""
    generation = service["metadata"]["generation"].whole
    status = service["status"]
    observed = status["observedGeneration"].value
    # Istio writes this one as a string.
    if observed is not None and str(observed) != str(generation):
        raise NoData(
            f"{service.location}: Istio has taken up generation {observed}, not {generation}", "wait"
        )
    for condition in status["conditions"].items():
        if condition["type"].text == "Reconciled" and condition["status"].text != "True":
            raise NoData(f"{service.location} is not Reconciled", "wait, or see istioctl analyze")
    for message in status["validationMessages"].items():
        if message["level"].text == "ERROR":
            raise NoData(f"{service.location} has an error by Istio's own analysis", "see istioctl analyze")
