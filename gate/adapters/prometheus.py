"""Figures from a Prometheus by its HTTP API: for all running releases at once, now and at a grid of moments.

One instant query tells the present and the time of the server; one range query per length of step
(/api/v1/query_range) what was at the ends of its windows. The grid is a multiple of the policy's window that
doubles as the step goes on, and is laid over the clock, so that each look sees the same windows.
A moment counts where every target was scraped lately, and has been scraped again since the moment before: of
two tracks of which one was scraped much later, the other one would seem to have answered less.
The series themselves are read, each by itself: a sum would hide the restart of one replica behind the growth
of the others. The gateway's dialect (`sluicegate.gate.adapters.gateways`) selects its series and translates
them to the gate's names.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import numpy as np

from sluicegate.gate.adapters import business
from sluicegate.gate.adapters.answer_index import Index, merged, refuse_duplicates, time_of
from sluicegate.gate.adapters.bounded_http import NoAnswer, TooLarge
from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.gateways.base import FAMILIES, Dialect, SeriesSelector
from sluicegate.gate.adapters.gateways.sluice import SLUICE
from sluicegate.gate.adapters.http_get import SECONDS, get
from sluicegate.gate.adapters.matrix import at_moments, parse
from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.range_grid import by_step, grid, since_of, step_of
from sluicegate.gate.adapters.resets import Starts, within_step
from sluicegate.gate.adapters.samples import READY, START, WEIGHT, NoData, Series
from sluicegate.gate.adapters.scrapes import NOW, OF, Scrapes
from sluicegate.gate.adapters.source import nothing, reading
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import ANSWERED, REQUESTS

_log = logging.getLogger(__name__)
LARGEST = 64 << 20
"""Bytes of one answer; where more is needed, fewer releases are asked about at a time."""
LONGEST = 1_500
"""Characters of all models' names in one query: they are in its address several times."""


