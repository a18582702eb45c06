"""What a rule of promotion is to the simulation, and one rollout under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol

from sluicegate.gate.simulate.traffic.base import Served, Traffic

Move = Literal["wait", "finish", "rollback", "hold"]
"""What a rule does after a window; a change of its `weight` is a wait."""


class Rule(Protocol):
    """Decides after each window from what both tracks served in it, and nothing else."""

    @property
    def weight(self) -> int:
        """Percent of traffic on the canary in the next window."""

    def look(self, served: Served) -> Move:
        """Take in the window that has just ended."""


@dataclass(frozen=True)
class Ending:
    """How one rollout ended, and what it cost until the canary had all traffic or none."""

    kind: Move
    """`wait` where it was still running when the traffic ended: nobody decided."""
    seconds: float
    requests: int
    """On both tracks."""
    canary: int
    """Requests that the canary served: the exposure."""
    failed: int
    """Of these, those that failed."""


def run(rule: Rule, traffic: Traffic, seconds: float, *, first: bool = False) -> Ending:
    """One rollout under a rule; each window lasts so many seconds.

    `first`: of a first version, which has all traffic from the beginning: all of it counts.
    """
    cold = traffic.cold
    elapsed = 0.0
    requests = canary = failed = 0
    kind: Move = "wait"
    for window in range(traffic.windows):
        weight = rule.weight
        served, cold = _chilled(traffic.serve(window, weight), cold)
        if weight < 100 or first:
            elapsed += seconds
            requests += served.canary + served.stable
            canary += served.canary
            failed += served.bad_canary
        kind = rule.look(served)
        if kind != "wait":
            break
    return Ending(kind, elapsed, requests, canary, failed)


def _chilled(served: Served, cold: int) -> tuple[Served, int]:
    """The window with its share of the canary's first answers, which fail; and how many are left."""
    if cold == 0:
        return served, 0
    spoiled = min(cold, served.canary)
    bad = max(served.bad_canary, spoiled)
    return replace(served, bad_canary=bad), cold - spoiled
