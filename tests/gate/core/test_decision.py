"""Decision and its parts are data: what commits, and what an interval says before anything was seen."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace

import pytest

from sluicegate.gate.core.decision import Decision, Interval, Observations
from sluicegate.specs.release import Release, Version

BEFORE = Release("m", "production", stable=Version(1, "r", "sha256:1"))
TWO = Version(2, "s", "sha256:2")


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


@pytest.mark.parametrize(
    ("before", "after", "version"),
    [
        (replace(BEFORE, canary=TWO), BEFORE, TWO),
        (BEFORE, replace(BEFORE, canary=TWO), TWO),
        (BEFORE, replace(BEFORE, stable=TWO), BEFORE.stable),
        (replace(BEFORE, stable=None), BEFORE, BEFORE.stable),
        (replace(BEFORE, stable=None), replace(BEFORE, stable=None), None),
    ],
    ids=["a canary that ends", "a canary that starts", "a stable that goes", "a first stable", "nothing"],
)
def test_the_version_that_a_decision_is_about(before, after, version):
    assert Decision("hold", "so", before, after).version == version
