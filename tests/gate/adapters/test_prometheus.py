"""A real Prometheus that scrapes a real endpoint, and answers that no Prometheus should give."""

import json
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pytest
from support.http_stub import Answer, Request
from support.releases import V1, V2

from sluicegate.gate.adapters import prometheus as adapter
from sluicegate.gate.adapters import range_grid
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core.decision import GATEWAY, Coverage, Reading
from sluicegate.gate.metrics.base import BusinessSeries, CohortSeries, FailureCounter, Selector
from sluicegate.gate.metrics.cost import Cost as CostMetric
from sluicegate.gate.metrics.input_drift import InputDrift, Watched
from sluicegate.gate.metrics.shadow import Shadow
from sluicegate.onnx_server.shadow.counts import PairCounts, pair_families
from sluicegate.onnx_server.shadow.difference import Difference
from sluicegate.specs.policy import Cohorts, Column, Cost, Drift, Gate, Policy
from sluicegate.specs.release import CounterDelta, Release, Traffic

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


@pytest.fixture
def observed(prometheus, request) -> Iterator[Observed]:
    url, exporter = prometheus
    observed = Observed(url, exporter, f"m{zlib.crc32(request.node.name.encode())}")
    yield observed
    exporter.figures.remove(observed.figures)
    exporter.broken = False


def test_what_happens_in_a_step_is_in_its_windows(observed: Observed):
    observed.begun()
    observed.figures.counts["canary", "500"] += 40
    observed.figures.counts["canary", "200"] += 60
    observed.figures.counts["stable", "200"] += 900
    observed.figures.above["canary"] += 6
    seen = observed.until(
        lambda seen: traffic(seen) == Traffic(100, 900) and total(seen, "score_drift").canary
    )
    assert (seen.weight, seen.ready, seen.missing, seen.reset) == (5, True, {}, None)
    assert total(seen, "error_rate") == CounterDelta(1000, 100, (40,), (0,))
    assert total(seen, "slow_requests") == CounterDelta(1000, 100, (0,), (0,))
    assert total(seen, "score_drift") == CounterDelta(960, 60, (6,), (0,))


def test_pairs_of_answers_to_a_dark_canary_are_read_with_the_others(observed: Observed):
    observed.figures.weight = 0
    pairs = PairCounts(observed.figures.model, V2.digest)
    former = PairCounts(observed.figures.model, V1.digest)
    observed.figures.pairs = [pairs, former]
    gate = Gate("shadow", 0.01, paired=True)
    dark = replace(observed.release, weight=0)
    query = Query(
        dark,
        {**BADS, gate.name: Shadow(0.01, 0.01).failure_counters(None)},
        replace(POLICY, gates=(*POLICY.gates, gate)),
    )

    def read_pairs() -> Reading:
        return observed.source.read([query], datetime.now(UTC))[0]

    end = time.monotonic() + 60
    while not (seen := read_pairs()).windows or seen.missing:
        assert time.monotonic() < end, seen
    for size in (0.0, 0.009, 0.011, inf):
        pairs.add(Difference(size, size))
        former.add(Difference())
    while total(seen := read_pairs(), gate.name) != CounterDelta(4, 4, (2,), (0,)):
        assert time.monotonic() < end, seen
    assert (seen.missing, seen.weight) == ({}, 0)
    assert set(seen.windows[-1].tallies) == {"shadow"}


def test_counters_of_the_business_are_read_with_the_others_though_their_labels_are_alike(observed: Observed):
    shop = observed.figures.shop
    shop.update({(name, track): 10 for name in ("failed_total", "all_total") for track in ("new", "old")})
    labels = {"of": observed.figures.model}
    business = BusinessSeries(Selector("all_total", equal=labels), "variant", "new", "old", 0)
    counter = FailureCounter("business", (Selector("failed_total", equal=labels),), business=business)
    gate = Gate("counter/shop", 0.01, series="failed_total of all_total")
    query = Query(
        observed.release, {**BADS, gate.name: (counter,)}, replace(POLICY, gates=(*POLICY.gates, gate))
    )

    def read_shop() -> Reading:
        return observed.source.read([query], datetime.now(UTC))[0]

    end = time.monotonic() + 60
    while not (seen := read_shop()).windows or seen.missing:
        assert time.monotonic() < end, seen
    for key, more in {
        ("failed_total", "new"): 2,
        ("all_total", "new"): 20,
        ("all_total", "old"): 400,
    }.items():
        shop[key] += more
    while total(seen := read_shop(), gate.name) != CounterDelta(420, 20, (2,), (0,)):
        assert time.monotonic() < end, seen
    assert seen.missing == {}


