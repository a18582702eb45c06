"""Traffic that no rule can influence: what would happen to each request on either track.

A request has a lot from 0 to 99, and goes to the canary when its lot is below the weight. Every rule is thus
shown the same clients and the same faults, whatever weights it commits, and so is every tool that reads a
traffic file (`files.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sluicegate.specs.release import BASELINE_UP_TO

LOTS = 100
"""A weight is a whole number of percent."""
CHUNK = 64
"""Windows drawn at once; part of what a seed means."""

Rng = np.random.Generator
Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Setting:
    """The service: its traffic, its failures, and its servers."""

    rate: float = 100.0
    """Requests a second, both tracks together."""
    failures: float = 0.005
    """Share of requests that fail on either version."""
    difference: float = 0.0
    """How much larger that share is on the canary: the rate difference in truth."""
    seconds: float = 10.0
    """The length of a window."""
    windows: int = 720
    """After so many nobody waits any longer."""
    replicas: tuple[int, int] = (1, 1)
    """Servers of the canary, of stable."""
    first_for: float = 0.0
    """Seconds for which a first version has all traffic, at least; 0: there is a stable version."""

    @property
    def requests(self) -> float:
        """Expected in one window, both tracks together."""
        return self.rate * self.seconds


@dataclass(frozen=True)
class Draw:
    """The requests of consecutive windows (W) by lot (100)."""

    requests: Counts
    """(W, 100)."""
    if_canary: Counts
    """(W, 100): how many would fail if the canary served them."""
    if_stable: Counts
    """(W, 100): how many would fail if stable served them."""
    if_idle: tuple[Counts, Counts] | None = None
    """The same two of servers with little to do, as up to 33 %; None where load makes no difference."""


class Process(Protocol):
    """The clients and servers of one rollout."""

    @property
    def cold(self) -> int:
        """So many of the canary's first answers fail, whatever else happens."""

    def draw(self, rng: Rng, first: int, count: int) -> Draw:
        """The windows from number `first` on; called once for each, in order."""


Family = Callable[[Rng, Setting], Process]
"""Draws what does not depend on the weights: one rollout's clients and servers."""


@dataclass(frozen=True)
class Rates:
    """Requests that are independent once the moment's rates are given; all arrays are (windows,)."""

    requests: Array
    """Expected requests of each window."""
    canary: Array
    """Share that fails on the canary."""
    stable: Array
    """Share that fails on stable."""
    cold: int = 0

    def draw(self, rng: Rng, first: int, count: int) -> Draw:
        """Poisson arrivals, each lot as likely as any other."""
        at = slice(first, first + count)
        requests = rng.poisson(np.repeat(self.requests[at, None] / LOTS, LOTS, axis=1))
        return Draw(
            requests,
            rng.binomial(requests, np.minimum(self.canary[at, None], 1.0)),
            rng.binomial(requests, np.minimum(self.stable[at, None], 1.0)),
        )


def steady(setting: Setting, failures: float | Array | None = None, requests: float | Array = 1.0) -> Rates:
    """The setting's rates; `failures` in place of its own, `requests` as a factor of its traffic.

    The canary fails `setting.difference` more often than stable, at every moment.
    """
    shares = np.broadcast_to(
        np.asarray(setting.failures if failures is None else failures, dtype=np.float64), setting.windows
    )
    expected = np.broadcast_to(np.asarray(requests, dtype=np.float64) * setting.requests, setting.windows)
    return Rates(expected, shares + setting.difference, shares)


@dataclass(frozen=True)
class Served:
    """What both tracks served in one window."""

    canary: int
    stable: int
    bad_canary: int
    bad_stable: int
    baseline: int = 0
    """What a baseline would serve: as many lots as the canary has, which are stable's without one."""
    bad_baseline: int = 0


class Traffic:
    """One rollout's traffic, drawn as far as anybody has looked. Equal for all rules of one seed."""

    def __init__(self, process: Process, rng: Rng, windows: int) -> None:
        self.windows = windows
        self.cold = process.cold
        self._process = process
        self._rng = rng
        self._requests: list[Counts] = []
        self._if_canary: list[Counts] = []
        self._if_stable: list[Counts] = []
        self._if_idle: list[tuple[Counts, Counts]] = []

    def serve(self, window: int, weight: int) -> Served:
        """What happens in this window at this weight, in percent. Raises IndexError past the last one."""
        if not 0 <= window < self.windows:
            raise IndexError(window)
        while window >= len(self._requests):
            self._extend()
        requests = self._requests[window]
        if_canary = self._if_canary[window]
        if_stable = self._if_stable[window]
        canary = int(requests[weight])
        stable = int(requests[LOTS]) - canary
        bad_stable = int(if_stable[LOTS]) - int(if_stable[weight])
        if weight > BASELINE_UP_TO:
            return Served(canary, stable, int(if_canary[weight]), bad_stable)
        on_canary, on_baseline = self._if_idle[window] if self._if_idle else (if_canary, if_stable)
        return Served(
            canary,
            stable,
            int(on_canary[weight]),
            bad_stable,
            baseline=int(requests[2 * weight]) - canary,
            bad_baseline=int(on_baseline[2 * weight]) - int(on_baseline[weight]),
        )

    def _extend(self) -> None:
        first = len(self._requests)
        drawn = self._process.draw(self._rng, first, min(CHUNK, self.windows - first))
        self._requests.extend(_below(drawn.requests))
        self._if_canary.extend(_below(drawn.if_canary))
        self._if_stable.extend(_below(drawn.if_stable))
        if drawn.if_idle is not None:
            self._if_idle.extend(zip(*map(_below, drawn.if_idle), strict=True))


def _below(by_lot: Counts) -> Counts:
    """(W, 101): at weight w, the sum over the lots below w."""
    sums = np.zeros((len(by_lot), LOTS + 1), dtype=np.int64)
    np.cumsum(by_lot, axis=1, out=sums[:, 1:])
    return sums
