"""A real Prometheus that scrapes a real endpoint: one test's model in it, and what the gate reads of that."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import FailureCounter, Selector
from sluicegate.onnx_server.shadow.counts import PairCounts, pair_families
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Release, Traffic
from support.http_stub import Answer, Request
from support.releases import V1, V2

RELEASE = Release("m", "production", stable=V1, canary=V2, weight=5)
BADS = {
    "error_rate": (
        FailureCounter("gateway", plus=(Selector("sluice_gateway_requests_total", unlike={"code": "2.."}),)),
    ),
    "slow_requests": (
        FailureCounter(
            "gateway",
            plus=(Selector("sluice_gateway_request_duration_seconds_count"),),
            minus=(Selector("sluice_gateway_request_duration_seconds_bucket", le=1.0),),
        ),
    ),
    "score_drift": (
        FailureCounter(
            "server",
            plus=(Selector("sluice_server_score_count"),),
            minus=(Selector("sluice_server_score_bucket", le=0.5),),
        ),
    ),
}


POLICY = Policy(
    (5, 100),
    tuple(Gate(name, 0.01, kinds=len(kinds)) for name, kinds in BADS.items()),
    window=timedelta(seconds=1),
    warmup_requests=0,
)


class Figures:
    """What a gateway and two servers export about one model."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.began = time.time()
        self.counts = {("stable", "200"): 950, ("canary", "200"): 47, ("canary", "500"): 3}
        self.above = {"stable": 190, "canary": 10}
        self.servers = {"stable": V1.digest, "canary": V2.digest}
        self.scores = True
        self.scored: dict[str, int] | None = None
        self.shop: dict[tuple[str, str], int] = {}
        self.labels: dict[tuple[str, str], int] = {}
        """By counter and track: the same in each cohort of two seconds that there has been."""
        self.weight = 5
        self.pairs: list[PairCounts] = []
        self.at_servers: dict[tuple[str, str], float] = {}
        """By series, its own labels in braces or none, and track."""

    def scored_now(self) -> Iterator[tuple[str, int]]:
        for track in self.servers:
            yield track, sum(v for (t, code), v in self.counts.items() if t == track and code == "200")

    def lines(self) -> Iterator[str]:
        model = f'model="{self.model}"'
        for (name, track), value in self.shop.items():
            yield f'{name}{{of="{self.model}",variant="{track}"}} {value}'
        for cohort in range(int(self.began) // 2 * 2, int(time.time()), 2) if self.labels else ():
            text = f"{datetime.fromtimestamp(cohort, UTC):%Y-%m-%dT%H:%M:%SZ}"
            for (name, track), value in self.labels.items():
                yield f'{name}{{of="{self.model}",track="{track}",cohort="{text}"}} {value}'
        for (track, code), value in self.counts.items():
            yield f'sluice_gateway_requests_total{{{model},track="{track}",code="{code}"}} {value}'
        yield from pair_families(self.pairs)
        for track, weight in (("stable", 100 - self.weight), ("canary", self.weight)):
            total = sum(value for (t, _), value in self.counts.items() if t == track)
            name = "sluice_gateway_request_duration_seconds"
            yield f'{name}_bucket{{{model},track="{track}",le="1.0"}} {total - 2}'
            yield f'{name}_bucket{{{model},track="{track}",le="+Inf"}} {total}'
            yield f'{name}_count{{{model},track="{track}"}} {total}'
            yield f'sluice_gateway_weight{{{model},track="{track}"}} {weight}'
        for (name, track), value in self.at_servers.items():
            series, _, own = name.partition("{")
            digest = self.servers[track]
            yield f'{series}{{{model},track="{track}",digest="{digest}"{own.rstrip("}")}}} {value}'
        for track, digest in self.servers.items():
            labels = f'{model},track="{track}",digest="{digest}"'
            total = sum(value for (t, code), value in self.counts.items() if t == track and code == "200")
            yield f"sluice_gateway_track_ready{{{labels}}} 1"
            yield f'sluice_server_requests_total{{{labels},code="200"}} {total}'
            if not self.scores:
                continue
            total = total if self.scored is None else self.scored[track]
            yield f'sluice_server_score_bucket{{{labels},le="0.5"}} {total - self.above[track]}'
            yield f'sluice_server_score_bucket{{{labels},le="+Inf"}} {total}'
            yield f"sluice_server_score_count{{{labels}}} {total}"


class Exporter:
    """An endpoint that shows every test's figures; `broken` answers with an error instead."""

    def __init__(self) -> None:
        self.started = time.time() - 3600
        self.figures: list[Figures] = []
        self.broken = False

    def page(self, _: Request) -> bytes | Answer:
        if self.broken:
            return Answer(500, b"broken")
        lines = [
            f"process_start_time_seconds {self.started}",
            *(li for f in self.figures for li in f.lines()),
        ]
        return ("\n".join(lines) + "\n").encode()


class Observed:
    """One test's model, as Prometheus sees it."""

    def __init__(self, url: str, exporter: Exporter, name: str) -> None:
        self.url = url
        self.exporter = exporter
        self.figures = Figures(name)
        exporter.figures.append(self.figures)
        self.release = replace(RELEASE, model=name, since=datetime.now(UTC))
        self.source = Prometheus(url, {"cluster": "here"})

    def until(
        self, holds: Callable[[Reading], object], release: Release | None = None, seconds: float = 60
    ) -> Reading:
        """Ask again until the figures have arrived."""
        end = time.monotonic() + seconds
        while not holds(seen := read(self.source, release or self.release)):
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s, last seen: {seen}")
        return seen

    def begun(self) -> None:
        """Wait until counting has begun."""
        self.until(lambda seen: seen.windows and not seen.missing and not seen.windows[-1].warming)


def read(source: Prometheus, release: Release, **changes: object) -> Reading:
    policy = replace(POLICY, **changes)
    (seen,) = source.read([Query(release, BADS, policy)], datetime.now(UTC))
    return seen


def total(seen: Reading, gate: str) -> CounterDelta:
    """What a gate counted in all windows."""
    first, *others = [w.tallies[gate] for w in seen.windows if gate in w.tallies]
    return sum(others, start=first)


def traffic(seen: Reading) -> Traffic:
    return sum((window.traffic for window in seen.windows), start=Traffic(0, 0))
