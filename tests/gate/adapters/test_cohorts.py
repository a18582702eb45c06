"""Cohorts of predictions: which have matured, what is counted of them, and what shows nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.releases import V1, V2
from support.series import series

from sluicegate.gate.adapters import cohorts as by_cohort
from sluicegate.gate.adapters.business import BusinessFigures, Sums, key
from sluicegate.gate.adapters.figures import Figures
from sluicegate.gate.adapters.query import Query
from sluicegate.gate.adapters.resets import Starts
from sluicegate.gate.adapters.samples import READY, WEIGHT, NoData, Series
from sluicegate.gate.adapters.source import reading
from sluicegate.gate.core.decision import Coverage, Reading
from sluicegate.gate.metrics.base import REQUESTS, BusinessSeries, CohortSeries, FailureCounter, Selector
from sluicegate.specs.policy import Cohorts, Gate, Policy
from sluicegate.specs.release import CounterDelta, Release

BEGAN = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
RULE = Cohorts(seconds=3600, delay_seconds=7200, coverage=0.9)
PREDICTIONS, LABELLED, WRONG = (Selector(name) for name in ("predictions", "labelled", "wrong"))
OWN = BusinessSeries(LABELLED, "track", "canary", "stable", 0, CohortSeries("cohort", PREDICTIONS, RULE))
COUNTER = FailureCounter("business", (WRONG,), business=OWN)
GATE = Gate("delayed_labels", 0.01, series="wrong of labelled", cohorts=RULE)
HOURS = 6
"""Moments of the step after its begin at half past nine, one an hour."""
NINE, TEN, ELEVEN, LATER = (f"2026-11-26T{hour:02}:00:00Z" for hour in (9, 10, 11, 12))
Row = Sequence[float | None]


def exported(cohorts: Mapping[str, Mapping[str, Row]]) -> BusinessFigures:
    """By cohort and `predictions canary` and so on: the values at each moment, the last one repeated."""
    found: dict[str, list[Series]] = {}
    for selector in (PREDICTIONS, LABELLED, WRONG):
        found[key(selector, OWN)] = [
            series(selector.sample, [*row, *[row[-1]] * (HOURS + 1 - len(row))], track=track, cohort=cohort)
            for cohort, rows in cohorts.items()
            for name, row in rows.items()
            for sample, track in [name.split()]
            if sample == selector.sample
        ]
    return BusinessFigures(found)


def cohort(**changed: Row) -> dict[str, Row]:
    """100 predictions of the canary and 900 of stable, most with a label; 5 and 9 of these wrong."""
    rows: dict[str, Row] = {
        "predictions canary": (100,),
        "predictions stable": (900,),
        "labelled canary": (98,),
        "labelled stable": (890,),
        "wrong canary": (5,),
        "wrong stable": (9,),
    }
    return rows | {name.replace("_", " "): row for name, row in changed.items()}


def read(cohorts: Mapping[str, Mapping[str, Row]], starts: Starts | None = None) -> Reading:
    moments = BEGAN.timestamp() + 3600 * np.arange(HOURS + 1)
    every = [1000.0 * number for number in range(HOURS + 1)]
    at_gateway = [
        series(WEIGHT, [10] * len(every), model="m", track="canary"),
        series(READY, [1.0] * len(every), model="m", track="canary", digest=V2.digest),
        *(series(REQUESTS, every, model="m", track=t, code="200") for t in ("canary", "stable")),
    ]
    policy = Policy((10, 100), (GATE,), window=timedelta(hours=1), warmup_requests=0)
    query = Query(
        Release("m", "production", stable=V1, canary=V2, weight=10), {GATE.name: (COUNTER,)}, policy
    )
    figures = Figures(moments, at_gateway, starts=starts or Starts(), business=exported(cohorts))
    return reading(query, figures, BEGAN)


def counted(seen: Reading) -> dict[int, CounterDelta]:
    """By window in which anything was counted, from 0: what."""
    tallies = [window.tallies[GATE.name] for window in seen.windows]
    return {number: delta for number, delta in enumerate(tallies) if delta.requests}


ONE = CounterDelta(988, 98, (5,), (9,))


def test_a_cohort_counts_once_in_the_window_in_which_it_has_matured():
    """Ten to eleven, two hours later: one o'clock, so at half past one, in the fourth window."""
    seen = read({TEN: cohort(), ELEVEN: cohort()})
    assert seen.missing == {}
    assert counted(seen) == {3: ONE, 4: ONE}
    next_at = datetime(2026, 11, 26, 16, tzinfo=UTC)
    assert seen.coverage == (Coverage("delayed_labels", 2, 200, 196, 1800, 1780, next_at),)


def test_predictions_of_a_cohort_that_began_under_another_weight_do_not_count():
    assert counted(read({NINE: cohort(), TEN: cohort()})) == {3: ONE}


def test_one_that_has_not_matured_waits_and_is_not_missing():
    seen = read({"2026-11-26T13:00:00Z": cohort()})
    assert (seen.missing, counted(seen)) == ({}, {})
    assert seen.coverage[0].cohorts == 0
    assert seen.coverage[0].next_at == datetime(2026, 11, 26, 16, tzinfo=UTC)


def test_labels_that_come_later_than_the_delay_change_nothing():
    """At half past one 98 have a label, and an hour later all."""
    late = cohort(labelled_canary=(0, 10, 50, 90, 98, 100), wrong_canary=(0, 0, 1, 2, 5, 7))
    assert counted(read({TEN: late})) == {3: ONE}


