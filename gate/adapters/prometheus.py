"""Figures from a Prometheus by its HTTP API (/api/v1/query, instant queries).

The series themselves are read in one query, so all sums are of one moment, and summed here as a scrape's are.
That moment is one at which all targets were scraped close together: of two tracks of which one was scraped
much later, the other one would seem to have answered less.
Counter resets are searched for in the range since counting began: a sum alone would hide the restart of one
replica behind the growth of the others. That query is about the gateway's own series, each by itself; its
dialect (`sluicegate.gate.adapters.gateways`) selects them and translates them to the gate's names.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sluicegate.gate.adapters.bounded_http import NoAnswer
from sluicegate.gate.adapters.gateways.base import FAMILIES, Dialect, SeriesSelector
from sluicegate.gate.adapters.gateways.sluice import SLUICE
from sluicegate.gate.adapters.http_get import SECONDS, get
from sluicegate.gate.adapters.samples import READY, START, WEIGHT, NoData, Sample, Samples
from sluicegate.gate.adapters.source import CounterSource, CounterSources, FailureCounters, reading
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import ANSWERED
from sluicegate.specs.release import Release, Version

_log = logging.getLogger(__name__)
MOST_SERIES = 20_000
MARGIN_SECONDS = 0.5
"""Added to the range that is searched for resets, so that it holds the sample that counting began with."""
_SCRAPER = frozenset({"container", "endpoint", "job", "prometheus", "prometheus_replica", "replica"})
"""Labels of the scraper, not of what is scraped: an instance that differs in these alone is counted twice."""


@dataclass(frozen=True)
class Prometheus:
    """The server at `url`; every series of the environment has these `labels`."""

    url: str
    labels: Mapping[str, str] = field(default_factory=dict)
    seconds: float = SECONDS
    """The most that one query may take."""
    stale_seconds: float = 60.0
    """A newest sample older than this is no data: the gateway is not being scraped."""
    gateway: Dialect = SLUICE
    namespace: str = ""
    """Of the models in a cluster; empty where there is no cluster, and no series has a namespace."""

    def read(self, release: Release, failure_counters: FailureCounters, now: datetime) -> Reading:
        """See `Source`. The reading is of the time of the oldest sample in it."""
        model = SeriesSelector(release.model, self.namespace, self.labels)
        try:
            moment, oldest, present = self._moment(model)
            samples = self._samples(model, _server_names(failure_counters), moment)
        except NoData as error:
            _log.info("%s %s", self.url, error)
            nothing = CounterSource(problem=f"{self.url} {error}")
            sources: CounterSources = {"gateway": nothing, "canary": nothing, "stable": nothing}
            return reading(release, failure_counters, now, sources)

        def reset_reason(name: str, since: datetime) -> str | None:
            if name in FAMILIES:
                series = self.gateway.series(model, frozenset({name}))
            else:
                series = self._servers(model, {name})
            seconds = (now - since).total_seconds() - (present - moment) + MARGIN_SECONDS
            return self._reset_reason(name, series, seconds, moment)

        def servers(version: Version | None) -> CounterSource:
            digest = version.digest if version is not None else None
            return CounterSource(Samples(samples, release.model, digest), reset_reason=reset_reason)

        gateway = Samples(samples, release.model, edges_remedy=self.gateway.edges_remedy)
        sources = {
            "gateway": CounterSource(gateway, reset_reason=reset_reason),
            "canary": servers(release.canary),
            "stable": servers(release.stable),
        }
        at = now - timedelta(seconds=present - oldest)
        return reading(release, failure_counters, at, sources)

    def _servers(self, model: SeriesSelector, names: Iterable[str]) -> str:
        """The selector of what is not the gateway's: by model, and by namespace if there is one."""
        labels = {"model": model.model}
        if model.namespace:
            labels["namespace"] = model.namespace
        return f'{{__name__=~"{"|".join(sorted(names))}",{model.matchers(**labels)}}}'

    def _samples(self, model: SeriesSelector, names: Iterable[str], moment: float) -> list[Sample]:
        """All figures of one moment, the gateway's translated to the gate's names. Raises NoData."""
        if self.gateway.name == SLUICE.name:
            # In one selector, without `or`, which takes series for equal that differ in their name alone.
            metric_names = frozenset(names) | frozenset(FAMILIES)
            query = self._servers(model, metric_names)
        else:
            metric_names = frozenset(names)
            query = f"{self.gateway.series(model)} or {self._servers(model, metric_names)}"
        samples = self._vector(query, moment)
        _refuse_duplicates(samples)
        own = [sample for sample in samples if sample.name in metric_names]
        others = [sample for sample in samples if sample.name not in metric_names]
        return own + self.gateway.translate(others, model)

    def _moment(self, model: SeriesSelector) -> tuple[float, float, float]:
        """When all targets were scraped closest together: that time, the oldest sample's, and the present.

        By the server's clock, in seconds. An instant query looks back up to five minutes: after a Prometheus
        that was away, the newest figures of a target that it has not found again are of another time than
        the gateway's. So those of now are compared with those of the oldest. Raises NoData.
        """
        newest = self._stamps(model)
        now = newest.pop("now", None)
        if now is None:
            raise NoData("did not tell its time", "see whether the address is a Prometheus")
        if "min gateway" not in newest:
            series = self.gateway.alive(model)
            raise NoData(f"has no series {series}", "see whether it scrapes the gateway")
        first = min(newest.values())
        last = max(newest.values())
        for of, stamp in newest.items():
            if not 0 <= now - stamp <= self.stale_seconds:
                target = of.split()[1]
                raise NoData(f"has no sample of its {target} for {now - stamp:.0f} s", "see its targets")
        earlier = self._stamps(model, first)
        then = min(earlier.values())
        if earlier.keys() > newest.keys() and first - then < last - first:
            return first, then, now
        return last, first, now

    def _stamps(self, model: SeriesSelector, moment: float | None = None) -> dict[str, float]:
        """When the gateway's and the servers' newest samples were: the first and last of each, and `now`."""
        series = {"gateway": self.gateway.alive(model), "servers": self._servers(model, {ANSWERED})}
        parts = {f"{how} {of}": f"{how}(timestamp({series[of]}))" for of in series for how in ("min", "max")}
        parts["now"] = "vector(time())"
        query = " or ".join(f'label_replace({part}, "of", "{of}", "", "")' for of, part in parts.items())
        return {sample.labels.get("of", ""): sample.value for sample in self._vector(query, moment)}

    def _reset_reason(self, name: str, series: str, seconds: float, moment: float) -> str | None:
        """How many counters of this name were reset, vanished, or belong to a process that restarted."""
        span = f"{max(math.ceil(1000 * seconds), 1)}ms"
        count = self._vector(
            f"count((resets({series}[{span}]) > 0)"
            f" or ({series} offset {span} unless {series})"
            f" or (present_over_time({series}[{span}]) unless {series})"
            f" or ({series} and on (job, instance) changes({START}[{span}]) > 0))",
            moment,
        )
        if not count:
            return None
        return f"{count[0].value:.0f} series of {name} were reset or vanished in the last {seconds:.0f} s"

    def _vector(self, query: str, moment: float | None = None) -> list[Sample]:
        """An instant vector, of now or of a moment. Raises NoData for anything but a whole, finite answer."""
        parameters = {"query": query}
        if moment is not None:
            parameters["time"] = f"{moment:.3f}"
        address = f"{self.url.rstrip('/')}/api/v1/query?{urlencode(parameters)}"
        try:
            body = get(address, self.seconds)
        except NoAnswer as error:
            raise NoData(f"{error.message} (query {query})", error.remedy) from error
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise NoData("did not answer with JSON", "see whether the address is a Prometheus") from error
        return list(_parse_vector(answer))