def test_inputs_and_seconds_are_counted_at_the_servers(observed: Observed):
    """Of each track: rows, numbers, those up to 5, and seconds of CPU."""
    column = ',column="size"'
    names = (
        "sluice_server_input_rows_total",
        f"sluice_server_input_count{{{column}}}",
        f'sluice_server_input_bucket{{{column},le="5"}}',
        "sluice_server_cpu_seconds_total",
    )
    before = {(name, track): 0.0 for name in names for track in ("canary", "stable")}
    observed.figures.at_servers = dict(before)
    drift = Drift("input_drift", (Column("size", ("without a number", "above 5"), (0.0, 0.5)),), 0.05)
    cost = Cost("cost/cpu_seconds", "cpu_seconds", "cpu")
    model: Any = SimpleNamespace()
    entries = {drift.name: InputDrift({"size": Watched((0.5,), (5.0,))}), cost.name: CostMetric()}
    counters = {name: entry.failure_counters(model) for name, entry in entries.items()}
    policy = replace(POLICY, drifts=(drift,), costs=(cost,))
    query = Query(observed.release, BADS | counters, policy)

    def look() -> Reading:
        return observed.source.read([query], datetime.now(UTC))[0]

    end = time.monotonic() + 60
    while not (seen := look()).windows or seen.missing:
        assert time.monotonic() < end, seen
    grown = {"canary": (40, 39, 9, 0.25), "stable": (60, 60, 20, 0.5)}
    for track, values in grown.items():
        observed.figures.at_servers |= {(n, track): v for n, v in zip(names, values, strict=True)}
        observed.figures.counts[track, "200"] += 50
    while total(seen := look(), drift.name).requests < 100 or total(seen, cost.name).requests < 100:
        assert time.monotonic() < end, seen
    assert seen.missing == {}
    assert total(seen, drift.name) == CounterDelta(100, 40, (1, 30), (0, 40))
    assert total(seen, cost.name) == CounterDelta(100, 50, (250_000,), (500_000,))


def test_matured_cohorts_are_read_as_they_were_when_they_matured(observed: Observed):
    """Of each cohort: 10 predictions of the canary and 90 of stable, 9 and 88 of them with a label."""
    counted = {"made_total": (10, 90), "known_total": (9, 88), "wrong_total": (2, 4)}
    for name, values in counted.items():
        observed.figures.labels |= dict(zip(((name, "canary"), (name, "stable")), values, strict=True))
    made, known, wrong = (Selector(name, equal={"of": observed.figures.model}) for name in counted)
    rule = Cohorts(seconds=2, delay_seconds=1, coverage=0.9)
    business = BusinessSeries(known, "track", "canary", "stable", 0, CohortSeries("cohort", made, rule))
    counter = FailureCounter("business", (wrong,), business=business)
    gate = Gate("delayed_labels", 0.01, series="wrong_total", cohorts=rule)
    query = Query(
        observed.release, {**BADS, gate.name: (counter,)}, replace(POLICY, gates=(*POLICY.gates, gate))
    )
    end = time.monotonic() + 60
    while not ((seen := observed.source.read([query], datetime.now(UTC))[0]).coverage and seen.windows) or (
        seen.coverage[0].cohorts < 3 or seen.missing
    ):
        assert time.monotonic() < end, seen
    coverage = seen.coverage[0]
    number = coverage.cohorts
    assert coverage == Coverage(
        gate.name, number, 10 * number, 9 * number, 90 * number, 88 * number, coverage.next_at
    )
    assert total(seen, gate.name) == CounterDelta(97 * number, 9 * number, (2 * number,), (4 * number,))
    each = [w.tallies[gate.name] for w in seen.windows if w.tallies[gate.name].requests]
    assert {delta.requests for delta in each} <= {97, 2 * 97}


