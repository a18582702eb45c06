"""Anybody's counts as JSON lines: one window a line. Documented in docs/benchmark.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sluicegate.gate.core import serialize
from sluicegate.specs.policy import Gate, Policy
from sluicegate.specs.release import BASELINE_UP_TO, Traffic
from sluicegate.specs.yamlio import InputError

MOST = 2**53
"""Counts up to this are exact in every arithmetic; no gateway has counted as many."""
TOO_MANY = "these are more requests than anybody has counted"
REMEDY = "see docs/benchmark.md for the form of a line"


@dataclass(frozen=True)
class Predictions:
    """Of the cohorts that matured in a window: how many predictions each track made, labelled or not."""

    canary: int
    stable: int


@dataclass(frozen=True)
class GateCounts:
    """What one gate counted in the window."""

    requests: int
    """On both tracks together."""
    canary: int
    """Of these, on the canary."""
    bad_canary: tuple[int, ...]
    """Of the canary's, those that failed: a number, or one for each edge of a score distribution."""
    bad_stable: tuple[int, ...]
    predictions: Predictions | None = field(default=None, metadata={"optional": True})
    """For a gate that compares cohorts, whose requests are the predictions that have a label."""


@dataclass(frozen=True)
class CountedWindow:
    """One line."""

    start: datetime
    """Its first moment, with its time zone."""
    seconds: float
    weight: int
    """Percent on the canary, in effect during all of it."""
    gates: Mapping[str, GateCounts]
    traffic: Traffic | None = field(default=None, metadata={"optional": True})
    """Requests of each track at the gateway; None: what the gate with the most requests counted."""


def read(lines: Iterator[str], path: str, policy: Policy) -> Iterator[CountedWindow]:
    """The windows, oldest first; empty lines are skipped.

    Raises InputError with the line of the first fault, and for a text without any window.
    A gate of the policy that a line leaves out has no figures in that window; one that the policy does not
    have is refused.
    """
    gates = {gate.name: gate for gate in policy.gates}
    last: CountedWindow | None = None
    for number, text in _written(lines, path):
        window = _window(text, path, number)
        fault = _fault(window, gates) or _fault_of_traffic(window, policy) or _out_of_order(last, window)
        if fault is not None:
            raise InputError.of(fault, REMEDY, path, number)
        last = window
        yield window
    if last is None:
        raise InputError.of("it has no window, so there is nothing to judge", REMEDY, path)


def _written(lines: Iterator[str], path: str) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, with their numbers."""
    try:
        yield from ((number, text) for number, text in enumerate(lines, start=1) if text.strip())
    except UnicodeDecodeError as error:
        raise InputError.of(f"it is not UTF-8 text: {error.reason}", REMEDY, path) from error


def _window(text: str, path: str, number: int) -> CountedWindow:
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError.of(f"this is not JSON: {error}", REMEDY, path, number) from error
    try:
        return serialize.load(CountedWindow, _listed(data))
    except serialize.SerializationError as error:
        message = error.message.replace(CountedWindow.__name__, "window")
        raise InputError.of(message, REMEDY, path, number) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a key that is given twice one value would be lost. Raises ValueError."""
    data = dict(pairs)
    if len(data) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is given twice")
    return data


def _listed(data: Any) -> Any:
    """With each plain number of failures as a list of one."""
    if not isinstance(data, dict):
        return data
    gates = data.get("gates")
    for counts in gates.values() if isinstance(gates, dict) else ():
        for key in ("bad_canary", "bad_stable"):
            if isinstance(counts, dict) and isinstance(counts.get(key), int):
                counts[key] = [counts[key]]
    return data


def _fault(window: CountedWindow, gates: Mapping[str, Gate]) -> str | None:
    if not 0 < window.seconds <= 86_400:
        return f"seconds is {window.seconds:g}, not between 0 and a day"
    if not 0 <= window.weight <= 100:
        return f"weight is {window.weight}, not a percentage"
    for name, counts in window.gates.items():
        gate = gates.get(name)
        if gate is None:
            return f"the policy has no gate {name!r}; it has {', '.join(gates) or 'none'}"
        fault = _fault_of(counts, gate) or _fault_of_predictions(counts, gate)
        if fault is not None:
            return f"{name}: {fault}"
    return None


def _fault_of(counts: GateCounts, gate: Gate) -> str | None:
    stable = counts.requests - counts.canary
    if counts.requests > MOST:
        return TOO_MANY
    if gate.paired and stable:
        return f"{counts.canary} of the {counts.requests} pairs are the canary's, and all of them are"
    return _fault_of_track("canary", counts.bad_canary, counts.canary, gate) or _fault_of_track(
        "stable", counts.bad_stable, stable, gate
    )


def _fault_of_track(track: str, bad: Sequence[int], requests: int, gate: Gate) -> str | None:
    if requests < 0:
        return f"{requests} requests on {track}"
    if len(bad) != gate.kinds:
        return f"bad_{track} has {len(bad)} numbers, the gate counts {gate.kinds}"
    if min(bad) < 0 or max(bad) > requests:
        return f"{max(bad)} of the {requests} requests on {track} are said to have failed"
    if gate.two_sided and any(one < other for one, other in pairwise(bad)):
        return f"bad_{track} rises, and no more scores lie above an edge than above the one before it"
    return None


def _fault_of_predictions(counts: GateCounts, gate: Gate) -> str | None:
    predictions = counts.predictions
    if gate.cohorts is None:
        return None if predictions is None else "predictions are there, and the gate compares no cohorts"
    if predictions is None:
        return "predictions is not there, and without it no coverage of labels is known"
    for track, labelled, made in (
        ("canary", counts.canary, predictions.canary),
        ("stable", counts.requests - counts.canary, predictions.stable),
    ):
        if labelled > made:
            return f"{labelled} of the {made} predictions on {track} are said to have a label"
    return None


def _fault_of_traffic(window: CountedWindow, policy: Policy) -> str | None:
    traffic = window.traffic
    if traffic is None:
        if policy.baseline and 0 < window.weight <= BASELINE_UP_TO:
            return "traffic is not there, and the policy has a baseline whose requests it tells"
        return None
    if max(traffic.canary, traffic.stable) > MOST:
        return TOO_MANY
    if min(traffic.canary, traffic.baseline) < 0 or traffic.stable < traffic.baseline:
        return f"traffic has {traffic.baseline} requests on the baseline, of {traffic.stable} on stable"
    return None


def _out_of_order(last: CountedWindow | None, window: CountedWindow) -> str | None:
    if window.start.tzinfo is None:
        return "start has no time zone"
    try:
        end = None if last is None else last.start + timedelta(seconds=last.seconds)
        window.start + timedelta(seconds=window.seconds)
    except OverflowError:
        return "it ends after the last day of the calendar"
    if end is not None and window.start < end:
        return "it begins before the line above ends"
    return None
