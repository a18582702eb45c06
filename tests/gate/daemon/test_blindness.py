from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.clock import START
from support.releases import POLICY, V1, V2, reading

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