def test_windows_are_as_long_as_the_policys_and_the_same_at_each_look(observed: Observed):
    observed.begun()
    first = observed.until(lambda seen: len(seen.windows) > 2)
    later = observed.until(lambda seen: len(seen.windows) > len(first.windows))
    assert later.windows[: len(first.windows) - 1] == first.windows[:-1]
    # Where a busy machine missed a scrape, a window reaches to the next one.
    lengths = sorted(window.seconds for window in later.windows[:-1])
    assert lengths[0] >= 0.9
    assert lengths[0] < 2.5


def test_a_long_step_has_longer_windows_and_not_more(observed: Observed, monkeypatch):
    monkeypatch.setattr(range_grid, "MOST", 3)
    observed.begun()
    seen = observed.until(lambda seen: len(seen.windows) and seen.windows[0].seconds > 1.9)
    assert len(seen.windows) <= 6


def test_all_releases_are_asked_for_at_once(observed: Observed, web):
    other = Figures(f"{observed.figures.model}x")
    observed.exporter.figures.append(other)
    queries = [
        Query(replace(observed.release, model=f.model), BADS, POLICY) for f in (observed.figures, other)
    ]
    try:
        end = time.monotonic() + 60
        while not all(seen.windows for seen in observed.source.read(queries, datetime.now(UTC))):
            assert time.monotonic() < end
    finally:
        observed.exporter.figures.remove(other)
    # The same requests against a server that answers nothing: one query for both.
    Prometheus(web.url).read(queries, datetime.now(UTC))
    assert web.paths == ["/api/v1/query"]


def test_a_process_that_restarted_resets_though_its_counters_grew(observed: Observed):
    observed.begun()
    observed.figures.counts["stable", "200"] = 5000
    observed.exporter.started = time.time()
    seen = observed.until(lambda seen: seen.reset)
    assert "belongs to a process that restarted" in seen.reset
    later = observed.until(lambda seen: seen.windows and not seen.missing)
    assert traffic(later) == Traffic(0, 0)


def test_a_counter_that_went_back_resets(observed: Observed):
    observed.begun()
    observed.figures.counts["canary", "200"] = 1
    seen = observed.until(lambda seen: seen.reset)
    assert "went back" in seen.reset
    assert traffic(seen) == Traffic(0, 0)


def test_a_server_that_is_gone_leaves_its_gate_without_figures_and_the_others_theirs(observed: Observed):
    observed.begun()
    del observed.figures.servers["canary"]
    seen = observed.until(lambda seen: "score_drift" in seen.missing)
    assert set(seen.missing) == {"score_drift"} and not seen.ready
    assert "sluice_server" in seen.missing["score_drift"]
    assert set(seen.windows[-1].tallies) == {"error_rate", "slow_requests"}


def test_scores_that_do_not_exist_prove_nothing(observed: Observed):
    observed.figures.scores = False
    seen = observed.until(lambda seen: seen.windows and "score_drift" in seen.missing)
    assert "sluice_server_score_count is not there for the track canary" in seen.missing["score_drift"]
    assert all("score_drift" not in window.tallies for window in seen.windows)


def test_answers_without_one_score_prove_nothing(observed: Observed):
    observed.begun()
    observed.figures.scored = dict(observed.figures.scored_now())
    observed.figures.counts["canary", "200"] += 60
    observed.figures.counts["stable", "200"] += 600
    seen = observed.until(lambda seen: "score_drift" in seen.missing)
    assert "not one of the 60 answers of the track canary was observed" in seen.missing["score_drift"]
    assert all("score_drift" not in window.tallies for window in seen.windows)


def test_before_the_weight_is_in_effect_nothing_counts(observed: Observed):
    observed.begun()
    seen = observed.until(lambda seen: True, replace(observed.release, weight=25))
    assert (seen.weight, seen.windows) == (5, ())


def test_a_gate_whose_clock_was_ahead_counts_all_the_same(observed: Observed):
    ahead = replace(observed.release, since=datetime.now(UTC) + timedelta(hours=2))
    assert observed.until(lambda seen: seen.windows and not seen.missing, ahead).weight == 5


