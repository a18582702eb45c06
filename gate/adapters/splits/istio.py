"""VirtualService of Istio: its weights; a status, where there is one (PILOT_ENABLE_STATUS), must agree."""

from __future__ import annotations

from sluicegate.gate.adapters.kubeapi import ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData
from sluicegate.gate.adapters.splits.base import Split, changed, weight
from sluicegate.specs.release import Release


def read(api: ObjectReader, namespace: str, release: Release) -> Split:
    """See `Reader`."""
    path = f"/apis/networking.istio.io/v1/namespaces/{namespace}/virtualservices/{release.model}"
    service = api.get(path, f"VirtualService {release.model} in {namespace}")
    _require_reconciled(service)
    rules = service["spec"]["http"]
    found = weight(rules, lambda rule: _weights(rule, namespace), release, service.place)
    return Split(found, changed(service))


def _weights(rule: Node, namespace: str) -> dict[str, int]:
    routes = rule["route"].items()
    weights: dict[str, int] = {}
    for route in routes:
        host = route["destination"]["host"].text or ""
        ends = (f".{namespace}.svc.cluster.local", f".{namespace}.svc", f".{namespace}")
        name = next((host.removesuffix(end) for end in ends if host.endswith(end)), host)
        if not name or name in weights:
            raise route.odd("a destination with a host of its own")
        part = route["weight"].whole
        # Istio's own reading: a single destination gets all, one of several without a weight none.
        weights[name] = part if part is not None else 100 if len(routes) == 1 else 0
    return weights


def _require_reconciled(service: Node) -> None:
    generation, status = service["metadata"]["generation"].whole, service["status"]
    seen = status["observedGeneration"].value
    # Istio writes this one as a text.
    if seen is not None and str(seen) != str(generation):
        raise NoData(f"{service.place}: Istio has taken up generation {seen}, not {generation}; wait")
    for condition in status["conditions"].items():
        if condition["type"].text == "Reconciled" and condition["status"].text != "True":
            raise NoData(f"{service.place} is not Reconciled; wait, or see istioctl analyze")
    for said in status["validationMessages"].items():
        if said["level"].text == "ERROR":
            raise NoData(f"{service.place} has an error by Istio's own analysis; see istioctl analyze")
