"""Figures from a Prometheus by its HTTP API (/api/v1/query, instant queries).

The series themselves are read in one query, so all sums are of one moment, and summed here as a scrape's are.
That moment is one at which all targets were scraped close together: of two tracks of which one was scraped
much later, the other one would seem to have answered less.
Whether counters began anew is asked of the range since counting began: a sum alone would hide the restart of
one replica behind the growth of the others. It is asked of the gateway's own series, each for itself; which
they are, and what they say in the gate's words, its dialect tells (`sluicegate.gate.adapters.gateways`).
"""

from __future__ import annotations

import json
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

MOST_SERIES = 20_000
MARGIN_SECONDS = 0.5
"""Added to the range that is searched for restarts, so that it holds the sample that counting began with."""
_SCRAPER = frozenset({"container", "endpoint", "job", "prometheus", "prometheus_replica", "replica"})
"""Labels that tell who scraped, not what was: an instance that differs in these alone is counted twice."""


@dataclass(frozen=True)
class Prometheus:
    """The server at `url`; `labels` stand on every series of the environment."""

    url: str
    labels: Mapping[str, str] = field(default_factory=dict)
    seconds: float = SECONDS
    """The most that one query may take."""
    stale_seconds: float = 60.0
    """A newest sample older than this is no data: the gateway is not being scraped."""
    gateway: Dialect = SLUICE
    namespace: str = ""
    """Of the models in a cluster; empty where there is none, and no series says one."""

    def read(self, release: Release, bads: FailureCounters, now: datetime) -> Reading:
        """See `Source`. The reading is of the time of the oldest sample in it."""
        names = {s.sample for kinds in bads.values() for kind in kinds for s in (*kind.plus, *kind.minus)}
        asked = SeriesSelector(release.model, self.namespace, self.labels)
        try:
            moment, oldest, present = self._moment(asked)
            at = now - timedelta(seconds=present - oldest)
            wanted = frozenset(names - set(FAMILIES) | {ANSWERED, READY, WEIGHT})
            samples = self._samples(asked, wanted, moment)
        except NoData as error:
            nothing = CounterSource(problem=f"{self.url} {error}")
            return reading(release, bads, now, {"gateway": nothing, "canary": nothing, "stable": nothing})

        def restarted(name: str, since: datetime) -> str | None:
            gateway = name in FAMILIES
            series = (
                self.gateway.series(asked, frozenset({name})) if gateway else self._servers(asked, {name})
            )
            seconds = (now - since).total_seconds() - (present - moment) + MARGIN_SECONDS
            return self._restarted(name, series, seconds, moment)

        def place(version: Version | None) -> CounterSource:
            digest = version.digest if version else None
            found = Samples(samples, release.model, digest, self.gateway.edges_remedy if not version else "")
            return CounterSource(found, restarted=restarted)

        places: CounterSources = {
            "gateway": place(None),
            "canary": place(release.canary),
            "stable": place(release.stable),
        }
        return reading(release, bads, at, places)

    def _servers(self, asked: SeriesSelector, names: Iterable[str]) -> str:
        """The selector of what is not the gateway's: by model, and by namespace if there is one."""
        place = {"namespace": asked.namespace} if asked.namespace else {}
        return f'{{__name__=~"{"|".join(sorted(names))}",{asked.fits(model=asked.model, **place)}}}'

    def _samples(self, asked: SeriesSelector, names: Iterable[str], moment: float) -> list[Sample]:
        """All figures of one moment, the gateway's in the gate's words. Raises NoData."""
        # Not `or` where one selector does: it takes series for equal that differ in their name alone.
        ours = self.gateway.name == SLUICE.name
        wanted = frozenset(names) | frozenset(FAMILIES if ours else ())
        query = self._servers(asked, wanted)
        found = self._vector(query if ours else f"{self.gateway.series(asked)} or {query}", moment)
        _refuse_twice(found)
        theirs = [sample for sample in found if sample.name not in wanted]
        return [s for s in found if s.name in wanted] + self.gateway.normal(theirs, asked)

    def _moment(self, asked: SeriesSelector) -> tuple[float, float, float]:
        """When all targets were scraped closest together: that time, the oldest sample's, and the present.

        By the server's clock, in seconds. An instant query looks back up to five minutes: after a Prometheus
        that was away, the newest figures of a target that it has not found again are of another time than
        the gateway's. So those of now are compared with those of the oldest. Raises NoData.
        """
        newest = self._stamps(asked)
        now = newest.pop("now", None)
        if now is None:
            raise NoData("did not tell its time; see whether the address is a Prometheus")
        if "min gateway" not in newest:
            raise NoData(f"has no series {self.gateway.alive(asked)}; see whether it scrapes the gateway")
        first, last = min(newest.values()), max(newest.values())
        for of, stamp in newest.items():
            if not 0 <= now - stamp <= self.stale_seconds:
                raise NoData(f"has no sample of its {of.split()[1]} for {now - stamp:.0f} s; see its targets")
        earlier = self._stamps(asked, first)
        then = min(earlier.values())
        if earlier.keys() > newest.keys() and first - then < last - first:
            return first, then, now
        return last, first, now

    def _stamps(self, asked: SeriesSelector, moment: float | None = None) -> dict[str, float]:
        """When the gateway's and the servers' newest samples were: the first and last of each, and `now`."""
        asks = {"gateway": self.gateway.alive(asked), "servers": self._servers(asked, {ANSWERED})}
        parts = {f"{how} {of}": f"{how}(timestamp({asks[of]}))" for of in asks for how in ("min", "max")}
        parts["now"] = "vector(time())"
        query = " or ".join(f'label_replace({part}, "of", "{of}", "", "")' for of, part in parts.items())
        return {sample.labels.get("of", ""): sample.value for sample in self._vector(query, moment)}

    def _restarted(self, name: str, series: str, seconds: float, moment: float) -> str | None:
        """Whose counters of this name went back, vanished, or belong to a process that began anew."""
        span = f"{max(math.ceil(1000 * seconds), 1)}ms"
        found = self._vector(
            f"count((resets({series}[{span}]) > 0)"
            f" or ({series} offset {span} unless {series})"
            f" or (present_over_time({series}[{span}]) unless {series})"
            f" or ({series} and on (job, instance) changes({START}[{span}]) > 0))",
            moment,
        )
        if not found:
            return None
        return f"{found[0].value:.0f} series of {name} began anew or vanished in the last {seconds:.0f} s"

    def _vector(self, query: str, moment: float | None = None) -> list[Sample]:
        """An instant vector, of now or of a moment. Raises NoData for anything but a whole, finite answer."""
        asked = {"query": query} | ({} if moment is None else {"time": f"{moment:.3f}"})
        address = f"{self.url.rstrip('/')}/api/v1/query?{urlencode(asked)}"
        try:
            body = get(address, self.seconds)
        except NoAnswer as error:
            raise NoData(f"{error} (query {query})") from error
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise NoData("answered with what is no JSON; see whether the address is a Prometheus") from error
        return list(_samples(answer))


