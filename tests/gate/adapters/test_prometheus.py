import json
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from textwrap import dedent

import pytest
from support.http_stub import Answer, Request
from support.releases import V1, V2

from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.core.counting import TRAFFIC
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.metrics.base import FailureCounter, Selector
from sluicegate.specs.release import Baseline, CounterSnapshot, Release, Traffic

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


class Figures:
    """What a gateway and two servers export about one model."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.counts = {("stable", "200"): 950, ("canary", "200"): 47, ("canary", "500"): 3}
        self.above = {"stable": 190, "canary": 10}
        self.servers = {"stable": V1.digest, "canary": V2.digest}

    def lines(self) -> Iterator[str]:
        model = f'model="{self.model}"'
        for (track, code), value in self.counts.items():
            yield f'sluice_gateway_requests_total{{{model},track="{track}",code="{code}"}} {value}'
        for track, weight in (("stable", 95), ("canary", 5)):
            total = sum(value for (t, _), value in self.counts.items() if t == track)
            name = "sluice_gateway_request_duration_seconds"
            yield f'{name}_bucket{{{model},track="{track}",le="1.0"}} {total - 2}'
            yield f'{name}_bucket{{{model},track="{track}",le="+Inf"}} {total}'
            yield f'{name}_count{{{model},track="{track}"}} {total}'
            yield f'sluice_gateway_weight{{{model},track="{track}"}} {weight}'
        for track, digest in self.servers.items():
            labels = f'{model},track="{track}",digest="{digest}"'
            total = sum(value for (t, code), value in self.counts.items() if t == track and code == "200")
            yield f"sluice_gateway_track_ready{{{labels}}} 1"
            yield f'sluice_server_requests_total{{{labels},code="200"}} {total}'
            yield f'sluice_server_score_bucket{{{labels},le="0.5"}} {total - self.above[track]}'
            yield f'sluice_server_score_bucket{{{labels},le="+Inf"}} {total}'
            yield f"sluice_server_score_count{{{labels}}} {total}"


class Exporter:
    """An endpoint that shows every test's figures; `broken` answers with an error instead."""

    def __init__(self) -> None:
        self.started = time.time() - 3600
        self.figures: list[Figures] = []
        self.broken = False

    def page(self, _: Request):
        if self.broken:
            return Answer(500, b"broken")
        lines = [
            f"process_start_time_seconds {self.started}",
            *(li for f in self.figures for li in f.lines()),
        ]
        return ("\n".join(lines) + "\n").encode()


@pytest.fixture(scope="module")
def prometheus(lasting_web, start_prometheus) -> tuple[str, Exporter]:
    """A real Prometheus that scrapes a real endpoint: its address, and the exporter."""
    exporter = Exporter()
    lasting_web.pages["/metrics"] = exporter.page
    target = lasting_web.url.removeprefix("http://")
    url = start_prometheus(
        dedent(f"""\
            scrape_configs:
            - job_name: gateway
              static_configs: [{{targets: ["{target}"], labels: {{cluster: "here"}}}}]
            """)
    )
    return url, exporter


class Observed:
    """One test's model, as Prometheus sees it."""

    def __init__(self, url: str, exporter: Exporter, name: str) -> None:
        self.url = url
        self.exporter = exporter
        self.figures = Figures(name)
        exporter.figures.append(self.figures)
        self.release = replace(RELEASE, model=name)
        self.source = Prometheus(url, {"cluster": "here"})

    def until(
        self, holds: Callable[[Reading], bool], release: Release | None = None, seconds: float = 60
    ) -> Reading:
        """Ask again until the figures have arrived."""
        end = time.monotonic() + seconds
        while not holds(seen := self.source.read(release or self.release, BADS, datetime.now(UTC))):
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s, last seen: {seen}")
        return seen

    def begun(self) -> Release:
        """The release, counting from what is seen now."""
        seen = self.until(lambda seen: seen.traffic == Traffic(50, 950) and len(seen.totals) == 3)
        return replace(self.release, baseline=Baseline(seen.at, seen.traffic, seen.totals))


