"""Releases, readings and the one call that tests of `decide` share."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sluicegate.gate.core.decision import Decision, Observations, Reading
from sluicegate.gate.core.machine import decide
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import Release, Step, Version
from support.releases import POLICY, T0, V1, V2, Counts, closed, reading, windows

SLOW = Gate("slow_requests", 0.02)
DRIFT = Gate("score_drift", 0.1, two_sided=True, kinds=3)

IDLE = Release("flight-delay", "production", stable=V1)
DARK = replace(IDLE, canary=V2, started=T0, since=T0)


def after(seconds: float = 0.0) -> datetime:
    """So many seconds after the moment at which these releases began."""
    return T0 + timedelta(seconds=seconds)


def observing(
    reading: Reading | None = None,
    candidate: Version | None = V2,
    upstream: Version | None = V2,
    **more: Any,
) -> Observations:
    """What was seen; the newest version is the canary unless told otherwise."""
    return Observations(candidate, upstream, reading, **more)


def at(weight: int, counts: tuple[Step, ...] = (), **more: Any) -> Release:
    """A release at a weight."""
    return replace(DARK, weight=weight, counts=counts, **more)


def seen(weight: int, canary: int, stable: int, number: int = 6, **gates: Counts) -> Reading:
    """A reading of so many windows with these totals."""
    return reading(weight, windows(number, canary, stable, **gates))


def decision_on(
    release: Release, observations: Observations, policy: Policy = POLICY, seconds: float = 120.0
) -> Decision:
    """What `decide` makes of it so many seconds after the beginning."""
    return decide(release, policy, observations, after(seconds))


CLEAN_5 = seen(5, 1000, 19_000, number=12, error_rate=(1000, 19_000, 5, 95))
HARM_5 = seen(5, 100, 1900, error_rate=(100, 1900, 30, 10))
EARLIER = (closed(1, 10**6, 99 * 10**6, error_rate=(10**6, 99 * 10**6, 0, 0)),)
"""A closed step at 1 % with more clean requests than any later step could need."""
