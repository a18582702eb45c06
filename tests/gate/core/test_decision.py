"""Decision and its parts are data: what commits, and what an interval says before anything was seen."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import pytest

from sluicegate.gate.core.decision import Decision, Interval, Observations
from sluicegate.specs.release import Release, Version

BEFORE = Release("m", "production", stable=Version(1, "r", "sha256:1"))


def test_a_decision_commits_when_it_changes_the_release_and_only_then():
    assert not Decision("wait", "so", BEFORE, replace(BEFORE)).commits
    assert Decision("wait", "so", BEFORE, replace(BEFORE, weight=1)).commits


def test_without_an_observation_the_interval_is_everything():
    assert Interval() == Interval(-math.inf, math.inf)


def test_a_decision_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Decision("wait", "so", BEFORE, BEFORE).kind = "advance"
    with pytest.raises(FrozenInstanceError):
        Observations().freeze = "night"
