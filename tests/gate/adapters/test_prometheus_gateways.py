"""Gateways' own series through a real Prometheus: two replicas of each, and the servers behind them."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from support.http_stub import Answer, Request
from support.releases import V1, V2

from sluicegate.gate.adapters.gateways.base import dialects
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core.decision import GATEWAY, Reading
from sluicegate.gate.metrics.error_rate import ErrorRate
from sluicegate.gate.metrics.slow_requests import SlowRequests
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Release, Traffic

RELEASE = Release("m", "production", stable=V1, canary=V2, weight=5)
MODEL: ModelSpec = None  # no gate here asks the model
BADS = {
    "error_rate": ErrorRate(0.01).failure_counters(MODEL),
    "slow_requests": SlowRequests(over_ms=50, margin=0.01).failure_counters(MODEL),
}
POLICY = Policy(
    (5, 100), tuple(Gate(name, 0.01) for name in BADS), window=timedelta(seconds=1), warmup_requests=0
)
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

    def read(self, name: str, since: datetime, cluster: str = "eu", bads=BADS) -> Reading:
        query = Query(RELEASE, bads, POLICY, since)
        (seen,) = self.source(name, cluster).read([query], datetime.now(UTC))
        return seen

    def until(self, name: str, since: datetime, holds, cluster: str = "eu") -> Reading:
        end = time.monotonic() + 60
        while not holds(seen := self.read(name, since, cluster)):
            assert time.monotonic() < end, f"last seen: {seen}"
        return seen

    def begun(self, name: str) -> datetime:
        """A moment from which the gateway's counters are at rest and counted."""
        while True:
            since = datetime.now(UTC)
            seen = self.until(name, since, lambda seen: len(seen.windows) > 1)
            if seen.reset is None and traffic(seen) == Traffic(0, 0):
                return since


@pytest.fixture(scope="module")
def gateways(lasting_web, start_prometheus) -> Gateways:
    return Gateways(lasting_web, start_prometheus)


@pytest.fixture(autouse=True)
def whole(gateways: Gateways):
    yield
    for replica in gateways.replicas.values():
        replica.more, replica.broken = {}, False


def traffic(seen: Reading) -> Traffic:
    return sum((window.traffic for window in seen.windows), start=Traffic(0, 0))


NAMES = ("traefik", "istio")


@pytest.mark.parametrize("name", NAMES)
def test_two_replicas_add_up(gateways: Gateways, name: str):
    since = gateways.begun(name)
    for number in (1, 2):
        replica = gateways.replicas[f"{name}-{number}"]
        # Of the recording of Traefik there are two services, of two ports, in each replica.
        replica.more = {'(requests_total|_count|_bucket)\\{.*"200".*stable': 30}
        if name == "traefik":
            replica.more['router_requests_total.*"200"'] = 30
    grown = 120 if name == "traefik" else 60
    seen = gateways.until(name, since, lambda seen: traffic(seen).stable == grown)
    assert (traffic(seen).canary, seen.reset, seen.missing) == (0, None, {})
    assert {gate for window in seen.windows for gate in window.tallies} == set(BADS)


def test_what_no_service_counted_fails_on_the_canary(gateways: Gateways):
    since = gateways.begun("traefik")
    gateways.replicas["traefik-1"].more = {'router_requests_total.*"503"': 7}
    seen = gateways.until("traefik", since, lambda seen: traffic(seen).canary == 7)
    for gate in BADS:
        assert sum(window.tallies[gate].bad_canary[0] for window in seen.windows) == 7


@pytest.mark.parametrize("name", NAMES)
def test_one_replica_that_restarted_is_not_hidden_by_the_other(gateways: Gateways, name: str):
    since = gateways.begun(name)
    gateways.replicas[f"{name}-1"].more = {'requests_total.*"200"': -3}
    gateways.replicas[f"{name}-2"].more = {'requests_total.*"200"': 500}
    seen = gateways.until(name, since, lambda seen: seen.reset)
    assert "went back" in seen.reset


@pytest.mark.parametrize("name", NAMES)
def test_one_replica_that_went_is_not_hidden_by_the_other(gateways: Gateways, name: str):
    since = gateways.begun(name)
    gateways.replicas[f"{name}-2"].more = {'requests_total.*"200"': 5000}
    gateways.replicas[f"{name}-1"].broken = True
    seen = gateways.until(name, since, lambda seen: seen.reset)
    assert "is gone" in seen.reset


def test_a_replica_that_comes_late_brings_nothing_from_before_and_is_told_when_it_goes(gateways: Gateways):
    gateways.begun("istio")
    late = gateways.replicas["istio-2"]
    late.broken = True
    gateways.until("istio", datetime.now(UTC) - timedelta(minutes=1), lambda seen: seen.reset)
    since = gateways.begun("istio")
    late.more = {'(requests_total|_count|_bucket)\\{.*"200".*stable': 5000}
    late.broken = False

    def grown(seen: Reading) -> bool:
        late.more = {part: by + 1 for part, by in late.more.items()}
        return any(window.traffic != Traffic(0, 0) for window in seen.windows[:-1])

    seen = gateways.until("istio", since, grown)
    assert traffic(seen).canary == 0 and 0 < traffic(seen).stable < 5000
    late.broken = True
    assert "is gone" in gateways.until("istio", since, lambda seen: seen.reset).reset


def test_an_edge_that_the_gateway_lacks_names_its_setting(gateways: Gateways):
    since = gateways.begun("istio")
    bads = {"slow_requests": SlowRequests(over_ms=20, margin=0.01).failure_counters(MODEL)}
    seen = gateways.read("istio", since, bads=bads)
    assert seen.windows and all(not window.tallies for window in seen.windows)
    assert "statsHistogramBuckets" in seen.missing["slow_requests"]
    assert "edge at 0.02" in seen.missing["slow_requests"]


def test_a_gateway_that_is_scraped_twice_is_no_data(gateways: Gateways):
    seen = gateways.until(
        "istio", datetime.now(UTC), lambda seen: "twice" in seen.missing.get(GATEWAY, ""), cluster="us"
    )
    assert seen.windows == () and "job=again, job=and-again" in seen.missing[GATEWAY]


@pytest.mark.parametrize("name", NAMES)
def test_a_gateway_that_is_not_scraped_is_no_data(gateways: Gateways, name: str):
    since = datetime.now(UTC)
    for number in (1, 2):
        gateways.replicas[f"{name}-{number}"].broken = True
    seen = gateways.until(name, since, lambda seen: "has no series" in seen.missing.get(GATEWAY, ""))
    assert (seen.weight, seen.ready) == (None, False)


def test_before_the_first_request_nothing_is_known_and_nothing_proven(gateways: Gateways):
    since = datetime.now(UTC)
    kept = {number: gateways.replicas[f"istio-{number}"].text for number in (1, 2)}
    for number in kept:
        gateways.replicas[f"istio-{number}"].text = 'istio_build{component="proxy"} 1'
    try:
        seen = gateways.until(
            "istio",
            since,
            lambda seen: "whether there were requests" in seen.missing.get(GATEWAY, ""),
        )
        assert traffic(seen) == Traffic(0, 0)
    finally:
        for number, text in kept.items():
            gateways.replicas[f"istio-{number}"].text = text