@dataclass(frozen=True)
class Prometheus:
    """The server at `url`; every series of the environment has these `labels`."""

    url: str
    labels: Mapping[str, str] = field(default_factory=dict)
    seconds: float = SECONDS
    """The most that one query may take."""
    stale_seconds: float = 60.0
    """A newest sample older than this is no data: the target is not being scraped."""
    gateway: Dialect = SLUICE
    namespace: str = ""
    """Of the models in a cluster; empty where there is no cluster, and no series has a namespace."""

    def read(self, queries: Sequence[Query], now: datetime) -> list[Reading]:
        """See `Source`. The readings are of the newest moment that counts."""
        readings: list[Reading] = []
        for chunk in _chunks(queries):
            readings += self._read(chunk, now)
        return readings

    def _read(self, queries: Sequence[Query], now: datetime) -> list[Reading]:
        """One query for all; in halves where the answer is too large."""
        try:
            newest = self._ask("query", queries)
            present = time_of(newest)
            histories = {
                step: self._ask("query_range", group, grid(group, step, present))
                for step, group in by_step(queries, present).items()
            }
        except TooLarge:
            if len(queries) > 1:
                half = len(queries) // 2
                return [*self._read(queries[:half], now), *self._read(queries[half:], now)]
            return [nothing(now, f"{self.url} answered with more than {LARGEST:,} bytes")]
        except NoData as error:
            _log.info("%s %s", self.url, error)
            return [nothing(now, f"{self.url} {error}")] * len(queries)
        whole = {step: merged([*points, *newest]) for step, points in histories.items()}
        indexed = {step: Index(points, self.gateway) for step, points in whole.items()}
        return [self._reading(query, indexed[step_of(query, present)], present, now) for query in queries]

    def _reading(self, query: Query, index: Index, present: float, now: datetime) -> Reading:
        """The reading of one release. Never raises for what was answered."""
        model = self._selector([query])
        scrapes = Scrapes.of(index.stamps, query.model)
        kept = scrapes.moments(since_of(query, present), self.stale_seconds)
        problems: dict[Any, NoData] = {}
        try:
            scrapes.require_lately(present, self.stale_seconds, self.gateway.alive(model))
        except NoData as error:
            problems["gateway"] = NoData(f"{self.url} {error}")
        try:
            own = at_moments(index.about(model), kept)
            servers = at_moments(index.servers.get(query.model, ()), kept)
            refuse_duplicates([*own, *servers])
            starts = Starts.of(at_moments(index.starts, kept))
            # Before the translation, which adds up replicas where it has to.
            gateway = self.gateway.translate(within_step(own, starts, np.array(kept)), model)
        except NoData as error:
            return nothing(now, f"{self.url} {error}")
        gauges = [one for one in servers if one.name in (READY, WEIGHT)]
        figures = Figures(
            np.array(kept),
            gateway=[*gateway, *gauges],
            servers=[one for one in servers if one not in gauges],
            counters=own,
            starts=starts,
            edges_remedy=self.gateway.edges_remedy,
            problems=problems,
            business=self._business(query, index.business, kept, present),
        )
        return reading(query, figures, now, datetime.fromtimestamp(present, UTC))

    def _business(
        self, query: Query, index: business.Index, kept: Sequence[float], present: float
    ) -> business.BusinessFigures:
        """The counters of the business that this release is judged by."""
        series: dict[str, list[Series]] = {}
        problems: dict[str, NoData] = {}
        for name in {business.key(*pair) for pair in business.selectors(query.counters)}:
            if name not in index.series:
                continue
            series[name] = at_moments(index.series[name], kept)
            try:
                refuse_duplicates(series[name])
                index.require_lately(name, present, self.stale_seconds)
            except NoData as error:
                problems[name] = NoData(f"{self.url} {error}")
        return business.BusinessFigures(series, problems)

    def _selector(self, queries: Sequence[Query]) -> SeriesSelector:
        return SeriesSelector(tuple(query.model for query in queries), self.namespace, self.labels)

    def _servers(self, models: SeriesSelector, names: Iterable[str]) -> str:
        """The selector of what is not the gateway's: by model, and by namespace if there is one."""
        namespace = {"namespace": models.namespace} if models.namespace else {}
        by_model = models.matchers(**namespace)
        parts = filter(None, (f'__name__=~"{"|".join(sorted(names))}"', models.by("model"), by_model))
        return f"{{{','.join(parts)}}}"

    def _expression(self, queries: Sequence[Query]) -> str:
        """All that is read: the series, when their targets were scraped, when these started, and the time."""
        models = self._selector(queries)
        names = frozenset[str]().union(*(query.sample_names for query in queries))
        servers = names - set(FAMILIES) | {ANSWERED, READY, WEIGHT}
        own = names & set(FAMILIES) | {REQUESTS}
        if self.gateway.name == SLUICE.name:
            # In one selector, without `or`, which takes series for equal that differ in their name alone.
            series = self._servers(models, servers | own)
        else:
            series = f"({self.gateway.series(models, frozenset(own))} or {self._servers(models, servers)})"
        alive = self.gateway.alive(models)
        answered = self._servers(models, {ANSWERED})
        parts = {
            "min gateway": f"min(timestamp({alive}))",
            "max gateway": f"max(timestamp({alive}))",
            "min servers": f"min by (model) (timestamp({answered}))",
            "max servers": f"max by (model) (timestamp({answered}))",
            NOW: "vector(time())",
        }
        stamps = [f'label_replace({part}, "{OF}", "{of}", "", "")' for of, part in parts.items()]
        others = business.asked((c for query in queries for c in query.counters), self.labels)
        targets = " or ".join([series, *others])
        return " or ".join(
            [series, *stamps, *others.values(), f"({START} and on (job, instance) ({targets}))"]
        )

    def _ask(
        self, path: str, queries: Sequence[Query], parameters: Mapping[str, str] | None = None
    ) -> list[Points]:
        """The answer about some releases. Raises NoData for anything but a whole one, TooLarge."""
        expression = self._expression(queries)
        encoded = urlencode({"query": expression, **(parameters or {})})
        try:
            body = get(f"{self.url.rstrip('/')}/api/v1/{path}?{encoded}", self.seconds, LARGEST)
        except TooLarge:
            raise
        except NoAnswer as error:
            raise NoData(f"{error.message} (query {expression[:300]})", error.remedy) from error
        return parse(body)


def _chunks(queries: Sequence[Query]) -> list[list[Query]]:
    """So many at a time that the names of their models, and their own series, fit into an address."""
    chunks: list[list[Query]] = []
    length = LONGEST
    for query in queries:
        own = len(query.model) + 1 + sum(map(len, business.asked(query.counters, {}).values()))
        length += own
        if length > LONGEST:
            chunks.append([])
            length = own
        chunks[-1].append(query)
    return chunks
