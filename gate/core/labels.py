"""Whether predictions have labels enough to be compared: as many on both tracks as their owner demands."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from sluicegate.gate.core import text_format
from sluicegate.gate.core.decision import Coverage, Figure, Interval, Reading
from sluicegate.specs.policy import Cohorts, Gate


def coverage_of(gate: Gate, reading: Reading) -> Coverage | None:
    """The coverage that a reading has for a gate; None where it has none."""
    return next((one for one in reading.coverage if one.gate == gate.name), None)


def next_matured(rule: Cohorts, began: float, now: float) -> datetime:
    """When the next cohort matures of a step that began then, in seconds since the epoch."""
    first = math.ceil(began / rule.seconds) * rule.seconds + rule.wait_seconds
    later = max(math.floor((now - first) / rule.seconds) + 1, 0)
    return datetime.fromtimestamp(first + later * rule.seconds, UTC)


def why_not_enough(gate: Gate, reading: Reading, *, alone: bool = False) -> str | None:
    """Why the labels of a gate that compares cohorts show nothing now; None where they do, or it does not.

    Of each track the share that has a label must be the declared one, and both must be as close as the
    margin: what has no label may be wrong, and a track with more of it would look better than it is.
    `alone`: the canary has all traffic, and only its own share counts.
    """
    if gate.cohorts is None:
        return None
    seen = coverage_of(gate, reading)
    if seen is None:
        return "no coverage of labels is known"
    return _of_the_canary(gate.cohorts, seen) if alone else _of_both(gate, gate.cohorts, seen)


def _of_both(gate: Gate, cohorts: Cohorts, seen: Coverage) -> str | None:
    if seen.cohorts == 0 or not (seen.predictions_canary and seen.predictions_stable):
        return f"not enough labels: no cohort of both tracks has matured, the next does at {_moment(seen)}"
    canary = seen.labelled_canary / seen.predictions_canary
    stable = seen.labelled_stable / seen.predictions_stable
    words = f"{_share(canary)} of the canary's and {_share(stable)} of stable's predictions have one"
    if not min(canary, stable) >= cohorts.coverage:
        return f"not enough labels: {words}, of {_share(cohorts.coverage)} at least"
    if not abs(canary - stable) <= gate.margin:
        return f"not enough labels: {words}, further apart than the margin {_share(gate.margin)}"
    return None


def _of_the_canary(cohorts: Cohorts, seen: Coverage) -> str | None:
    if not seen.predictions_canary:
        return f"not enough labels: no cohort has matured, the next does at {_moment(seen)}"
    canary = seen.labelled_canary / seen.predictions_canary
    if canary >= cohorts.coverage:
        return None
    return (
        f"not enough labels: {_share(canary)} of the canary's predictions have one, of "
        f"{_share(cohorts.coverage)} at least"
    )


def figures(gates: tuple[Gate, ...], reading: Reading) -> tuple[Figure, ...]:
    """The coverage of each gate that compares cohorts, where it is known."""
    pairs = [(gate, coverage_of(gate, reading)) for gate in gates if gate.cohorts is not None]
    return tuple(_figure(gate, seen) for gate, seen in pairs if seen is not None)


def _figure(gate: Gate, seen: Coverage) -> Figure:
    """Counted, not estimated: both ends of each bound are the same share."""
    canary = _exact(seen.labelled_canary, seen.predictions_canary)
    stable = _exact(seen.labelled_stable, seen.predictions_stable)
    words = (
        f"{seen.labelled_canary:,} of the canary's {seen.predictions_canary:,} and "
        f"{seen.labelled_stable:,} of stable's {seen.predictions_stable:,} predictions have a label, in "
        f"{seen.cohorts:,} matured cohorts; the next matures at {_moment(seen)}"
    )
    return Figure(
        f"{gate.name}/coverage",
        "share",
        seen.predictions_canary + seen.predictions_stable,
        canary,
        stable,
        f"{gate.name} coverage: {words}",
    )


def _exact(part: int, whole: int) -> Interval:
    return Interval(part / whole, part / whole) if whole else Interval()


def _share(share: float) -> str:
    return text_format.percent(share)


def _moment(seen: Coverage) -> str:
    return f"{seen.next_at:%Y-%m-%d %H:%M} UTC"
