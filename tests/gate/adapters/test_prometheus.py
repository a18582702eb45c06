"""A step's windows, from a real Prometheus; what it lacks, and wrong answers, have files of their own."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from support.scraped import BADS, POLICY, Figures, Observed, total, traffic

from sluicegate.gate.adapters import range_grid
from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core.decision import Reading
from sluicegate.specs.release import CounterDelta, Traffic


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
