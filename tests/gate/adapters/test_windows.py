"""From counters to windows; how the counters are read has its own tests."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sluicegate.gate.adapters.samples import Count, NoData
from sluicegate.gate.adapters.windows import Counters, GateCounts, joined, windows_of
from sluicegate.gate.core.decision import GATEWAY
from sluicegate.specs.release import CounterDelta, Traffic

NAN = float("nan")


def count(*values: float, why: str = "") -> Count:
    return Count(np.array(values, dtype=float), NoData(why) if why else None)


def gate(canary: Count, stable: Count, bad_canary: Count, bad_stable: Count, *observed: Count) -> GateCounts:
    """`observed`: of the canary, and of stable."""
    by_track = dict(zip(("canary", "stable"), observed, strict=False))
    return GateCounts(canary, stable, (bad_canary,), (bad_stable,), by_track)


def counters(canary: Count, stable: Count, every: float = 10.0, **more) -> Counters:
    moments = 1000.0 + every * np.arange(len(canary.values))
    errors = more.pop("errors", None)
    gates = {} if errors is None else {"errors": errors}
    return Counters(moments, canary, stable, gates, **more)


def test_a_window_is_what_was_counted_between_two_moments():
    canary, stable = count(5, 8, 20), count(100, 150, 290)
    errors = gate(canary, stable, count(1, 1, 4), count(7, 8, 8))
    seen = windows_of(counters(canary, stable, errors=errors), 10)
    assert [window.traffic for window in seen.windows] == [Traffic(3, 50), Traffic(12, 140)]
    assert [window.tallies["errors"] for window in seen.windows] == [
        CounterDelta(53, 3, (0,), (1,)),
        CounterDelta(152, 12, (3,), (0,)),
    ]
    assert seen.windows[0].start == datetime.fromtimestamp(1000, UTC)
    assert seen.windows[0].end == seen.windows[1].start == datetime.fromtimestamp(1010, UTC)
    assert (seen.missing, seen.reset) == ({}, None)


def test_short_windows_are_joined_and_the_last_still_runs():
    requests = count(*range(8))
    seen = windows_of(counters(requests, requests, every=4), 10)
    assert [window.seconds for window in seen.windows] == [12, 12, 4]
    assert [window.traffic.canary for window in seen.windows] == [3, 3, 1]


def test_looks_that_are_a_little_early_are_windows_all_the_same():
    assert joined(np.array([0, 9.9, 20.1, 29.8]), [0, 1, 2, 3], 10) == [0, 1, 2, 3]


@given(st.integers(2, 1500), st.floats(0.5, 60))
def test_there_are_never_more_than_200_windows_and_they_add_up(moments: int, every: float):
    requests = count(*range(moments))
    seen = windows_of(counters(requests, requests, every=every), 10)
    assert len(seen.windows) <= 201
    assert sum(window.traffic.canary for window in seen.windows) == moments - 1


def test_one_moment_makes_no_window_and_no_moment_none():
    assert windows_of(counters(count(5), count(9)), 10).windows == ()
    assert windows_of(Counters.none(), 10).windows == ()


def test_a_count_that_went_back_is_never_added_up():
    seen = windows_of(counters(count(50, 60, 3, 9), count(900, 990, 1000, 1100)), 10)
    assert [window.traffic for window in seen.windows] == [Traffic(6, 100)]
    assert seen.reset == "the requests of the track canary went back, at 1970-01-01 00:17:00 UTC"


def test_windows_begin_after_the_last_reset_that_the_source_tells():
    resets = {1: "the gateway restarted", 2: "again"}
    seen = windows_of(counters(count(1, 2, 3, 4), count(1, 2, 3, 4), resets=resets), 10)
    assert len(seen.windows) == 1 and seen.reset == "again, at 1970-01-01 00:17:00 UTC"


def test_a_reset_at_the_last_moment_leaves_no_window():
    assert windows_of(counters(count(9, 1), count(9, 9)), 10).windows == ()


def test_a_moment_without_figures_makes_the_window_longer_and_loses_nothing():
    seen = windows_of(counters(count(1, NAN, 5), count(2, NAN, 9)), 10)
    assert [(window.seconds, window.traffic) for window in seen.windows] == [(20, Traffic(4, 7))]


def test_a_gateway_that_is_silent_now_keeps_its_windows_and_says_why():
    seen = windows_of(counters(count(1, 2, NAN, why="it is down"), count(1, 2, NAN)), 10)
    assert len(seen.windows) == 1
    assert seen.missing == {GATEWAY: "the gateway gives no figures: it is down"}


def test_a_gate_without_figures_at_either_end_has_no_tally_there():
    canary = count(1, NAN, 3, 4)
    requests = count(1, 2, 3, 4)
    seen = windows_of(counters(requests, requests, errors=gate(canary, requests, canary, canary)), 10)
    assert ["errors" in window.tallies for window in seen.windows] == [False, False, True]
    assert seen.missing == {}


def test_a_gate_without_figures_now_keeps_its_earlier_windows_and_says_why():
    requests = count(1, 2, 3)
    gone = count(1, 2, NAN, why="the server is gone")
    seen = windows_of(counters(requests, requests, errors=gate(gone, requests, gone, requests)), 10)
    assert ["errors" in window.tallies for window in seen.windows] == [True, False]
    assert seen.missing == {"errors": "the server is gone"}


def test_a_reset_at_the_servers_costs_one_gate_one_window():
    requests = count(1, 2, 3, 4)
    errors = GateCounts(
        requests, requests, (requests,), (requests,), {}, np.array([False, False, True, False])
    )
    seen = windows_of(counters(requests, requests, errors=errors), 10)
    assert ["errors" in window.tallies for window in seen.windows] == [True, False, True]
    assert seen.reset is None


def test_answers_of_which_nothing_was_observed_prove_nothing():
    requests, none = count(0, 50, 90), count(0, 0, 0)
    errors = gate(requests, requests, none, none, none, requests)
    seen = windows_of(counters(requests, requests, errors=errors), 10)
    assert not any(window.tallies for window in seen.windows)
    assert seen.missing == {"errors": "not one of the 90 answers of the track canary was observed"}


def test_servers_that_count_nothing_of_what_the_gateway_sends_prove_nothing():
    requests, none = count(0, 50, 90), count(0, 0, 0)
    errors = gate(none, requests, none, none, none, requests)
    seen = windows_of(counters(requests, requests, errors=errors), 10)
    assert seen.missing == {"errors": "the servers of the track canary counted none of its 90 requests"}


def test_a_window_warms_up_if_any_of_the_moments_in_it_begins_so():
    warming = np.array([True, False, False, False])
    seen = windows_of(counters(count(1, 2, 3, 4), count(1, 2, 3, 4), every=5, warming=warming), 10)
    assert [window.warming for window in seen.windows] == [True, False]


def test_what_a_source_already_misses_stays_missing():
    seen = windows_of(counters(count(1, 2), count(1, 2), missing={"drift": "no scores"}), 10)
    assert seen.missing == {"drift": "no scores"}
