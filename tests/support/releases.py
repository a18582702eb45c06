"""The versions, the moment, the policy and the windows that tests of a rollout begin with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sluicegate.gate.core.decision import Reading, Window
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import CounterDelta, Step, Tally, Traffic, Version

T0 = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
V1, V2, V3 = (Version(n, f"{n}" * 40, "sha256:" + f"{n}" * 64) for n in (1, 2, 3))
ERRORS = Gate("error_rate", 0.01)
STEPS = (1, 5, 25, 50, 100)
POLICY = Policy(STEPS, (ERRORS,))

Count = int | tuple[int, ...]
"""Failures of one kind, or by kind."""
Counts = tuple[int, int, Count, Count]
"""Requests on the canary and on stable, and how many of either failed."""


def delta(canary: int, stable: int, bad_canary: Count = 0, bad_stable: Count = 0) -> CounterDelta:
    """What one gate counted: requests of each track, and their failures."""
    return CounterDelta(canary + stable, canary, _kinds(bad_canary), _kinds(bad_stable))


def spread(number: int, counts: Counts) -> list[CounterDelta]:
    """These totals in so many windows, as evenly as whole numbers allow, the first ones rounded up."""
    canary, stable, bad_canary, bad_stable = counts
    return [
        delta(
            _part(canary, number, at),
            _part(stable, number, at),
            tuple(_part(bad, number, at) for bad in _kinds(bad_canary)),
            tuple(_part(bad, number, at) for bad in _kinds(bad_stable)),
        )
        for at in range(number)
    ]


def windows(
    number: int, canary: int, stable: int, *, start: datetime = T0, seconds: float = 10.0, **gates: Counts
) -> tuple[Window, ...]:
    """So many windows, one after another, in which the gateway and each gate counted these totals."""
    traffic = spread(number, (canary, stable, 0, 0))
    by_gate = {name: spread(number, counts) for name, counts in gates.items()}
    return tuple(
        Window(
            start + timedelta(seconds=seconds * at),
            seconds,
            Traffic(traffic[at].canary, traffic[at].requests - traffic[at].canary),
            {name: deltas[at] for name, deltas in by_gate.items()},
        )
        for at in range(number)
    )


def reading(weight: int | None, seen: Sequence[Window] = (), **more: Any) -> Reading:
    """A reading at the end of these windows (or at T0), of a ready canary unless told otherwise."""
    at = seen[-1].end if seen else T0
    return Reading(**{"at": at, "weight": weight, "ready": True, "windows": tuple(seen), **more})


def closed(weight: int, canary: int, stable: int, **gates: Counts) -> Step:
    """A closed step in whose windows no cap bound."""
    tallies = {name: Tally(delta(*counts)) for name, counts in gates.items()}
    return Step(weight, Traffic(canary, stable), tallies)


def policy(gate: Gate, gates: int = 1, alpha: float = 0.05) -> Policy:
    """A policy of so many gates, of which this is the first."""
    others = tuple(Gate(f"other{i}", 0.01) for i in range(gates - 1))
    return Policy(STEPS, (gate, *others), alpha=alpha)


def _kinds(count: Count) -> tuple[int, ...]:
    return count if isinstance(count, tuple) else (count,)


def _part(total: int, number: int, at: int) -> int:
    """The part of a total that falls into one of so many windows, rounded up in the first ones."""
    return -(-total * (at + 1) // number) + (-total * at // number)