def _samples(answer: Any) -> Iterable[Sample]:
    if not isinstance(answer, dict) or answer.get("status") != "success":
        said = answer.get("error", "") if isinstance(answer, dict) else ""
        raise NoData(f"did not answer the query: {str(said)[:300] or 'no status success'}")
    if answer.get("warnings"):
        raise NoData(f"answered in part only: {str(answer['warnings'])[:300]}")
    data = answer.get("data")
    result = data.get("result") if isinstance(data, dict) and data.get("resultType") == "vector" else None
    if not isinstance(result, list):
        raise NoData("answered with no instant vector")
    if len(result) > MOST_SERIES:
        raise NoData(f"answered with {len(result):,} series, more than {MOST_SERIES:,}")
    for item in result:
        yield _sample(item)


def _sample(item: Any) -> Sample:
    try:
        labels, value = item["metric"], float(item["value"][1])
        texts: Mapping[str, str] = {str(key): str(text) for key, text in labels.items()}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise NoData("answered with a series that has no value") from error
    return Sample(texts.get("__name__", ""), {k: v for k, v in texts.items() if k != "__name__"}, value)


def _refuse_twice(samples: Iterable[Sample]) -> None:
    """Raises NoData where one instance is scraped twice: its requests would count as twice as many."""
    seen: dict[object, Sample] = {}
    for sample in samples:
        labels = sample.labels
        if "instance" not in labels:
            continue
        key = sample.name, frozenset(pair for pair in labels.items() if pair[0] not in _SCRAPER)
        if (other := seen.setdefault(key, sample)) is not sample:
            pairs = ", ".join(f"{k}={v}" for k, v in sorted(set(labels.items()) ^ set(other.labels.items())))
            raise NoData(
                f"has {sample.name} of {labels['instance']} twice ({pairs}); "
                "name one of them in metrics.labels of environment.yaml"
            )