@pytest.fixture
def observed(prometheus, request) -> Iterator[Observed]:
    url, exporter = prometheus
    observed = Observed(url, exporter, f"m{zlib.crc32(request.node.name.encode())}")
    yield observed
    exporter.figures.remove(observed.figures)
    exporter.broken = False


def test_real_prometheus_gives_all_figures_of_a_running_release(observed: Observed):
    before = datetime.now(UTC)
    seen = observed.until(lambda seen: seen.traffic is not None and len(seen.totals) == 3)
    assert (seen.weight, seen.ready, seen.problems, seen.restarted) == (5, True, (), {})
    assert seen.traffic == Traffic(canary=50, stable=950)
    assert seen.totals == {
        "error_rate": CounterSnapshot(50, 950, (3,), (0,)),
        "slow_requests": CounterSnapshot(50, 950, (2,), (2,)),
        "score_drift": CounterSnapshot(47, 950, (10,), (190,)),
    }
    assert before - timedelta(seconds=1) <= seen.at <= datetime.now(UTC)


def test_figures_of_targets_that_are_scraped_apart_are_of_one_moment(lasting_web, start_prometheus):
    """The gateway shows new requests a second before the servers do: they count when both show them."""
    figures = Figures("apart")
    after = {key: value + 400 for key, value in figures.counts.items()}
    since_servers: list[int] = []
    seen: list[tuple[int, int]] = []

    def page(of_servers: bool) -> bytes:
        kept = [line for line in figures.lines() if line.startswith("sluice_server_") is of_servers]
        return "\n".join(["process_start_time_seconds 1", *kept, ""]).encode()

    def gateway(_: Request) -> bytes:
        since_servers.append(1)
        if len(since_servers) == 5 and len(seen) > 5:
            figures.counts = after
        return page(False)

    def servers(_: Request) -> bytes:
        since_servers.clear()
        return page(True)

    lasting_web.pages |= {"/early": gateway, "/late": servers}
    target = lasting_web.url.removeprefix("http://")
    targets = f'static_configs: [{{targets: ["{target}"], labels: {{cluster: "here"}}}}]'
    jobs = [
        f"- {{job_name: gateway, metrics_path: /early, {targets}}}",
        f"- {{job_name: servers, metrics_path: /late, scrape_interval: 2s, {targets}}}",
    ]
    url = start_prometheus("\n".join(["scrape_configs:", *jobs]) + "\n")
    source, release = Prometheus(url, {"cluster": "here"}), replace(RELEASE, model="apart")
    end = time.monotonic() + 60
    while (447, 447) not in seen:
        reading = source.read(release, BADS, datetime.now(UTC))
        if len(reading.totals) == 3:
            answered = reading.totals["error_rate"]
            seen.append((answered.canary - answered.bad_canary[0], reading.totals["score_drift"].canary))
        assert time.monotonic() < end, (reading, seen[-5:])
    assert set(seen) == {(47, 47), (447, 447)}


def test_real_prometheus_counts_on_without_a_false_restart(observed: Observed):
    release = observed.begun()
    observed.figures.counts["canary", "500"] += 40
    observed.figures.counts["stable", "200"] += 9
    seen = observed.until(lambda seen: seen.traffic == Traffic(90, 959) and not seen.restarted, release)
    assert seen.totals["error_rate"].bad_canary == (43,)


def test_real_prometheus_recognises_a_restarted_process_though_its_counters_grew(observed: Observed):
    release = observed.begun()
    observed.figures.counts["stable", "200"] = 5000
    observed.exporter.started = time.time()
    seen = observed.until(lambda seen: TRAFFIC in seen.restarted and seen.traffic.stable == 5000, release)
    assert "were reset or vanished" in seen.restarted[TRAFFIC]
    assert set(seen.restarted) == {TRAFFIC, *BADS}
    later = replace(release, baseline=replace(release.baseline, at=seen.at + timedelta(seconds=1)))
    observed.until(lambda seen: seen.restarted == {}, later)


