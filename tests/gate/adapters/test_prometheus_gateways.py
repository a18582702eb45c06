"""Gateways' own series through a real Prometheus: two replicas of each, and the servers behind them."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from support.http_stub import Answer, Request
from support.releases import V1, V2

from sluicegate.gate.adapters.gateways.base import dialects
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.core.counting import TRAFFIC
from sluicegate.gate.metrics.error_rate import ErrorRate
from sluicegate.gate.metrics.slow_requests import SlowRequests
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.release import Baseline, CounterSnapshot, Release, Traffic

RELEASE = Release("m", "production", stable=V1, canary=V2, weight=5)
MODEL: ModelSpec = None  # no gate here asks the model
BADS = {
    "error_rate": ErrorRate(0.01).failure_counters(MODEL),
    "slow_requests": SlowRequests(over_ms=50, margin=0.01).failure_counters(MODEL),
}
RECORDED = (Path(__file__).parent / "recorded" / "traefik.txt").read_text()


class Replica:
    """One gateway pod: a recording whose counters grow by `more` (a part of the line to a number)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.more: dict[str, float] = {}
        self.broken = False

    def page(self, _: Request):
        if self.broken:
            return Answer(503, b"gone")
        lines = []
        for line in self.text.splitlines():
            name, _, value = line.rpartition(" ")
            grown = sum(by for part, by in self.more.items() if re.search(part, name))
            lines.append(f"{name} {float(value) + grown}")
        return ("\n".join(lines) + "\n").encode()


def istio_text() -> str:
    lines = ['istio_build{component="proxy",tag="1.27.1"} 1']
    for track, code, count in (("stable", "200", 95), ("canary", "200", 4), ("canary", "503", 1)):
        labels = (
            f'reporter="source",request_protocol="http",response_code="{code}",'
            f'destination_service_name="m-{track}",destination_service_namespace="production"'
        )
        lines.append(f"istio_requests_total{{{labels}}} {count}")
        for edge in ("5", "50", "+Inf"):
            lines.append(f'istio_request_duration_milliseconds_bucket{{{labels},le="{edge}"}} {count}')
        lines.append(f"istio_request_duration_milliseconds_count{{{labels}}} {count}")
    return "\n".join(lines)


class Gateways:
    """Two replicas of Traefik and two of Istio's gateway, and how a test asks about them."""

    def __init__(self, lasting_web, start_prometheus) -> None:
        self.replicas = {
            f"{name}-{number}": Replica(text)
            for name, text in (("traefik", RECORDED), ("istio", istio_text()))
            for number in (1, 2)
        }
        for name, replica in self.replicas.items():
            lasting_web.pages[f"/{name}"] = replica.page
        target = lasting_web.url.removeprefix("http://")
        jobs = "".join(
            dedent(f"""\
                - job_name: {name}
                  metrics_path: /{name}
                  static_configs: [{{targets: ["{target}"], labels: {{cluster: eu}}}}]
                  relabel_configs: [{{target_label: instance, replacement: {name}}}]
                """)
            for name in self.replicas
        )
        twice = dedent(f"""\
            - job_name: again
              metrics_path: /istio-1
              static_configs: [{{targets: ["{target}"], labels: {{cluster: us}}}}]
              relabel_configs: [{{target_label: instance, replacement: istio-1}}]
            - job_name: and-again
              metrics_path: /istio-1
              static_configs: [{{targets: ["{target}"], labels: {{cluster: us}}}}]
              relabel_configs: [{{target_label: instance, replacement: istio-1}}]
            """)
        self.url = start_prometheus("scrape_configs:\n" + jobs + twice)

    def source(self, name: str, cluster: str = "eu") -> Prometheus:
        labels = {"cluster": cluster}
        return Prometheus(self.url, labels, gateway=dialects()[name], namespace="production")

    def until(self, name: str, holds, release: Release = RELEASE, cluster: str = "eu"):
        end = time.monotonic() + 60
        while not holds(seen := self.source(name, cluster).read(release, BADS, datetime.now(UTC))):
            assert time.monotonic() < end, f"last seen: {seen}"
        return seen


@pytest.fixture(scope="module")
def gateways(lasting_web, start_prometheus) -> Gateways:
    return Gateways(lasting_web, start_prometheus)


@pytest.fixture(autouse=True)
def whole(gateways: Gateways):
    yield
    for replica in gateways.replicas.values():
        replica.more, replica.broken = {}, False


BEGINNING = {
    # Twice the recording: 7 of the canary's services, 106 that no service counted.
    "traefik": (
        Traffic(226, 456),
        {
            "error_rate": CounterSnapshot(226, 456, (216,), (0,)),
            "slow_requests": CounterSnapshot(226, 456, (216,), (14,)),
        },
    ),
    "istio": (
        Traffic(10, 190),
        {
            "error_rate": CounterSnapshot(10, 190, (2,), (0,)),
            "slow_requests": CounterSnapshot(10, 190, (2,), (0,)),
        },
    ),
}


