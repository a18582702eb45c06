"""HTTPRoute of the Gateway API: in effect since each of its Gateways has accepted its present generation."""

from __future__ import annotations

from datetime import datetime

from sluicegate.gate.adapters.kubeapi import ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData
from sluicegate.gate.adapters.splits.base import Split, changed, weight
from sluicegate.specs.release import Release

CONDITIONS = ("Accepted", "ResolvedRefs")


def read(api: ObjectReader, namespace: str, release: Release) -> Split:
    """See `Reader`."""
    path = f"/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/httproutes/{release.model}"
    route = api.get(path, f"HTTPRoute {release.model} in {namespace}")
    accepted = _accepted(route, namespace)
    own = changed(route)
    since = None if own is None else max((own, *(moment for moment in accepted if moment is not None)))
    rules = route["spec"]["rules"]
    return Split(weight(rules, lambda rule: _weights(rule, namespace), release, route.place), since)


def _weights(rule: Node, namespace: str) -> dict[str, int]:
    weights: dict[str, int] = {}
    for backend in rule["backendRefs"].items():
        kind = backend["group"].text or "", backend["kind"].text or "Service"
        place = backend["namespace"].text or namespace
        name = backend["name"].text
        if name is None or name in weights:
            raise backend.odd("a backend of its own name")
        part = backend["weight"].whole
        name = name if (kind, place) == (("", "Service"), namespace) else f"{kind[1]} {place}/{name}"
        weights[name] = 1 if part is None else part
    return weights


def _accepted(route: Node, namespace: str) -> list[datetime | None]:
    """Since when each Gateway that the route names has taken up this generation. Raises NoData where not."""
    generation = route["metadata"]["generation"].whole
    if generation is None:
        raise route["metadata"]["generation"].odd("a generation")
    statuses = route["status"]["parents"].items()
    wanted = route["spec"]["parentRefs"].items()
    if not wanted:
        raise NoData(f"{route.place} names no Gateway; set gateway.name in the chart's values")
    moments: list[datetime | None] = []
    for parent in wanted:
        key = _parent(parent, namespace)
        found = [status for status in statuses if _parent(status["parentRef"], namespace) == key]
        if not found:
            raise NoData(f"{route.place}: no Gateway {key[0]}/{key[1]} has taken it up; see its listeners")
        for status in found:
            moments += _conditions(status, generation, route.place)
    return moments


def _parent(parent: Node, namespace: str) -> tuple[str, str | None, str | None, int | None]:
    own = parent["namespace"].text or namespace
    return own, parent["name"].text, parent["sectionName"].text, parent["port"].whole


def _conditions(status: Node, generation: int, place: str) -> list[datetime | None]:
    moments = []
    for name in CONDITIONS:
        found = [node for node in status["conditions"].items() if node["type"].text == name]
        if len(found) != 1 or found[0]["status"].text != "True":
            said = found[0]["message"].text if found else "the condition is missing"
            raise NoData(f"{place} is not {name}: {(said or 'no reason given')[:300]}; see the Gateway")
        if found[0]["observedGeneration"].whole != generation:
            seen = found[0]["observedGeneration"].whole
            raise NoData(f"{place}: the Gateway has taken up generation {seen}, not {generation}; wait")
        moments.append(found[0]["lastTransitionTime"].moment)
    return moments