def test_real_prometheus_tells_a_counter_that_went_back(observed: Observed):
    release = observed.begun()
    observed.figures.counts["canary", "200"] = 1
    seen = observed.until(lambda seen: TRAFFIC in seen.restarted and seen.traffic.canary < 50, release)
    assert seen.traffic == Traffic(4, 950)


def test_real_prometheus_tells_a_server_that_is_gone_only_to_its_gate(observed: Observed):
    release = observed.begun()
    del observed.figures.servers["canary"]
    seen = observed.until(lambda seen: "score_drift" not in seen.totals, release)
    assert set(seen.totals) == {"error_rate", "slow_requests"} and not seen.ready
    assert seen.problems[0].startswith("score_drift: sluice_server_requests_total is not there")


def test_real_prometheus_gives_no_data_when_it_does_not_scrape(observed: Observed):
    observed.begun()
    observed.exporter.broken = True
    seen = observed.until(lambda seen: seen.traffic is None and "has no series" in seen.problems[0])
    assert (seen.weight, seen.totals) == (None, {})


def test_real_prometheus_with_other_labels_is_an_empty_vector(observed: Observed):
    observed.begun()
    elsewhere = Prometheus(observed.url, {"cluster": 'else"where'})
    seen = elsewhere.read(observed.release, BADS, datetime.now(UTC))
    assert seen.traffic is None and "has no series" in seen.problems[0]


def vector(*rows: tuple[dict[str, str], str]) -> dict:
    result = [{"metric": labels, "value": [1, value]} for labels, value in rows]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


NONSENSE = {
    "html": b"<html>",
    "error": json.dumps({"status": "error", "error": "query timed out"}).encode(),
    "warnings": json.dumps(vector(({}, "1")) | {"warnings": ["a store is down"]}).encode(),
    "scalar": json.dumps(
        {"status": "success", "data": {"resultType": "scalar", "result": [1, "1"]}}
    ).encode(),
    "empty": json.dumps(vector()).encode(),
    "stale": json.dumps(vector(({"of": "now"}, "161"), ({"of": "min gateway"}, "100"))).encode(),
    "stale-servers": json.dumps(
        vector(({"of": "now"}, "161"), ({"of": "min gateway"}, "161"), ({"of": "min servers"}, "100"))
    ).encode(),
    "future": json.dumps(vector(({"of": "now"}, "100"), ({"of": "min gateway"}, "105"))).encode(),
    "nan": json.dumps(vector(({"of": "now"}, "100"), ({"of": "min gateway"}, "NaN"))).encode(),
    "no-time": json.dumps(vector(({"of": "min gateway"}, "100"))).encode(),
    "no-parts": json.dumps(vector(({}, "100"))).encode(),
    "no-value": json.dumps({"status": "success", "data": {"resultType": "vector", "result": [{}]}}).encode(),
    "list": b"[1]",
    "deep": b"[" * 100_000,
    "not-found": Answer(404, b"no such page"),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_no_data_and_says_why(web, answer):
    web.pages["/api/v1/query"] = answer
    seen = Prometheus(web.url, seconds=5).read(RELEASE, BADS, datetime.now(UTC))
    assert (seen.weight, seen.ready, seen.traffic, seen.totals) == (None, False, None, {})
    assert len(seen.problems) == 1 and web.url in seen.problems[0]


def test_a_server_that_fails_in_mid_reading_gives_no_data(web):
    def answer(_: Request) -> Answer | bytes:
        moment = vector(({"of": "now"}, "101"), ({"of": "min gateway"}, "100"))
        return json.dumps(moment).encode() if len(web.requests) == 1 else Answer(503, b"overloaded")

    web.pages["/api/v1/query"] = answer
    seen = Prometheus(web.url).read(RELEASE, BADS, datetime.now(UTC))
    assert seen.traffic is None and "503: overloaded" in seen.problems[0]
    assert ["query" in request.query for request in web.requests] == [True, True]
