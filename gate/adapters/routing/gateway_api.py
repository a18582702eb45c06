"""HTTPRoute of the Gateway API: in effect since each of its Gateways has accepted its present generation."""

from __future__ import annotations

from datetime import datetime

from sluicegate.gate.adapters.kubeapi import ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.routing.base import RouteWeight, changed, weight_of_rules
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.release import Release

CONDITIONS = ("Accepted", "ResolvedRefs")


def read(api: ObjectReader, namespace: str, release: Release) -> RouteWeight:
    """See `WeightReader`."""
    path = f"/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/httproutes/{release.model}"
    route = api.get(path, f"HTTPRoute {release.model} in {namespace}")
    accepted = _accepted(route, namespace)
    since = changed(route)
    if since is not None:
        since = max((since, *(moment for moment in accepted if moment is not None)))
    rules = route["spec"]["rules"]
    weight = weight_of_rules(rules, lambda rule: _backends(rule, namespace), release, route.location)
    return RouteWeight(weight, since)


def _backends(rule: Node, namespace: str) -> dict[str, int]:
    """The weight of each backend; a Service of the route's own namespace by its name alone."""
    weights: dict[str, int] = {}
    for backend in rule["backendRefs"].items():
        name = backend["name"].text
        if name is None or name in weights:
            raise backend.unexpected("a backend of its own name")
        group = backend["group"].text or ""
        kind = backend["kind"].text or "Service"
        backend_namespace = backend["namespace"].text or namespace
        if (group, kind, backend_namespace) != ("", "Service", namespace):
            name = f"{kind} {backend_namespace}/{name}"
        weight = backend["weight"].whole
        weights[name] = 1 if weight is None else weight
    return weights


def _accepted(route: Node, namespace: str) -> list[datetime | None]:
    """Since when each Gateway that the route names has accepted this generation. Raises NoData where not."""
    generation = route["metadata"]["generation"].whole
    if generation is None:
        raise route["metadata"]["generation"].unexpected("a generation")
    statuses = route["status"]["parents"].items()
    parents = route["spec"]["parentRefs"].items()
    if not parents:
        raise NoData(f"{route.location} names no Gateway", "set gateway.name in the chart's values")
    moments: list[datetime | None] = []
    for parent in parents:
        key = _parent(parent, namespace)
        own = [status for status in statuses if _parent(status["parentRef"], namespace) == key]
        if not own:
            raise NoData(
                f"{route.location}: no Gateway {key[0]}/{key[1]} has taken it up", "see its listeners"
            )
        for status in own:
            moments += _conditions(status, generation, route.location)
    return moments


def _parent(parent: Node, namespace: str) -> tuple[str, str | None, str | None, int | None]:
    gateway_namespace = parent["namespace"].text or namespace
    return gateway_namespace, parent["name"].text, parent["sectionName"].text, parent["port"].whole


def _conditions(status: Node, generation: int, route: str) -> list[datetime | None]:
    """Since when the conditions of one Gateway have been True. Raises NoData where one is not."""
    moments = []
    for name in CONDITIONS:
        conditions = [node for node in status["conditions"].items() if node["type"].text == name]
        if not conditions:
            raise NoData(f"{route} is not {name}: the condition is missing", "see the Gateway")
        if len(conditions) > 1:
            raise NoData(f"{route} has the condition {name} {len(conditions)} times", "see the Gateway")
        condition = conditions[0]
        if condition["status"].text != "True":
            message = condition["message"].text or "no reason given"
            raise NoData(f"{route} is not {name}: {message[:300]}", "see the Gateway")
        observed = condition["observedGeneration"].whole
        if observed != generation:
            raise NoData(f"{route}: the Gateway has taken up generation {observed}, not {generation}", "wait")
        moments.append(condition["lastTransitionTime"].moment)
    return moments
