"""Windows and rules that several tests of the simulation use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sluicegate.gate.simulate.rivals.base import Plan
from sluicegate.gate.simulate.traffic.base import Served

PLAN = Plan(weights=(1, 5, 25, 50), failures=0.0, margin=0.01, alpha=0.05, seconds=60.0)
"""A window a minute, so that each is a measurement."""


def minute(canary: int = 100, bad: int = 0, stable: int = 900, bad_stable: int = 0) -> Served:
    return Served(canary, stable, bad, bad_stable)


def moves(rule, minutes: Iterable[Served]) -> Iterator[tuple[str, int]]:
    """What the rule does after each window, and the weight that it then has, until it ends."""
    for served in minutes:
        move = rule.look(served)
        yield move, rule.weight
        if move != "wait":
            return
