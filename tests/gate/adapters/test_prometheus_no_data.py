"""Figures that a real Prometheus does not have, or no longer: nothing is proven by them."""

import time

from support.scraped import Observed, read, traffic

from sluicegate.gate.adapters.prometheus import Prometheus
from sluicegate.gate.core.decision import GATEWAY
from sluicegate.specs.release import Traffic


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
