from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support.clock import START
from support.gate_scene import Gateway, Scene
from support.releases import POLICY, V1, V2, reading, windows

from sluicegate.gate.adapters.query import Query
from sluicegate.gate.core.decision import GATEWAY, Reading
from sluicegate.gate.daemon.blindness import FILE, Blindness, is_blind
from sluicegate.specs.release import Release

RELEASE = Release("m", "production", stable=V1, canary=V2, weight=5, since=START)
SILENT = reading(5, missing={GATEWAY: "it is down"})
LATER = START + timedelta(minutes=20)


def since(blindness: Blindness, seen: Reading | None, now=START, release: Release = RELEASE):
    return blindness.since(release, POLICY, seen, now)


@pytest.mark.parametrize(
    "seen",
    [None, SILENT, reading(None), reading(1), reading(5, missing={"error_rate": "no data"})],
    ids=["nothing", "gateway", "no-weight", "another-weight", "gate"],
)
def test_blind_is_a_release_of_which_not_everything_is_seen(seen: Reading | None):
    assert is_blind(RELEASE, POLICY, seen)
    assert not is_blind(replace(RELEASE, weight=0), POLICY, seen)
    assert not is_blind(replace(RELEASE, canary=None), POLICY, seen)


def test_figures_that_no_gate_needs_may_be_missing():
    assert not is_blind(RELEASE, POLICY, reading(5, missing={"other": "no data"}))


def again(
    seconds: float, weight: int = 5, reset: str | None = "counters of the gateway were reset"
) -> Reading:
    """Figures of so many seconds since the last reset."""
    seen = windows(1, 50, 950, seconds=seconds, error_rate=(50, 950, 0, 0))
    return reading(weight, seen, reset=reset)


def test_counters_that_are_reset_over_and_over_are_no_figures_until_a_steps_least_time_was_seen():
    assert is_blind(RELEASE, POLICY, again(5))
    assert is_blind(RELEASE, POLICY, again(59))
    assert not is_blind(RELEASE, POLICY, again(60))
    assert not is_blind(RELEASE, POLICY, again(5, reset=None))


def test_one_reset_of_a_step_that_lasts_long_is_no_blindness_for_as_long():
    patient = replace(POLICY, min_seconds=3600.0)
    assert is_blind(RELEASE, patient, again(449))
    assert not is_blind(RELEASE, patient, again(450))
    hasty = replace(POLICY, min_seconds=0.0)
    assert [is_blind(RELEASE, hasty, again(seconds)) for seconds in (9, 10)] == [True, False]


def test_a_server_that_is_reset_in_too_many_windows_is_not_seen_either():
    seen = windows(10, 500, 9500, error_rate=(500, 9500, 0, 0))
    lost = [replace(window, tallies={}) for window in seen[:2]]
    assert is_blind(RELEASE, POLICY, reading(5, [*lost, *seen[2:]]))
    assert not is_blind(RELEASE, POLICY, reading(5, [*lost[:1], *seen[1:]]))


def test_figures_that_a_warm_up_leaves_out_are_not_missed():
    seen = windows(10, 500, 9500, error_rate=(500, 9500, 0, 0))
    lost = [replace(window, tallies={}, warming=True) for window in seen[:2]]
    assert not is_blind(RELEASE, POLICY, reading(5, [*lost, *seen[2:]]))


class PodsInTurn(Gateway):
    """A gateway in front of pods of which some start in each window."""

    def _read(self, query: Query, now: datetime) -> Reading:
        seen = super()._read(query, now)
        return replace(seen, windows=tuple(replace(w, seconds=120.0, warming=True) for w in seen.windows))


def test_pods_that_start_in_every_window_keep_no_canary_in_traffic(scene: Scene):
    """While a whole fleet is replaced nothing is judged: a canary that fails would go on meanwhile."""
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(3)
    assert scene.release().weight == 5
    scene.gateway = PodsInTurn()
    scene.clock.step = timedelta(minutes=2)
    blindness = Blindness()
    outcomes = [scene.tick_one(blindness=blindness) for _ in range(12)]
    assert "pods of either version have been warming up for" in outcomes[2].problem
    assert scene.release().weight == 0 and scene.release().rejected == ()
    assert "requests are not judged" in scene.release().hold.reason


class CrashLooping(Gateway):
    """A gateway whose counters begin again with each window."""

    def _read(self, query: Query, now: datetime) -> Reading:
        seen = super()._read(query, now)
        return replace(seen, windows=seen.windows[-1:], reset="a gateway's process restarted")


def test_a_gateway_that_restarts_over_and_over_keeps_no_canary_in_traffic(scene: Scene):
    scene.release_version_1()
    scene.merge_version(2)
    scene.ticks(3)
    assert scene.release().weight == 5
    scene.gateway = CrashLooping()
    scene.clock.step = timedelta(minutes=2)
    blindness = Blindness()
    outcomes = [scene.tick_one(blindness=blindness) for _ in range(12)]
    assert "counting keeps beginning again, 10 s of 60 s were seen since" in outcomes[2].problem
    assert scene.release().weight == 0 and scene.release().rejected == ()
    assert "a gateway's process restarted" in scene.release().hold.reason


def test_the_time_begins_when_the_gate_first_sees_nothing_and_ends_with_the_first_figures():
    blindness = Blindness()
    assert since(blindness, reading(5)) is None
    assert since(blindness, SILENT) == START
    assert since(blindness, SILENT, LATER) == START
    assert since(blindness, reading(5), LATER) is None
    assert since(blindness, SILENT, LATER) == LATER


def test_another_step_and_another_release_have_their_own_time():
    blindness = Blindness()
    since(blindness, SILENT)
    assert since(blindness, SILENT, LATER, replace(RELEASE, model="n")) == LATER
    assert since(blindness, SILENT, LATER, replace(RELEASE, since=LATER)) == LATER


def test_a_folder_keeps_it_between_runs(tmp_path: Path):
    since(Blindness(tmp_path), SILENT)
    assert since(Blindness(tmp_path), SILENT, LATER) == START
    since(Blindness(tmp_path), reading(5))
    assert since(Blindness(tmp_path), SILENT, LATER) == LATER


@pytest.mark.parametrize(
    "text", ["", "[", "[1]", "{}", '{"production/m": 3}', '{"production/m": ["x", "y"]}']
)
def test_a_file_that_says_nothing_is_forgotten(tmp_path: Path, text: str):
    (tmp_path / FILE).write_text(text)
    assert since(Blindness(tmp_path), SILENT, LATER) == LATER


def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nothing(tmp_path: Path):
    blindness = Blindness(tmp_path / "missing")
    assert since(blindness, SILENT) == START
