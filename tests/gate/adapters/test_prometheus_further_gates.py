"""Gates beside the requests, from a real Prometheus: pairs, business counters, inputs, cost, labels."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from types import SimpleNamespace
from typing import Any

from support.releases import V1, V2
from support.scraped import BADS, POLICY, Observed, total

from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core.decision import Coverage, Reading
from sluicegate.gate.metrics.base import BusinessSeries, CohortSeries, FailureCounter, Selector, either
from sluicegate.gate.metrics.cost import Cost as CostMetric
from sluicegate.gate.metrics.input_drift import InputDrift, Watched
from sluicegate.gate.metrics.shadow import Shadow
from sluicegate.onnx_server.shadow.counts import PairCounts
from sluicegate.onnx_server.shadow.difference import Difference
from sluicegate.specs.policy import Cohorts, Column, Cost, Drift, Gate
from sluicegate.specs.release import CounterDelta


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
    tracks = ("new", "old", "older")
    shop.update({(name, track): 10 for name in ("failed_total", "all_total") for track in tracks})
    model = observed.figures.model
    every = Selector("all_total", like={"of": either(["another", model])}, unlike={"variant": "older"})
    business = BusinessSeries(every, "variant", "new", "old", 0)
    failed = Selector("failed_total", equal={"of": model})
    counter = FailureCounter("business", (failed,), business=business)
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
