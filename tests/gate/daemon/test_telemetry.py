from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from support.clock import ManualClock

from sluicegate.gate.adapters.git.command import GitError, PushRefused, RaceLost
from sluicegate.gate.core.decision import (
    GATEWAY,
    Decision,
    Figure,
    Interval,
    Judgement,
    Observations,
    Reading,
    Shift,
)
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.telemetry import Telemetry
from sluicegate.specs.release import Hold, Release, Version
from sluicegate.specs.yamlio import InputError

AT = datetime(2026, 1, 2, tzinfo=UTC)
ONE = Version(1, "a" * 40, "sha256:1")
TWO = Version(2, "b" * 40, "sha256:2")
RELEASE = Release("m", "dev", stable=ONE, canary=TWO, weight=5)
JUDGED = Judgement("error_rate", 0.01, 0.005, 100, 50, 1, 1, Interval(-0.01, 0.02), None, False, False, "so")


def outcome(release: Release = RELEASE, after: Release | None = None, **more) -> Outcome:
    decision = Decision(
        more.pop("kind", "wait"), "why", release, after or release, more.pop("judged", (JUDGED,))
    )
    reading = more.pop("reading", Reading(AT, 5, True))
    return Outcome(
        "dev", "m", more.pop("at", AT), decision, observations=Observations(reading=reading), **more
    )


def series(telemetry: Telemetry) -> dict[tuple[str, ...], float]:
    """What a Prometheus reads: (name, label values in their names' order) -> value."""
    text = generate_latest(telemetry.registry).decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_an_evaluation_is_counted_and_its_figures_shown():
    telemetry = Telemetry(60)
    telemetry.evaluated(outcome())
    telemetry.evaluated(outcome(after=replace(RELEASE, weight=25), kind="advance", commit="c" * 40))
    found = series(telemetry)
    assert found["sluice_gate_looks_total", "wait", "dev", "m"] == 1
    assert found["sluice_gate_looks_total", "advance", "dev", "m"] == 1
    assert found["sluice_gate_looks_total", "rollback", "dev", "m"] == 0
    assert found["sluice_gate_release_weight", "dev", "m"] == 25
    assert found["sluice_gate_release_running", "dev", "m"] == 1
    assert found["sluice_gate_release_held", "dev", "m"] == 0
    assert found["sluice_gate_excess_lower", "dev", "error_rate", "m"] == -0.01
    assert found["sluice_gate_excess_upper", "dev", "error_rate", "m"] == 0.02
    assert found["sluice_gate_data_timestamp_seconds", "dev", "m"] == AT.timestamp()


def test_an_outcome_that_is_remembered_is_no_further_evaluation_and_stays_shown():
    telemetry = Telemetry(60)
    remembered = outcome()
    for _ in range(3):
        telemetry.tick_began()
        telemetry.evaluated(remembered)
        telemetry.tick_ended()
    labels = {"environment": "dev", "model": "m"}
    value = telemetry.registry.get_sample_value
    assert value("sluice_gate_looks_total", labels | {"decision": "wait"}) == 1
    assert value("sluice_gate_release_weight", labels) is not None


def test_a_decision_that_is_not_committed_changes_no_weight():
    telemetry = Telemetry(60)
    telemetry.evaluated(outcome(after=replace(RELEASE, weight=25), kind="advance"))
    assert series(telemetry)["sluice_gate_release_weight", "dev", "m"] == 5


def test_missing_figures_leave_the_time_of_the_last_ones():
    telemetry, later = Telemetry(60), datetime(2026, 1, 3, tzinfo=UTC)
    nothing = Reading(later, 5, True, missing={GATEWAY: "it is down"})
    telemetry.evaluated(outcome(reading=nothing))
    first = series(telemetry)["sluice_gate_data_timestamp_seconds", "dev", "m"]
    assert first == AT.timestamp()
    telemetry.evaluated(outcome(reading=nothing, at=later))
    assert series(telemetry)["sluice_gate_data_timestamp_seconds", "dev", "m"] == first
    telemetry.evaluated(outcome(at=later))
    assert series(telemetry)["sluice_gate_data_timestamp_seconds", "dev", "m"] == later.timestamp()
    telemetry.evaluated(outcome(replace(RELEASE, canary=None, weight=0), judged=()))
    found = series(telemetry)
    assert ("sluice_gate_data_timestamp_seconds", "dev", "m") not in found
    assert not [key for key in found if key[0].startswith("sluice_gate_excess")]


