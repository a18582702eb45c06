"""An answer of a Prometheus by what is asked of it, and what in it cannot be used."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sluicegate.gate.adapters import business
from sluicegate.gate.adapters.gateways.base import Dialect, SeriesSelector
from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.samples import START, NoData, Series
from sluicegate.gate.adapters.scrapes import NOW, OF

_SCRAPER = frozenset({"container", "endpoint", "job", "prometheus", "prometheus_replica", "replica"})
"""Labels of the scraper, not of what is scraped: an instance that differs in these alone is counted twice."""


class Index:
    """An answer by what is asked of it."""

    def __init__(self, points: Iterable[Points], gateway: Dialect) -> None:
        self.stamps: list[Points] = []
        self.starts: list[Points] = []
        self.servers: dict[str, list[Points]] = {}
        self._gateway = gateway
        self.business = business.Index()
        self._own: dict[str, list[Points]] = {}
        for one in points:
            if self.business.takes(one):
                continue
            if OF in one.labels:
                self.stamps.append(one)
            elif one.name == START:
                self.starts.append(one)
            elif one.name in gateway.names:
                self._own.setdefault(one.labels.get(gateway.label, ""), []).append(one)
            else:
                self.servers.setdefault(one.labels.get("model", ""), []).append(one)

    def about(self, model: SeriesSelector) -> list[Points]:
        """The gateway's own series about a model."""
        return [
            one for text, points in self._own.items() if self._gateway.is_about(text, model) for one in points
        ]


def merged(points: Iterable[Points]) -> list[Points]:
    """Each series once, with the values of all answers."""
    merged: dict[object, Points] = {}
    for one in points:
        known = merged.setdefault((one.name, frozenset(one.labels.items())), one)
        if known is not one:
            known.values.update(one.values)
    return list(merged.values())


def time_of(points: Iterable[Points]) -> float:
    """The server's present. Raises NoData."""
    for one in points:
        if one.labels.get(OF) == NOW:
            return next(iter(one.values))
    raise NoData("did not tell its time", "see whether the address is a Prometheus")


def refuse_duplicates(series: Iterable[Series]) -> None:
    """Raises NoData where one instance is scraped twice: its requests would count as twice as many."""
    seen: dict[object, Series] = {}
    for one in series:
        labels = one.labels
        if "instance" not in labels:
            continue
        key = one.name, frozenset(pair for pair in labels.items() if pair[0] not in _SCRAPER)
        other = seen.setdefault(key, one)
        # A target that was renamed has two series, one after the other.
        if other is one or not (~np.isnan(one.values) & ~np.isnan(other.values)).any():
            continue
        pairs = ", ".join(f"{k}={v}" for k, v in sorted(set(labels.items()) ^ set(other.labels.items())))
        raise NoData(
            f"has {one.name} of {labels['instance']} twice ({pairs})",
            "name one of them in metrics.labels of environment.yaml",
        )
