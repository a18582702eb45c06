"""The weight of a route: what every kind of traffic routing reports, and the checks that all share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sluicegate.gate.adapters.kubeapi import ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.release import Release


@dataclass(frozen=True)
class RouteWeight:
    """The canary's weight that is in effect in the cluster."""

    weight: int
    """Percent of the requests."""
    changed: datetime | None
    """When the object that holds it was last changed, to the second; None where it does not tell."""


WeightReader = Callable[[ObjectReader, str, Release], RouteWeight]
"""(the cluster, the namespace, the release) -> its weight. Raises NoData if the route is not as committed."""


def changed(node: Node) -> datetime | None:
    """When anything but an object's status was last changed, by whoever did it.

    The API server notes it for each writer, and not where a write changed nothing: a sync that applied what
    was there already leaves it. Raises NoData.
    """
    managed = node["metadata"]["managedFields"].items()
    moments = [entry["time"].moment for entry in managed if entry["subresource"].text != "status"]
    return max((moment for moment in moments if moment is not None), default=None)


def weight_of_rules(
    rules: Node, backends: Callable[[Node], Mapping[str, int]], release: Release, route: str
) -> int:
    """The canary's percent by a route's rules; `backends` reads the weights of one rule. Raises NoData.

    A rule by header or segment sends all to one track; the weight is that of the rules that name both.
    """
    tracks = {f"{release.model}-{track}" for track in ("stable", "canary", "baseline")}
    weights: dict[str, int] = {}
    for rule in rules.items():
        backend_weights = backends(rule)
        to_one_track = len(backend_weights) < 2 and release.stable is not None
        if tracks & set(backend_weights) and not to_one_track:
            weights[rule.location] = canary_weight(backend_weights, release, rule.location)
    return agreed(weights, route)


def canary_weight(backends: Mapping[str, int], release: Release, rule: str) -> int:
    """The canary's percent by the backends' weights, which must add up to 100. Raises NoData."""
    canary = f"{release.model}-canary"
    baseline = f"{release.model}-baseline"
    needed = {canary} if release.stable is None else {canary, f"{release.model}-stable"}
    if release.baseline:
        needed.add(baseline)
    others = sorted(name for name, weight in backends.items() if weight and name not in needed)
    if others:
        raise NoData(
            f"{rule} sends requests to {', '.join(others)} too", "let only the release's tracks get requests"
        )
    if missing := sorted(needed - set(backends)):
        raise NoData(f"{rule} does not name {', '.join(missing)}", "see whether the release is synced")
    total = sum(backends.values())
    # A first release that is tried in the dark has no weight at all yet.
    dark = total == 0 and release.stable is None
    if total != 100 and not dark:
        raise NoData(f"{rule} has weights that add up to {total}, not to 100", "see the chart's values")
    if release.baseline and backends[baseline] != backends[canary]:
        raise NoData(
            f"{rule} gives the baseline {backends[baseline]} % and the canary {backends[canary]} %",
            "let both have the same",
        )
    return backends[canary]


def agreed(weights: Mapping[str, int], route: str) -> int:
    """The one weight that all weighted rules have. Raises NoData for none, and for several."""
    if not weights:
        raise NoData(f"{route} has no rule that names the tracks", "see whether the release is synced")
    if len(set(weights.values())) > 1:
        listed = ", ".join(f"{rule.rpartition(': ')[2]}: {weight} %" for rule, weight in weights.items())
        raise NoData(f"{route} has rules that disagree about the weight ({listed})", "let them agree")
    return next(iter(weights.values()))
