"""Figures straight from the gateway's /metrics, and from the servers' through it; no Prometheus needed."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from prometheus_client.parser import text_string_to_metric_families

from sluicegate.gate.adapters.bounded_http import NoAnswer
from sluicegate.gate.adapters.http_get import SECONDS, get
from sluicegate.gate.adapters.samples import START, NoData, Sample, Samples
from sluicegate.gate.adapters.source import CounterSource, FailureCounters, reading
from sluicegate.gate.core.decision import Reading
from sluicegate.specs.release import Release

_LINE = re.compile(r"^(sluice_\w+|process_start_time_seconds)[ \t{]")
"""The only lines that are parsed: parsing costs 20 microseconds a line, and a gateway serves many models."""


@dataclass(frozen=True)
class Scrape:
    """The gateway at `url`; the servers' metrics stand at `url`/servers/MODEL/TRACK/metrics."""

    url: str
    seconds: float = SECONDS
    """The most that one request may take."""

    def read(self, release: Release, bads: FailureCounters, now: datetime) -> Reading:
        """See `sluicegate.gate.adapters.source.Source`."""
        base, model = self.url.rstrip("/"), quote(release.model, safe="")
        asked = any(kind.at == "server" for kinds in bads.values() for kind in kinds)
        tracks = {"canary": release.canary, "stable": release.stable} if asked and release.stable else {}
        with ThreadPoolExecutor(2) as pool:
            servers = {
                track: pool.submit(
                    self._place,
                    f"the {track} server",
                    f"{base}/servers/{model}/{track}/metrics",
                    release,
                    version.digest,
                    now,
                )
                for track, version in tracks.items()
                if version is not None
            }
        nothing = CounterSource(problem="its server was not asked")
        # The gateway last: each request is then counted there when its score is, and bad never exceeds all.
        return reading(
            release,
            bads,
            now,
            {
                "canary": servers["canary"].result() if "canary" in servers else nothing,
                "stable": servers["stable"].result() if "stable" in servers else nothing,
                "gateway": self._place("the gateway", f"{base}/metrics", release, None, now),
            },
        )

    def _place(
        self, who: str, url: str, release: Release, digest: str | None, now: datetime
    ) -> CounterSource:
        try:
            samples = parse(get(url, self.seconds), release.model)
            started = _started(samples)
            # Counting that began now would begin again at every look until then.
            if started is not None and started > now:
                raise NoData(
                    f"says that it started at {started:%Y-%m-%d %H:%M:%S} UTC, later than now; set its clock"
                )
        except (NoAnswer, NoData) as error:
            return CounterSource(problem=f"{url} {error}")

        def restarted(_name: str, since: datetime) -> str | None:
            if started is None or started <= since:
                return None
            return f"{who} started anew at {started:%Y-%m-%d %H:%M:%S} UTC, so its counters began at 0"

        return CounterSource(Samples(samples, release.model, digest), restarted=restarted)


def parse(body: bytes, model: str) -> list[Sample]:
    """The samples about one model in a text exposition (format 0.0.4). Raises NoData."""
    mark = f'model="{model}"'
    lines = [line for line in body.decode("utf-8", "replace").splitlines() if _LINE.match(line)]
    if not lines:
        raise NoData("answered with no metrics of Sluicegate; see whether the address is a gateway's")
    text = "\n".join(line for line in lines if mark in line or line.startswith(START)) + "\n"
    try:
        families = list(text_string_to_metric_families(text))
    # The parser raises what its string handling happens to raise; none of it may end the gate.
    except Exception as error:
        raise NoData(f"answered with what is no metrics text: {error}") from error
    return [Sample(s.name, s.labels, float(s.value)) for family in families for s in family.samples]


def _started(samples: list[Sample]) -> datetime | None:
    """When the process began. Raises NoData for a time that cannot be."""
    for sample in samples:
        if sample.name == START:
            try:
                return datetime.fromtimestamp(sample.value, UTC)
            except (ValueError, OverflowError, OSError) as error:
                raise NoData(f"says that it started at {sample.value}, which is no time") from error
    return None
