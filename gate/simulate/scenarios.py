"""The benchmark's scenarios: what is true, and what a good rule does about it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from sluicegate.gate.simulate.traffic.autocorrelated import autocorrelated
from sluicegate.gate.simulate.traffic.base import Family, Setting, Traffic
from sluicegate.gate.simulate.traffic.bursts import bursts
from sluicegate.gate.simulate.traffic.cold_start import cold_start
from sluicegate.gate.simulate.traffic.diurnal import diurnal
from sluicegate.gate.simulate.traffic.episodes import episodes
from sluicegate.gate.simulate.traffic.stalls import stalls
from sluicegate.gate.simulate.traffic.steady import flat
from sluicegate.gate.simulate.traffic.sticky import sticky

MARGIN = 0.01
"""Of the benchmark's policy; differences that are given in margins are multiplied by the user's own."""


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
        rng = np.random.default_rng([seed, zlib.crc32(self.name.encode()), rollout])
        return Traffic(self.family(rng, self.setting), rng, self.setting.windows)

    @property
    def harmless(self) -> bool:
        """Whether the versions fail equally often in truth: then a rollback is false."""
        return self.setting.difference == 0

    def beyond(self, margin: float) -> bool:
        """Whether the difference is the margin or more in truth: then a promotion is false."""
        return self.setting.difference >= margin * (1 - 1e-9)


def _rate(rate: float, **more: object) -> Setting:
    windows = 720 if rate >= 50 else 1440
    return replace(Setting(rate=rate, windows=windows), **more)  # type: ignore[arg-type]


def scenarios() -> dict[str, Scenario]:
    """All of them by name, in the order of the table."""
    clean = Setting(failures=0.0)
    rows = [
        Scenario("null", "no harm, 0.5 % fail, 100/s", flat),
        Scenario("null-clean", "no harm, nothing fails, 100/s", flat, clean),
        Scenario("null-busy", "no harm, 0.5 % fail, 2,000/s", flat, _rate(2000)),
        Scenario("low-traffic", "no harm, 0.5 % fail, 5/s", flat, _rate(5)),
        Scenario("diurnal", "no harm, day and night of +-90 %", diurnal),
        Scenario("autocorrelated", "no harm, failures in waves, AR(1) 0.7", autocorrelated),
        Scenario("bursts", "no harm, outages on both tracks", bursts),
        Scenario("stalls-1", "no harm, each replica stalls once a minute", partial(stalls, minutes=1), clean),
        Scenario("stalls-5", "no harm, once in 5 minutes", partial(stalls, minutes=5), clean),
        Scenario("stalls-30", "no harm, once in 30 minutes", partial(stalls, minutes=30), clean),
        Scenario(
            "stalls-1-busy", "no harm, once a minute, 2,000/s", partial(stalls, minutes=1), _rate(2000, failures=0.0)
        ),
        Scenario(
            "stalls-5-busy", "no harm, once in 5 minutes, 2,000/s", partial(stalls, minutes=5), _rate(2000, failures=0.0)
        ),
        Scenario(
            "stalls-1-four", "no harm, once a minute, 4 + 4 replicas", partial(stalls, minutes=1),
            replace(clean, replicas=(4, 4)),
        ),
        Scenario("episodes", "no harm, each replica slow for 20 s every 30 minutes", episodes, clean),
        Scenario("episodes-busy", "no harm, the same at 2,000/s", episodes, _rate(2000, failures=0.0)),
        Scenario("cold-start", "no harm, the canary's first 3 answers are slow", partial(cold_start, answers=3), clean),
        Scenario("sticky", "no harm, users stay on their track and fail together", sticky),
        Scenario("tolerable", "0.3 of the margin, 100/s", flat, margins=0.3),
        Scenario("tolerable-busy", "0.3 of the margin, nothing else fails, 2,000/s", flat, _rate(2000, failures=0.0), margins=0.3),
        Scenario("at-margin", "exactly the margin, 100/s", flat, margins=1.0),
        Scenario("at-margin-stalls", "exactly the margin, a stall a minute, 100/s", partial(stalls, minutes=1), margins=1.0),
        Scenario("beyond-margin", "1.5 times the margin, 100/s", flat, margins=1.5),
        Scenario("beyond-margin-stalls", "1.5 times the margin, a stall a minute, 2,000/s", partial(stalls, minutes=1), _rate(2000), margins=1.5),
        Scenario("regression", "0 -> 11 % fail, 100/s", flat, clean, difference=0.11),
        Scenario("regression-low", "0 -> 11 % fail, 5/s", flat, _rate(5, failures=0.0), difference=0.11),
        Scenario("broken", "0.5 -> 50 % fail, 100/s", flat, difference=0.495),
    ]  # fmt: skip
    return {row.name: row for row in rows}
