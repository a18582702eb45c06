"""Figures straight from the /metrics of the gateway, and of the servers through it: without a Prometheus."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from prometheus_client.parser import text_string_to_metric_families

from sluicegate.gate.adapters.bounded_http import NoAnswer
from sluicegate.gate.adapters.http_get import SECONDS, get
from sluicegate.gate.adapters.samples import START, NoData, Sample, Samples
from sluicegate.gate.adapters.source import CounterSource, FailureCounters, Location, Track, reading
from sluicegate.gate.core.decision import Reading
from sluicegate.specs.release import Release, Version

_log = logging.getLogger(__name__)
_LINE = re.compile(r"^(sluice_\w+|process_start_time_seconds)[ \t{]")
"""The only lines that are parsed: parsing costs 20 microseconds a line, and a gateway serves many models."""


@dataclass(frozen=True)
class Scrape:
    """The gateway at `url`; the servers' metrics are at `url`/servers/MODEL/TRACK/metrics."""

    url: str
    seconds: float = SECONDS
    """The most that one request may take."""

    def read(self, release: Release, failure_counters: FailureCounters, now: datetime) -> Reading:
        """See `sluicegate.gate.adapters.source.Source`."""
        base = self.url.rstrip("/")
        model = quote(release.model, safe="")
        tracks = _tracks_to_scrape(release, failure_counters)
        with ThreadPoolExecutor(2) as pool:
            servers = {
                track: pool.submit(
                    self._source,
                    f"the {track} server",
                    f"{base}/servers/{model}/{track}/metrics",
                    release,
                    version.digest,
                    now,
                )
                for track, version in tracks.items()
            }
        sources: dict[Location, CounterSource] = {
            "canary": CounterSource(problem="its server was not scraped"),
            "stable": CounterSource(problem="its server was not scraped"),
        }
        sources.update({track: server.result() for track, server in servers.items()})
        # The gateway last: a request whose score is counted is counted there by then, so failures never
        # outnumber requests.
        sources["gateway"] = self._source("the gateway", f"{base}/metrics", release, None, now)
        return reading(release, failure_counters, now, sources)

    def _source(
        self, who: str, url: str, release: Release, digest: str | None, now: datetime
    ) -> CounterSource:
        try:
            samples = parse(get(url, self.seconds), release.model)
            started = _started(samples)
            # A baseline taken now would be before that start at every evaluation until then, and be reset.
            if started is not None and started > now:
                moment = f"{started:%Y-%m-%d %H:%M:%S} UTC"
                raise NoData(f"says that it started at {moment}, later than now", "set its clock")
        except (NoAnswer, NoData) as error:
            _log.info("%s %s", url, error)
            return CounterSource(problem=f"{url} {error}")

        def reset_reason(_name: str, since: datetime) -> str | None:
            if started is None or started <= since:
                return None
            return f"{who} restarted at {started:%Y-%m-%d %H:%M:%S} UTC, so its counters began at 0"

        return CounterSource(Samples(samples, release.model, digest), reset_reason=reset_reason)


def _tracks_to_scrape(release: Release, failure_counters: FailureCounters) -> dict[Track, Version]:
    """The tracks whose servers count something that a gate needs; none for a first release."""
    counters = (counter for kinds in failure_counters.values() for counter in kinds)
    if release.stable is None or all(counter.at != "server" for counter in counters):
        return {}
    if release.canary is None:
        return {"stable": release.stable}
    return {"canary": release.canary, "stable": release.stable}


def parse(body: bytes, model: str) -> list[Sample]:
    """The samples about one model in a text exposition (format 0.0.4). Raises NoData."""
    mark = f'model="{model}"'
    lines = [line for line in body.decode("utf-8", "replace").splitlines() if _LINE.match(line)]
    if not lines:
        raise NoData("answered without metrics of Sluicegate", "see whether the address is a gateway's")
    text = "\n".join(line for line in lines if mark in line or line.startswith(START)) + "\n"
    try:
        families = list(text_string_to_metric_families(text))
    # The parser raises what its string handling happens to raise; none of it may end the gate.
    except Exception as error:
        raise NoData(f"did not answer with metrics text: {error}") from error
    return [Sample(s.name, s.labels, float(s.value)) for family in families for s in family.samples]


def _started(samples: list[Sample]) -> datetime | None:
    """When the process began, where it says so. Raises NoData for what is not a time."""
    for sample in samples:
        if sample.name == START:
            try:
                return datetime.fromtimestamp(sample.value, UTC)
            except (ValueError, OverflowError, OSError) as error:
                raise NoData(f"says that it started at {sample.value}, which is not a time") from error
    return None
