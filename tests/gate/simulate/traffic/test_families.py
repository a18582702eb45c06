"""Each family does to the two tracks what its docstring says; all are drawn with a fixed seed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from sluicegate.gate.simulate.traffic.autocorrelated import autocorrelated
from sluicegate.gate.simulate.traffic.base import Setting, Traffic, steady
from sluicegate.gate.simulate.traffic.bursts import bursts
from sluicegate.gate.simulate.traffic.cold_start import cold_start
from sluicegate.gate.simulate.traffic.diurnal import diurnal
from sluicegate.gate.simulate.traffic.episodes import episodes
from sluicegate.gate.simulate.traffic.late_break import late_break
from sluicegate.gate.simulate.traffic.outage import outage
from sluicegate.gate.simulate.traffic.round_robin import round_robin
from sluicegate.gate.simulate.traffic.stalls import stalled, stalls
from sluicegate.gate.simulate.traffic.steady import flat
from sluicegate.gate.simulate.traffic.sticky import EACH, first_of_session, sticky

SETTING = Setting(rate=100, failures=0.02, windows=360)
QUIET = replace(SETTING, failures=0.0)
FAMILIES = {
    "flat": flat,
    "diurnal": diurnal,
    "autocorrelated": autocorrelated,
    "bursts": bursts,
    "stalls": partial(stalls, minutes=1),
    "episodes": episodes,
    "cold_start": partial(cold_start, answers=3),
    "sticky": sticky,
    "round_robin": round_robin,
    "outage": outage,
}


def rng():
    return np.random.default_rng(11)


def served(family, setting, weight=50):
    random = rng()
    traffic = Traffic(family(random, setting), random, setting.windows)
    return [traffic.serve(window, weight) for window in range(setting.windows)]


def shares(windows):
    return (
        sum(w.bad_canary for w in windows) / sum(w.canary for w in windows),
        sum(w.bad_stable for w in windows) / sum(w.stable for w in windows),
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_both_tracks_have_their_share_of_the_requests(name):
    windows = served(FAMILIES[name], SETTING, weight=25)
    canary = sum(w.canary for w in windows)
    total = sum(w.canary + w.stable for w in windows)
    assert total == pytest.approx(360_000, rel=0.06)
    assert canary / total == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("name", FAMILIES)
def test_no_track_has_more_failures_than_requests(name):
    worst = replace(SETTING, failures=0.5, difference=0.5)
    assert all(
        w.bad_canary <= w.canary and w.bad_stable <= w.stable for w in served(FAMILIES[name], worst, 5)
    )


@pytest.mark.parametrize("name", sorted(FAMILIES.keys() - {"outage"}))
def test_a_difference_is_on_the_canary_alone(name):
    canary, stable = shares(served(FAMILIES[name], replace(SETTING, difference=0.1)))
    assert canary - stable == pytest.approx(0.1, abs=0.015)


def test_day_and_night_swing_by_nine_tenths():
    rates = diurnal(rng(), SETTING)
    assert rates.requests.max() / rates.requests.min() == pytest.approx(19, rel=0.01)
    assert np.corrcoef(rates.requests, rates.stable)[0, 1] == pytest.approx(-1)


def test_waves_remember():
    rates = autocorrelated(rng(), replace(SETTING, windows=20_000))
    logs = np.log(rates.stable / SETTING.failures)
    assert np.std(logs) == pytest.approx(0.5, abs=0.03)
    assert np.corrcoef(logs[1:], logs[:-1])[0, 1] == pytest.approx(0.7, abs=0.03)
    assert (rates.canary == rates.stable).all()


def test_outages_hit_both_tracks_at_once():
    rates = bursts(rng(), replace(SETTING, windows=20_000))
    assert np.mean(rates.stable > 0.1) == pytest.approx(0.02, abs=0.004)
    assert (rates.canary == rates.stable).all()


@pytest.mark.parametrize(("minutes", "replicas"), [(1, 1), (5, 1), (1, 4)])
def test_a_replica_stalls_by_itself_for_a_quarter_of_a_second_on_average(minutes, replicas):
    share = stalled(rng(), replace(SETTING, windows=200_000), replicas, minutes)
    assert share.mean() == pytest.approx(0.26 / (60 * minutes), rel=0.05)
    one = 0.5 / 10 / replicas
    assert np.mean(share[share > 0] <= one) > 0.6, "most moments have one stall"


def test_the_tracks_do_not_stall_together():
    rates = stalls(rng(), replace(QUIET, windows=100_000), minutes=1)
    assert abs(np.corrcoef(rates.canary, rates.stable)[0, 1]) < 0.02


def test_an_episode_is_slow_for_twenty_seconds():
    rates = episodes(rng(), replace(QUIET, windows=60_000))
    assert np.median(rates.canary[rates.canary > 0.29]) == pytest.approx(0.3)
    assert rates.canary.mean() == pytest.approx(0.3 * 20 / 1800, rel=0.15)


def test_cold_answers_are_the_canarys_by_pod():
    assert cold_start(rng(), replace(SETTING, replicas=(4, 9)), answers=3).cold == 12


def test_turns_are_even():
    exact = served(round_robin, replace(QUIET, rate=12.34), weight=10)
    assert sum(w.canary + w.stable for w in exact) == int(360 * 123.4)
    assert {w.canary for w in exact} <= {11, 12, 13, 14}


def test_one_users_requests_stay_together():
    windows = served(sticky, SETTING)
    assert {w.canary % 50 for w in windows} == {0}
    independent = served(flat, SETTING)
    assert np.var([w.bad_stable for w in windows]) > 2 * np.var([w.bad_stable for w in independent])


def test_factors_of_traffic_and_failures_are_by_window():
    rates = steady(replace(SETTING, windows=2, difference=0.1), failures=np.array([0.2, 0.3]), requests=2.0)
    assert rates.requests.tolist() == [2000, 2000]
    assert rates.canary.tolist() == pytest.approx([0.3, 0.4])


def test_past_the_last_window_there_is_nothing():
    traffic = Traffic(flat(rng(), SETTING), rng(), 3)
    with pytest.raises(IndexError):
        traffic.serve(3, 1)


def test_an_outage_is_of_stable_alone_and_lasts_two_minutes_of_the_first_four():
    windows = served(outage, SETTING)
    failing = [w.bad_stable / w.stable for w in windows]
    assert sum(failing[:24]) == pytest.approx(12 + 12 * 0.02, rel=0.02)
    assert max(failing[24:]) < 0.1
    assert max(w.bad_canary / w.canary for w in windows) < 0.1


def test_a_late_break_is_of_the_canary_alone_and_comes_after_an_hour():
    setting = replace(QUIET, windows=370, difference=0.6)
    windows = served(late_break, setting)
    assert sum(w.bad_stable for w in windows) == 0
    assert [w.bad_canary > 0 for w in windows] == [False] * 360 + [True] * 10
    assert shares(windows[360:])[0] == pytest.approx(0.6, abs=0.03)


def test_users_who_are_counted_once_are_one_in_fifty_of_the_requests_and_fail_as_often():
    counted = served(first_of_session, SETTING)
    total = sum(w.canary + w.stable for w in counted)
    assert total == pytest.approx(360_000 / EACH, rel=0.06)
    assert shares(counted) == pytest.approx((0.02, 0.02), abs=0.006)
