"""Whole rollouts through decide(), tick by tick, with two gates and the counters that a gateway would show.

How often rollouts err is measured in tests/gate/calibrate.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.releases import ERRORS, STEPS, V1, V2

from sluicegate.gate.core.decision import Observations, Reading
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterSnapshot, Release, Traffic

START = datetime(2024, 6, 1, tzinfo=UTC)
POLICY = Policy(STEPS, (ERRORS, Gate("score_drift", 0.1, True, 5)), min_seconds=20)


def live(seed, harm, shift):
    """One rollout, tick by tick, through decide() alone: 500 requests and 10 s a tick."""
    rng = np.random.default_rng(seed)
    release = Release("m", "production", stable=V1)
    total = {"canary": 0, "stable": 0}
    bad = {"canary": np.zeros(6, int), "stable": np.zeros(6, int)}
    path, now = [], START
    for _ in range(400):
        in_effect = release.weight
        canary = int(rng.binomial(500, in_effect / 100))
        for track, n, worse, up in (("canary", canary, harm, shift), ("stable", 500 - canary, 0, 0)):
            total[track] += n
            above = np.clip(np.array([0.8, 0.6, 0.4, 0.2, 0.1]) + up, 0, 1)
            bad[track] += np.concatenate([[rng.binomial(n, 0.005 + worse)], rng.binomial(n, above)])
        now += timedelta(seconds=10)
        totals = {
            "error_rate": CounterSnapshot(
                total["canary"], total["stable"], (int(bad["canary"][0]),), (int(bad["stable"][0]),)
            ),
            "score_drift": CounterSnapshot(
                total["canary"],
                total["stable"],
                tuple(int(b) for b in bad["canary"][1:]),
                tuple(int(b) for b in bad["stable"][1:]),
            ),
        }
        reading = Reading(now, in_effect, True, Traffic(total["canary"], total["stable"]), totals)
        decision = decide(release, POLICY, Observations(V2, V2, reading), now)
        release = decision.release
        if decision.kind != "wait":
            path.append((decision.kind, release.weight))
        if decision.kind in ("finish", "rollback"):
            break
    return path, release


def test_decide_takes_a_good_version_through_every_step():
    path, release = live(seed=4, harm=0, shift=0)
    assert path == [("advance", w) for w in (0, 1, 5, 25, 50, 100)] + [("finish", 0)]
    assert (release.stable, release.history) == (V2, (V1,))


@pytest.mark.parametrize(("harm", "shift"), [(0.11, 0), (0, 0.35), (0, -0.35)])
def test_decide_rolls_harmful_ones_back_at_a_small_weight(harm, shift):
    path, release = live(seed=4, harm=harm, shift=shift)
    assert path[-1][0] == "rollback"
    assert len(path) <= 4
    assert (release.stable, release.canary, release.rejected[0].version) == (V1, None, 2)
