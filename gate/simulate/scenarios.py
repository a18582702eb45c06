"""The benchmark's scenarios: what is true, and what a good rule does about it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import numpy as np

from sluicegate.gate.simulate.traffic.autocorrelated import autocorrelated
from sluicegate.gate.simulate.traffic.base import Family, Process, Rng, Setting, Traffic
from sluicegate.gate.simulate.traffic.bursts import bursts
from sluicegate.gate.simulate.traffic.cold_start import cold_start
from sluicegate.gate.simulate.traffic.diurnal import diurnal
from sluicegate.gate.simulate.traffic.episodes import episodes
from sluicegate.gate.simulate.traffic.late_break import AFTER, late_break
from sluicegate.gate.simulate.traffic.outage import outage
from sluicegate.gate.simulate.traffic.round_robin import round_robin
from sluicegate.gate.simulate.traffic.stalls import stalls
from sluicegate.gate.simulate.traffic.steady import flat
from sluicegate.gate.simulate.traffic.sticky import first_of_session, sticky
from sluicegate.gate.simulate.traffic.under_loaded import under_loaded

Error = Literal["rollback", "promotion"]


@dataclass(frozen=True)
class Scenario:
    """One row of the table."""

    name: str
    title: str
    family: Family
    setting: Setting = field(default_factory=Setting)
    margins: float = 0.0
    """The rate difference in truth, in margins."""
    difference: float = 0.0
    """The same as a share of requests, where it does not depend on the margin."""

    def at(self, margin: float) -> Scenario:
        """With its rate difference in requests for a policy of this margin."""
        difference = self.margins * margin + self.difference
        return replace(self, setting=replace(self.setting, difference=difference))

    def traffic(self, seed: int, rollout: int) -> Traffic:
        """The traffic of one rollout; the same whoever draws it, and however many others are drawn."""
        rng = self.rng(seed, rollout)
        return Traffic(self.process(rng, rollout), rng, self.setting.windows)

    def rng(self, seed: int, rollout: int) -> Rng:
        """The source of all that is random in one rollout's traffic."""
        return np.random.default_rng([seed, zlib.crc32(self.name.encode()), rollout])

    def process(self, rng: Rng, rollout: int) -> Process:
        """The clients and servers of one rollout."""
        del rollout
        return self.family(rng, self.setting)

    def error(self, margin: float) -> Error | None:
        """What is false here: to roll back a difference of at most half the margin, or to promote one that is
        the margin or more. None between the two, where either is right.
        """
        difference = self.setting.difference
        if difference <= margin / 2:
            return "rollback"
        return "promotion" if difference >= margin * (1 - 1e-9) else None


QUIET = Setting(failures=0.0)
BUSY = Setting(rate=2000.0)
QUIET_BUSY = Setting(rate=2000.0, failures=0.0)
SLOW = Setting(rate=5.0, windows=1440)
LONG = Setting(windows=1440)
QUIET_SLOW = Setting(rate=5.0, windows=1440, failures=0.0)
FOUR = Setting(failures=0.0, replicas=(4, 4))
FIRST = Setting(windows=480, first_for=AFTER + 900)
"""A first version that is kept for a quarter of an hour beyond the moment at which it breaks."""


def stalling(minutes: float) -> Family:
    """Each replica stalls once in so many minutes."""
    return partial(stalls, minutes=minutes)


COLD = partial(cold_start, answers=3)

SCENARIOS = (
    Scenario("null", "no harm: 0.5 % fail, 100/s", flat),
    Scenario("null-quiet", "no harm: nothing fails, 100/s", flat, QUIET),
    Scenario("null-busy", "no harm: 0.5 % fail, 2,000/s", flat, BUSY),
    Scenario("low-traffic", "no harm: 0.5 % fail, 5/s", flat, SLOW),
    Scenario("diurnal", "no harm: day and night, +-90 %", diurnal),
    Scenario("autocorrelated", "no harm: failures in waves, AR(1) 0.7", autocorrelated),
    Scenario("round-robin", "no harm: requests dealt out in turn", round_robin),
    Scenario("bursts", "no harm: outages that hit both tracks", bursts),
    Scenario("stalls-1", "no harm: each replica stalls once a minute, 100/s", stalling(1), QUIET),
    Scenario("stalls-5", "no harm: once in 5 minutes, 100/s", stalling(5), QUIET),
    Scenario("stalls-30", "no harm: once in 30 minutes, 100/s", stalling(30), QUIET),
    Scenario("stalls-1-busy", "no harm: once a minute, 2,000/s", stalling(1), QUIET_BUSY),
    Scenario("stalls-5-busy", "no harm: once in 5 minutes, 2,000/s", stalling(5), QUIET_BUSY),
    Scenario("stalls-1-four", "no harm: once a minute, 4 + 4 replicas, 100/s", stalling(1), FOUR),
    Scenario("episodes", "no harm: each replica slow for 20 s every 30 min, 100/s", episodes, QUIET),
    Scenario("episodes-busy", "no harm: the same, 2,000/s", episodes, QUIET_BUSY),
    Scenario("cold-start", "no harm: the canary's first 3 answers fail", COLD, QUIET),
    Scenario("under-loaded", "no harm: a canary up to 33 % is slow for want of work", under_loaded),
    Scenario("sticky", "no harm: users keep their track and fail together", sticky),
    Scenario("sticky-unit", "no harm: the same, each user counted once (unit)", first_of_session, LONG),
    Scenario("outage", "no harm: stable alone fails all for 2 min, 100/s", outage),
    Scenario("outage-busy", "no harm: stable alone fails all for 2 min, 2,000/s", outage, BUSY),
    Scenario("tolerable", "0.3 of the margin, 100/s", flat, margins=0.3),
    Scenario("tolerable-busy", "0.3 of the margin, else no failure, 2,000/s", flat, QUIET_BUSY, margins=0.3),
    Scenario("at-margin", "exactly the margin, 100/s", flat, margins=1.0),
    Scenario("at-margin-stalls", "the margin, a stall a minute, 2,000/s", stalling(1), BUSY, margins=1.0),
    Scenario("beyond-margin", "1.5 times the margin, 100/s", flat, margins=1.5),
    Scenario("beyond-margin-stalls", "1.5 times, a stall a minute, 2,000/s", stalling(1), BUSY, margins=1.5),
    Scenario("regression", "0 -> 11 % fail, 100/s", flat, QUIET, difference=0.11),
    Scenario("regression-low", "0 -> 11 % fail, 5/s", flat, QUIET_SLOW, difference=0.11),
    Scenario("outage-harm", "5 % more fail, stable alone fails all for 2 min", outage, difference=0.05),
    Scenario("broken", "0.5 -> 50 % fail, 100/s", flat, difference=0.495),
    Scenario(
        "first-late", "a first version: 0.5 -> 60 % fail after an hour", late_break, FIRST, difference=0.595
    ),
)
"""The rows of the table, in its order."""
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
OWN = (
    "null", "diurnal", "autocorrelated", "stalls-5", "episodes", "cold-start", "tolerable", "at-margin",
    "beyond-margin", "regression",
)  # fmt: skip
"""Those that say something of one's own service: the others differ from them in traffic alone."""
