"""Figures straight from a gateway, without a Prometheus.

A gateway that keeps counts by window, as the embedded router does, serves them at /windows/MODEL, in the form
of Prometheus' answer to a range query. Of any other its plain counters are read (/metrics, and those of the
servers through it), and windows lie between the looks of a running gate.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import numpy as np

from sluicegate.gate.adapters import exposition, matrix
from sluicegate.gate.adapters.bounded_http import NoAnswer
from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.http_get import SECONDS, NotFound, get, stream
from sluicegate.gate.adapters.looks import Looks
from sluicegate.gate.adapters.matrix import at_moments
from sluicegate.gate.adapters.points import Points
from sluicegate.gate.adapters.query import Query, Track
from sluicegate.gate.adapters.range_grid import since_of
from sluicegate.gate.adapters.resets import Starts
from sluicegate.gate.adapters.samples import READY, START, WEIGHT, NoData, Series
from sluicegate.gate.adapters.source import nothing, reading
from sluicegate.gate.core.decision import GATEWAY, Reading

_log = logging.getLogger(__name__)
AT_ONCE = 8
"""Requests at a time."""
KEPT = 32 << 20
"""Bytes of one answer that are kept, at most; the whole has no limit but the time."""
ONE_LOOK = (
    "one look at plain counters shows no window; use `sluice gate run`, which remembers its looks, "
    "a Prometheus, or a gateway that keeps windows"
)


@dataclass(frozen=True)
class Scrape:
    """The gateway at `url`; the servers' metrics are at `url`/servers/MODEL/TRACK/metrics."""

    url: str
    seconds: float = SECONDS
    """The most that one request may take."""
    looks: Looks | None = field(default=None, compare=False)
    """What a running gate remembers; None for a look by itself."""

    def read(self, queries: Sequence[Query], now: datetime) -> list[Reading]:
        """See `sluicegate.gate.adapters.source.Source`."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            read = list(pool.map(lambda query: self._windows(query, now), queries))
            plain = [query for query, found in zip(queries, read, strict=True) if found is None]
            others = iter(self._plain(plain, now, pool) if plain else ())
        return [next(others) if found is None else found for found in read]

    def _windows(self, query: Query, now: datetime) -> Reading | None:
        """From the gateway's own windows; None where it keeps none."""
        url = f"{self._base}/windows/{quote(query.model, safe='')}"
        try:
            body = get(url, self.seconds, KEPT)
            if not body.startswith(b"{"):
                return None
            points = matrix.parse(body)
        except NotFound:
            return None
        except (NoAnswer, NoData) as error:
            return self._nothing(url, error, now)
        return _own_windows(query, points, now)

    def _plain(self, queries: Sequence[Query], now: datetime, pool: ThreadPoolExecutor) -> list[Reading]:
        """From plain counters: one look at /metrics for all."""
        asked = [(query, track) for query in queries if _needs_servers(query) for track in query.tracks]
        answers = list(pool.map(lambda pair: self._server(pair[0], pair[1], now), asked))
        servers: dict[str, list[Points]] = {}
        problems: dict[str, dict[Any, NoData]] = {}
        for (query, track), answer in zip(asked, answers, strict=True):
            if isinstance(answer, NoData):
                problems.setdefault(query.model, {})[track] = answer
            else:
                servers.setdefault(query.model, []).extend(answer)
        # The gateway last: a request whose score is counted is counted there by then, so failures never
        # outnumber requests.
        url = f"{self._base}/metrics"
        try:
            text = self._text(url, [query.model for query in queries])
        except (NoAnswer, NoData) as error:
            return [self._nothing(url, error, now)] * len(queries)
        return [
            self._look(query, text, servers.get(query.model, []), problems.get(query.model, {}), now)
            for query in queries
        ]

    def _look(
        self,
        query: Query,
        text: exposition.Texts,
        servers: list[Points],
        problems: dict[Any, NoData],
        now: datetime,
    ) -> Reading:
        """One release by a look; what is wrong with the lines of one model is so for no other."""
        try:
            points = [*exposition.parse(text.about(query.model), now, "gateway"), *servers]
        except NoData as error:
            return self._nothing(f"{self._base}/metrics", error, now)
        if self.looks is not None:
            window = query.policy.window.total_seconds()
            points = self.looks.add(query.release, window, now, points)
        seen = reading(query, _figures(points, problems), now)
        if self.looks is None and query.release.weight > 0 and not seen.missing:
            return Reading(now, seen.weight, seen.ready, missing={GATEWAY: ONE_LOOK})
        return seen

    def _server(self, query: Query, track: Track, now: datetime) -> list[Points] | NoData:
        """The counters of one track's server, or why there are none."""
        url = f"{self._base}/servers/{quote(query.model, safe='')}/{track}/metrics"
        try:
            text = self._text(url, [query.model]).about(query.model)
            return exposition.parse(text, now, track)
        except (NoAnswer, NoData) as error:
            _log.info("%s %s", url, error)
            return NoData(f"{url} {error}")

    def _text(self, url: str, models: Iterable[str]) -> exposition.Texts:
        """What is said about some models. Raises NoAnswer, NoData."""
        kept = exposition.Texts(models)
        stream(url, kept.feed, self.seconds, KEPT)
        kept.end()
        return kept

    def _nothing(self, url: str, error: NoAnswer | NoData, now: datetime) -> Reading:
        _log.info("%s %s", url, error)
        return nothing(now, f"{url} {error}")

    @property
    def _base(self) -> str:
        return self.url.rstrip("/")


def _own_windows(query: Query, points: Sequence[Points], now: datetime) -> Reading:
    """Of a gateway's own windows those since the step began: begun again by a person, it inherits none."""
    present = max((moment for one in points for moment in one.values), default=None)
    if present is None:
        return reading(query, _figures(points), now)
    since = since_of(query, present)
    within = [
        replace(one, values={at: value for at, value in one.values.items() if since is None or at >= since})
        for one in points
    ]
    clock = datetime.fromtimestamp(present, UTC)
    return reading(query, _figures([one for one in within if one.values]), now, clock)


def _needs_servers(query: Query) -> bool:
    """Whether any gate counts at the servers."""
    return any(counter.at == "server" for kinds in query.counted.values() for counter in kinds)


def _figures(points: Sequence[Points], problems: dict[Any, NoData] | None = None) -> Figures:
    """The gateway's and the servers' series apart, at all moments that there are."""
    moments = sorted({moment for one in points for moment in one.values})
    series = at_moments(points, moments)
    starts = [one for one in series if one.name == START]
    gateway = [one for one in series if one.labels.get("job") == "gateway" and one.name != START]
    return Figures(
        np.array(moments),
        gateway=gateway,
        servers=[one for one in series if one not in gateway and one.name != START],
        counters=[one for one in gateway if not _is_gauge(one)],
        starts=Starts.of(starts),
        problems=problems or {},
    )


def _is_gauge(series: Series) -> bool:
    return series.name in (READY, WEIGHT)