def test_processes_that_export_the_same_cohort_add_up():
    both = exported({TEN: cohort()})
    for name, several in both.series.items():
        again = [Series(one.name, {**one.labels, "instance": "b"}, one.values) for one in several]
        both.series[name].extend(again)  # type: ignore[attr-defined]
    moments = BEGAN.timestamp() + 3600 * np.arange(HOURS + 1)
    counts = by_cohort.gate("x", COUNTER, Sums("m", both, moments, Starts()), ("canary", "stable"))
    assert (counts.canary.values[-1], counts.bad_stable[0].values[-1]) == (196, 18)


def test_a_cohort_whose_counters_were_reset_before_it_matured_is_left_out():
    lost = cohort(wrong_canary=(1, 3, 4, 0, 2))
    assert counted(read({TEN: lost, ELEVEN: cohort()})) == {4: ONE}
    at_once = cohort(wrong_canary=(1, 3, 4, 5, 0))
    assert counted(read({TEN: at_once, ELEVEN: cohort()})) == {4: ONE}
    after = cohort(wrong_canary=(1, 3, 4, 5, 5, 0))
    assert counted(read({TEN: after})) == {3: ONE}


def gone_at(*moments: int) -> dict[str, Row]:
    """The cohort as an exporter that does not answer at these moments has it."""
    return {
        name: [None if number in moments else row[0] for number in range(HOURS + 1)]
        for name, row in cohort().items()
    }


def test_a_scrape_that_failed_while_the_labels_came_loses_no_cohort():
    """Ten o'clock's has matured at the fourth moment; an exporter may well be restarted before it."""
    assert counted(read({TEN: gone_at(2)})) == {3: ONE}
    assert counted(read({TEN: gone_at(1, 3), ELEVEN: gone_at(1, 3)})) == {3: ONE, 4: ONE}
    assert counted(read({TEN: gone_at(5)})) == {3: ONE}


def test_one_that_is_gone_when_it_matures_or_comes_back_from_0_is_left_out():
    assert counted(read({TEN: gone_at(4), ELEVEN: cohort()})) == {4: ONE}
    lost = gone_at(2) | {"labelled canary": (98, 98, None, 97)}
    assert counted(read({TEN: lost, ELEVEN: cohort()})) == {4: ONE}
    starts = Starts({("", ""): np.array([1.0, 1, math.nan, 2, 2, 2, 2])})
    assert counted(read({TEN: gone_at(2), ELEVEN: gone_at(2)}, starts)) == {}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"labelled_canary": (math.nan,)}, "labelled of the cohort {ten} is not known for the track canary"),
        ({"wrong_stable": (-1,)}, "wrong of the cohort {ten} is not known for the track stable"),
        ({"wrong_stable": (0.5,)}, "wrong of the cohort {ten} is not known for the track stable"),
        (
            {"labelled_canary": (101,)},
            "the cohort {ten} has 101 labels of 100 predictions of the track canary",
        ),
        ({"wrong_canary": (99,)}, "the cohort {ten} has 99 wrong ones of 98 labels of the track canary"),
    ],
)
def test_what_cannot_be_true_shows_nothing(changes: dict[str, Row], why: str):
    seen = read({TEN: cohort(**changes), ELEVEN: cohort()})
    assert seen.missing[GATE.name].startswith(why.format(ten=TEN))
    assert all(GATE.name not in window.tallies for window in seen.windows)
    assert seen.coverage == ()


@pytest.mark.parametrize("gone", list(cohort()))
def test_a_cohort_that_lacks_a_counter_of_one_track_shows_nothing(gone: str):
    rows = cohort()
    del rows[gone]
    sample, track = gone.split()
    assert (
        read({TEN: rows})
        .missing[GATE.name]
        .startswith(
            f"{sample} of the cohort {TEN} is not known for the track {track}"
            if sample in {name.split()[0] for name in rows}
            else f"{sample} is not there"
        )
    )


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("yesterday", "predictions has the cohort 'yesterday', which is no time"),
        ("2026-11-26", "predictions has the cohort '2026-11-26', which is no time"),
        ("2026-11-26T10:00:00+01:00", "predictions has the cohort '2026-11-26T10:00:00+01:00', which is"),
        ("2026-13-26T10:00:00Z", "predictions has the cohort '2026-13-26T10:00:00Z', which is no time"),
        ("2026-11-26T10:30:00Z", "predictions has the cohort 2026-11-26T10:30:00Z, at which none of 3600 s"),
    ],
)
def test_a_label_that_is_no_start_of_a_cohort_shows_nothing(label: str, why: str):
    assert read({label: cohort(), TEN: cohort()}).missing[GATE.name].startswith(why)


def test_counters_without_the_label_and_sources_without_the_counters_are_named():
    bare = exported({TEN: cohort()})
    for several in bare.series.values():
        for one in several:
            del one.labels["cohort"]  # type: ignore[attr-defined]
    moments = BEGAN.timestamp() + 3600 * np.arange(HOURS + 1)
    with pytest.raises(NoData, match="predictions has no label cohort"):
        by_cohort.gate("x", COUNTER, Sums("m", bare, moments, Starts()), ("canary", "stable"))
    assert read({}).missing[GATE.name].startswith("predictions is not there")


def test_a_baseline_with_stables_label_counts_once():
    shared = replace(OWN, baseline="stable")
    series_of = exported({TEN: cohort()}).series
    figures = BusinessFigures(
        {key(one, shared): series_of[key(one, OWN)] for one in (PREDICTIONS, LABELLED, WRONG)}
    )
    sums = Sums("m", figures, BEGAN.timestamp() + 3600 * np.arange(HOURS + 1), Starts())
    counter = FailureCounter("business", (WRONG,), business=shared)
    found = by_cohort.gate("delayed_labels", counter, sums, ("canary", "stable", "baseline"))
    assert (found.stable.values[-1], found.bad_stable[0].values[-1]) == (890, 9)