def _server_names(failure_counters: FailureCounters) -> frozenset[str]:
    """The series that gates need beside the gateway's own, and what tells weight and readiness."""
    counters = [counter for kinds in failure_counters.values() for counter in kinds]
    selectors = [selector for counter in counters for selector in (*counter.plus, *counter.minus)]
    return frozenset({selector.sample for selector in selectors} - set(FAMILIES) | {ANSWERED, READY, WEIGHT})


def _parse_vector(answer: Any) -> Iterable[Sample]:
    if not isinstance(answer, dict):
        raise NoData("did not answer the query: the answer is not an object")
    if answer.get("status") != "success":
        reason = str(answer.get("error", ""))[:300] or "no status success"
        raise NoData(f"did not answer the query: {reason}")
    if answer.get("warnings"):
        raise NoData(f"answered in part only: {str(answer['warnings'])[:300]}")
    data = answer.get("data")
    if not isinstance(data, dict) or data.get("resultType") != "vector":
        raise NoData("did not answer with an instant vector")
    result = data.get("result")
    if not isinstance(result, list):
        raise NoData("did not answer with an instant vector")
    if len(result) > MOST_SERIES:
        raise NoData(f"answered with {len(result):,} series, more than {MOST_SERIES:,}")
    for item in result:
        yield _parse_sample(item)


def _parse_sample(item: Any) -> Sample:
    try:
        value = float(item["value"][1])
        labels = {str(key): str(text) for key, text in item["metric"].items()}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise NoData("answered with a series that has no value") from error
    return Sample(labels.pop("__name__", ""), labels, value)


def _refuse_duplicates(samples: Iterable[Sample]) -> None:
    """Raises NoData where one instance is scraped twice: its requests would count as twice as many."""
    seen: dict[object, Sample] = {}
    for sample in samples:
        labels = sample.labels
        if "instance" not in labels:
            continue
        key = sample.name, frozenset(pair for pair in labels.items() if pair[0] not in _SCRAPER)
        other = seen.setdefault(key, sample)
        if other is sample:
            continue
        pairs = ", ".join(f"{k}={v}" for k, v in sorted(set(labels.items()) ^ set(other.labels.items())))
        raise NoData(
            f"has {sample.name} of {labels['instance']} twice ({pairs})",
            "name one of them in metrics.labels of environment.yaml",
        )