def test_a_step_that_is_begun_again_under_an_unchanged_route_counts_from_there(observed: Observed):
    observed.begun()
    again = datetime.now(UTC)
    query = Query(replace(observed.release, since=again), BADS, POLICY, since=observed.release.since)

    def seen() -> Reading:
        (reading,) = observed.source.read([query], datetime.now(UTC))
        return reading

    observed.until(lambda _: seen().windows)
    assert min(window.start for window in seen().windows) >= again


def test_a_gateway_that_is_no_longer_scraped_is_missing_and_its_windows_stay(observed: Observed):
    observed.begun()
    observed.figures.counts["canary", "500"] += 40
    observed.until(lambda seen: traffic(seen).canary == 40)
    observed.exporter.broken = True
    seen = observed.until(lambda seen: GATEWAY in seen.missing)
    assert "has no series sluice_gateway_weight" in seen.missing[GATEWAY]
    assert (seen.weight, seen.ready) == (None, False)


def test_labels_that_no_series_carries_are_no_data(observed: Observed):
    observed.begun()
    elsewhere = Prometheus(observed.url, {"cluster": 'else"where'})
    seen = read(elsewhere, observed.release)
    assert seen.windows == () and "has no series" in seen.missing[GATEWAY]


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
    "no-time": json.dumps(vector(({"of": "min gateway"}, "100"))).encode(),
    "no-parts": json.dumps(vector(({}, "100"))).encode(),
    "no-value": json.dumps({"status": "success", "data": {"resultType": "vector", "result": [{}]}}).encode(),
    "list": b"[1]",
    "deep": b"[" * 100_000,
    "not-found": Answer(404, b"no such page"),
    "later": Answer(429, b"too many", {"Retry-After": "30"}),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_no_data_and_says_why(web, answer):
    web.pages["/api/v1/query"] = answer
    seen = read(Prometheus(web.url, seconds=5), RELEASE)
    assert (seen.weight, seen.ready, seen.windows) == (None, False, ())
    assert list(seen.missing) == [GATEWAY] and web.url in seen.missing[GATEWAY]


def test_a_server_that_asks_to_be_left_alone_says_for_how_long(web):
    web.pages["/api/v1/query"] = NONSENSE["later"]
    assert "asks to be left alone until 30 s from then" in read(Prometheus(web.url), RELEASE).missing[GATEWAY]


def test_a_server_that_fails_in_mid_reading_gives_no_data(web):
    web.pages["/api/v1/query"] = json.dumps(vector(({"of": "now"}, "1"))).encode()
    web.pages["/api/v1/query_range"] = Answer(503, b"overloaded")
    seen = read(Prometheus(web.url), RELEASE)
    assert "503: overloaded" in seen.missing[GATEWAY]
    assert web.paths == ["/api/v1/query", "/api/v1/query_range"]


def test_an_answer_over_the_limit_is_asked_for_in_parts(web, monkeypatch):
    """Until it is about one release: then it is no data, and says so."""
    monkeypatch.setattr(adapter, "LARGEST", 1000)
    asked: list[str] = []

    def answer(request: Request) -> bytes:
        asked.append(request.query["query"])
        return b"x" * 2000 if "bb" in asked[-1] else b"<html>"

    web.pages["/api/v1/query"] = answer
    queries = [Query(replace(RELEASE, model=name), BADS, POLICY) for name in ("aa", "bb")]
    seen = Prometheus(web.url).read(queries, datetime.now(UTC))
    assert len(asked) == 3
    assert "did not answer with JSON" in seen[0].missing[GATEWAY]
    assert "answered with more than 1,000 bytes" in seen[1].missing[GATEWAY]


def test_so_many_models_that_their_names_do_not_fit_are_asked_about_in_turn(web):
    queries = [Query(replace(RELEASE, model=f"model-{n:040}"), BADS, POLICY) for n in range(100)]
    Prometheus(web.url).read(queries, datetime.now(UTC))
    assert 1 < len(web.requests) < 10
    assert all(len(request.target) < 16_000 for request in web.requests)
