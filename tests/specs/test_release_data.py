"""The plain data of a release: what a file of it says, before it is text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from support.releases import V1, V2, delta

from sluicegate.specs.release import Hold, Release, Step, Tally, Traffic
from sluicegate.specs.release_data import as_data

NINE = datetime(2026, 11, 21, 10, 15, tzinfo=timezone(timedelta(hours=1)))
STEP = Step(1, Traffic(10, 990), {"e": Tally(delta(10, 990))})
RUNNING = Release("m", "production", stable=V1, canary=V2, weight=5, started=NINE, since=NINE, counts=(STEP,))


def test_moments_are_in_utc():
    assert as_data(RUNNING)["started"] == "2026-11-21T09:15:00Z"


def test_the_tracks_share_all_traffic():
    data = as_data(RUNNING)["tracks"]
    assert (data["stable"]["weight"], data["canary"]["weight"], "baseline" in data) == (95, 5, False)
    beside = as_data(replace(RUNNING, baseline=True))["tracks"]
    assert [beside[track]["weight"] for track in ("stable", "canary", "baseline")] == [90, 5, 5]


def test_what_few_releases_have_is_left_out():
    data = as_data(RUNNING)
    assert not {"stable_since", "approved", "released", "hotfix"} & data.keys()
    assert data["counts"][0]["traffic"] == {"canary": 10, "stable": 990}
    assert data["counts"][0]["tallies"]["e"].keys() == {"rest", "windows"}
    assert "by" not in as_data(replace(RUNNING, hold=Hold(NINE, "late")))["hold"]


def test_what_a_step_did_not_see_is_kept_without_a_baseline_that_never_ran():
    unseen = replace(STEP, tallies={"e": Tally(delta(10, 990), unseen=Traffic(1, 99))})
    data = as_data(replace(RUNNING, counts=(unseen,)))
    assert data["counts"][0]["tallies"]["e"]["unseen"] == {"canary": 1, "stable": 99}


@pytest.mark.parametrize(
    "broken",
    [
        {"weight": 101},
        {"weight": -1},
        {"canary": None},
        {"baseline": True, "weight": 34},
        {"since": datetime(2026, 11, 21)},
    ],
)
def test_what_no_file_may_say_is_refused(broken):
    with pytest.raises(ValueError, match=r"canary|time zone"):
        as_data(replace(RUNNING, **broken))
