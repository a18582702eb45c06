"""What every kind of splitting tells, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sluicegate.gate.adapters.kubeapi import ObjectReader
from sluicegate.gate.adapters.node import Node
from sluicegate.gate.adapters.samples import NoData
from sluicegate.specs.release import Release


@dataclass(frozen=True)
class Split:
    """The split that the cluster says is in effect."""

    weight: int
    """The canary's percent."""
    changed: datetime | None
    """When the object that carries it was last changed, to the second; None where it does not tell."""


Reader = Callable[[ObjectReader, str, Release], Split]
"""(the cluster, the namespace, the release) -> its split. Raises NoData for whatever is not so."""


def changed(found: Node) -> datetime | None:
    """When anything but an object's status was last changed, by whoever did it.

    The API server notes it for each writer, and not where a write changed nothing: a sync that applied what
    was there already leaves it. Raises NoData.
    """
    managed = found["metadata"]["managedFields"].items()
    moments = [entry["time"].moment for entry in managed if entry["subresource"].text != "status"]
    return max((moment for moment in moments if moment is not None), default=None)


def weight(rules: Node, weights: Callable[[Node], dict[str, int]], release: Release, place: str) -> int:
    """The canary's percent by the rules that split; `weights` reads one rule's backends. Raises NoData.

    A rule by header or segment sends all to one track; the split is the rule that names both.
    """
    tracks = {f"{release.model}-{track}" for track in ("stable", "canary")}
    shares = {}
    for rule in rules.items():
        found = weights(rule)
        alone = len(found) < 2 and release.stable is not None
        if tracks & set(found) and not alone:
            shares[rule.place] = share(found, release, rule.place)
    return agreed(shares, place)


def share(weights: dict[str, int], release: Release, place: str) -> int:
    """The canary's percent from the tracks' weights, which add up to 100. Raises NoData."""
    canary, stable = f"{release.model}-canary", f"{release.model}-stable"
    needed = {canary} | ({stable} if release.stable is not None else set())
    others = sorted(name for name, weight in weights.items() if weight and name not in (canary, stable))
    if others:
        raise NoData(f"{place} sends requests to {', '.join(others)} too; only the two tracks may get any")
    if missing := sorted(needed - set(weights)):
        raise NoData(f"{place} does not name {', '.join(missing)}; see whether the release is synced")
    total = sum(weights.values())
    if total != 100 and not (total == 0 and release.stable is None):
        raise NoData(f"{place} has weights that add up to {total}, not to 100; see the chart's values")
    return weights[canary]


def agreed(shares: dict[str, int], place: str) -> int:
    """The one share that all weighted rules have. Raises NoData for none, and for several."""
    if not shares:
        raise NoData(f"{place} has no rule that names the tracks; see whether the release is synced")
    if len(set(shares.values())) > 1:
        told = ", ".join(f"{rule.rpartition(': ')[2]}: {weight} %" for rule, weight in shares.items())
        raise NoData(f"{place} has rules that disagree about the weight ({told}); let them agree")
    return next(iter(shares.values()))