def test_a_hold_and_a_problem_are_seen():
    telemetry = Telemetry(60)
    telemetry.evaluated(outcome(replace(RELEASE, hold=Hold(AT, "x"))))
    assert series(telemetry)["sluice_gate_release_held", "dev", "m"] == 1
    telemetry.evaluated(Outcome("dev", "m", AT, problem="broken"))
    found = series(telemetry)
    assert found["sluice_gate_problem", "dev", "m"] == 1
    assert found["sluice_gate_looks_total", "problem", "dev", "m"] == 1


def test_a_release_that_is_gone_leaves_no_series_but_a_failed_tick_forgets_none():
    telemetry = Telemetry(60)
    for report in (lambda: telemetry.evaluated(outcome()), lambda: telemetry.tick_failed(GitError("x"))):
        telemetry.tick_began()
        report()
        telemetry.tick_ended()
        assert series(telemetry)["sluice_gate_release_weight", "dev", "m"] == 5
    telemetry.tick_began()
    telemetry.tick_ended()
    assert not [key for key in series(telemetry) if "dev" in key]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RaceLost("x"), "race_lost"),
        (PushRefused("x"), "push_refused"),
        (GitError("x"), "git"),
        (InputError.of("x", "y"), "input"),
        (ValueError("x"), "other"),
    ],
)
def test_errors_are_counted_by_their_kind(error: Exception, kind: str):
    telemetry = Telemetry(60)
    assert series(telemetry)["sluice_gate_errors_total", kind] == 0
    telemetry.tick_failed(error)
    assert series(telemetry)["sluice_gate_errors_total", kind] == 1


def test_a_tick_is_timed_from_its_beginning_to_its_end():
    clock = ManualClock()
    telemetry = Telemetry(60, clock, lambda: 1234.0)
    clock.now = 110
    telemetry.tick_began()
    clock.now = 113
    telemetry.tick_ended()
    found = series(telemetry)
    assert found["sluice_gate_tick_seconds_sum",] == 3 and found["sluice_gate_tick_seconds_count",] == 1
    assert found["sluice_gate_tick_timestamp_seconds",] == 1234


def test_a_gate_that_judges_no_more_leaves_no_interval():
    telemetry = Telemetry(60)
    telemetry.evaluated(outcome(judged=(JUDGED, replace(JUDGED, gate="score_drift"))))
    telemetry.evaluated(outcome())
    gates = {key[2] for key in series(telemetry) if key[0] == "sluice_gate_excess_upper"}
    assert gates == {"error_rate"}


def test_what_input_columns_are_shown_to_be_off_by_is_a_series_while_it_is_shown():
    def shown(*shifts: Shift) -> Outcome:
        made = outcome()
        figure = Figure("input_drift/distance", "share", 100, Interval(), Interval(), "so", shifts)
        return replace(made, decision=replace(made.decision, shown=(figure,)))

    telemetry = Telemetry(60)
    telemetry.evaluated(
        shown(
            Shift("stable", "above 5", 0.0, Interval(-0.1, 0.1), 0.0),
            Shift("reference", "above 5", 0.4, Interval(0.5, 0.7), 0.1),
        )
    )
    name = "sluice_gate_input_shift_lower"
    found = series(telemetry)
    assert found[name, "stable", "distance", "dev", "m"] == 0
    assert found[name, "reference", "distance", "dev", "m"] == 0.1
    telemetry.evaluated(shown())
    assert not [key for key in series(telemetry) if key[0] == name]


def test_health_is_lost_without_a_finished_tick_and_comes_back():
    clock = ManualClock(0)
    telemetry = Telemetry(60, clock)
    clock.now = 60
    assert telemetry.healthy
    clock.now = 61
    # A tick that began is not one that ended.
    telemetry.tick_began()
    assert not telemetry.healthy
    telemetry.tick_ended()
    assert telemetry.healthy
    clock.now = 122
    assert not telemetry.healthy
    telemetry.heartbeat()
    assert telemetry.healthy