def begun(gateways: Gateways, name: str) -> Release:
    """The release, counting from a moment before which the test before this one is over."""
    traffic, totals = BEGINNING[name]
    for _ in range(100):
        seen = gateways.until(name, lambda seen: seen.traffic == traffic)
        assert (seen.totals, seen.problems) == (totals, ())
        release = replace(RELEASE, baseline=Baseline(seen.at, seen.traffic, seen.totals))
        if not gateways.source(name).read(release, BADS, datetime.now(UTC)).restarted:
            return release
    raise AssertionError("the counters do not come to rest")


@pytest.mark.parametrize("name", BEGINNING)
def test_two_replicas_add_up_and_count_on(gateways: Gateways, name: str):
    release = begun(gateways, name)
    gateways.replicas[f"{name}-1"].more = {'(requests_total|_count|_bucket)\\{.*"200".*stable': 30}
    if name == "traefik":
        gateways.replicas["traefik-1"].more['router_requests_total.*"200"'] = 30
    grown = 60 if name == "traefik" else 30
    before = BEGINNING[name][0]
    seen = gateways.until(name, lambda seen: seen.traffic.stable == before.stable + grown, release)
    assert (seen.traffic.canary, seen.restarted) == (before.canary, {})


@pytest.mark.parametrize("name", BEGINNING)
def test_one_replica_that_restarted_is_not_hidden_by_the_other(gateways: Gateways, name: str):
    release = begun(gateways, name)
    gateways.replicas[f"{name}-1"].more = {'requests_total.*"200"': -3}
    gateways.replicas[f"{name}-2"].more = {'requests_total.*"200"': 500}
    grown = release.baseline.traffic.stable + 400
    seen = gateways.until(
        name, lambda seen: TRAFFIC in seen.restarted and seen.traffic.stable > grown, release
    )
    assert "were reset or vanished" in seen.restarted[TRAFFIC]


@pytest.mark.parametrize("name", BEGINNING)
def test_one_replica_that_went_is_not_hidden_by_the_other(gateways: Gateways, name: str):
    release = begun(gateways, name)
    gateways.replicas[f"{name}-2"].more = {'requests_total.*"200"': 5000}
    gateways.replicas[f"{name}-1"].broken = True
    seen = gateways.until(name, lambda seen: TRAFFIC in seen.restarted, release)
    assert seen.restarted[TRAFFIC]


def test_a_replica_that_came_and_went_within_the_step_is_told(gateways: Gateways):
    begun(gateways, "istio")
    gateways.replicas["istio-2"].broken = True
    alone = gateways.until("istio", lambda seen: seen.traffic == Traffic(5, 95)).at
    # Counting begins when the range that is searched no longer reaches back to both.
    seen = gateways.until("istio", lambda seen: seen.at > alone + timedelta(seconds=1))
    release = replace(RELEASE, baseline=Baseline(seen.at, seen.traffic, seen.totals))
    gateways.replicas["istio-2"].broken = False
    gateways.until("istio", lambda seen: seen.traffic == Traffic(10, 190), release)
    gateways.replicas["istio-2"].broken = True
    gateways.until("istio", lambda seen: TRAFFIC in seen.restarted, release)


def test_an_edge_that_the_gateway_lacks_names_its_setting(gateways: Gateways):
    begun(gateways, "istio")
    bads = {"slow_requests": SlowRequests(over_ms=20, margin=0.01).failure_counters(MODEL)}
    seen = gateways.source("istio").read(RELEASE, bads, datetime.now(UTC))
    assert seen.traffic is not None and seen.totals == {}
    assert "statsHistogramBuckets" in seen.problems[0] and "edge at 0.02" in seen.problems[0]


def test_a_gateway_that_is_scraped_twice_is_no_data(gateways: Gateways):
    seen = gateways.until("istio", lambda seen: "twice" in "".join(seen.problems), cluster="us")
    assert seen.traffic is None and "job=again, job=and-again" in seen.problems[0]


@pytest.mark.parametrize("name", BEGINNING)
def test_a_gateway_that_is_not_scraped_is_no_data(gateways: Gateways, name: str):
    for number in (1, 2):
        gateways.replicas[f"{name}-{number}"].broken = True
    seen = gateways.until(name, lambda seen: "has no series" in "".join(seen.problems))
    assert (seen.weight, seen.ready, seen.traffic, seen.totals) == (None, False, None, {})


def test_before_the_first_request_liveness_is_known_without_figures(gateways: Gateways):
    for number in (1, 2):
        replica = gateways.replicas[f"istio-{number}"]
        replica.text, kept = 'istio_build{component="proxy"} 1', replica.text
        replica.kept = kept
    try:
        seen = gateways.until("istio", lambda seen: "whether there were requests" in "".join(seen.problems))
        assert seen.traffic is None
    finally:
        for number in (1, 2):
            replica = gateways.replicas[f"istio-{number}"]
            replica.text = replica.kept
