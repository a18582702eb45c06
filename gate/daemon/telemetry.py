"""What the gate reports about itself: series for Prometheus, and whether it is alive."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary

from sluicegate.gate.adapters.git.command import GitError, PushRefused, RaceLost
from sluicegate.gate.core.decision import GATEWAY, Figure, Judgement
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.specs.release import Release
from sluicegate.specs.yamlio import InputError

_ERRORS = (
    (RaceLost, "race_lost"),
    (PushRefused, "push_refused"),
    (GitError, "git"),
    (InputError, "input"),
    (Exception, "other"),
)
_RARE = ("advance", "hold", "rollback", "finish")
"""Decisions counted from 0 at the first evaluation: Prometheus sees no increase in a series that appears."""
Key = tuple[str, str]
"""(environment, model)"""


@dataclass
class _Shown:
    """Which series a release has, beside those that all have."""

    gates: set[str] = field(default_factory=set)
    columns: set[tuple[str, str]] = field(default_factory=set)
    """Input columns, and what they are compared with."""
    running: bool = False
    outcome: Outcome | None = None
    """What it shows."""


class Telemetry:
    """The gate's own series, in a registry of their own. Label values are names of the repository only.

    `patience` is how many seconds may pass without a finished tick until the gate is not `healthy`;
    `monotonic` and `now` are clocks in seconds.
    """

    def __init__(
        self,
        patience: float,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.registry = CollectorRegistry()
        self.patience = patience
        self._monotonic = monotonic
        self._now = now
        self._alive = monotonic()
        self._began = self._alive
        self._evaluated: set[Key] = set()
        self._shown: dict[Key, _Shown] = {}
        release = ("environment", "model")
        gate = (*release, "gate")
        self.ticks = Summary("sluice_gate_tick_seconds", "Duration of ticks.", registry=self.registry)
        self.ticked = self._gauge("tick_timestamp_seconds", "When the last tick ended.")
        self.leader = self._gauge("leader", "Whether this process may act.")
        self.errors = self._counter("errors", "Ticks that failed as a whole.", ("kind",))
        self.evaluations = self._counter("looks", "Evaluations of releases.", (*release, "decision"))
        self.problem = self._gauge("problem", "Whether the last evaluation had a problem.", release)
        self.weight = self._gauge("release_weight", "The canary's percent of the traffic.", release)
        self.running = self._gauge("release_running", "Whether there is a canary.", release)
        self.held = self._gauge("release_held", "Whether the release is held.", release)
        self.data = self._gauge(
            "data_timestamp_seconds",
            "When a running release last had figures, or was first seen without.",
            release,
        )
        self.lower = self._gauge("excess_lower", "Rate difference (canary - stable), lower bound.", gate)
        self.upper = self._gauge("excess_upper", "Rate difference (canary - stable), upper bound.", gate)
        self.shift = self._gauge(
            "input_shift_lower",
            "How far a share of an input column is shown to be from stable's, or the reference's.",
            (*release, "column", "against"),
        )
        self.announcements = self._counter(
            "announcements", "What announcers were told, or could not be.", ("announcer", "result")
        )
        for _, kind in _ERRORS:
            self.errors.labels(kind)

    def _gauge(self, name: str, help_text: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"sluice_gate_{name}", help_text, labels, registry=self.registry)

    def _counter(self, name: str, help_text: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"sluice_gate_{name}", help_text, labels, registry=self.registry)

    def tick_began(self) -> None:
        """Start the tick's clock."""
        self._began = self._monotonic()
        self._evaluated.clear()

    def evaluated(self, outcome: Outcome) -> None:
        """Count one evaluation and show its figures; one that is remembered is there already."""
        key = (outcome.environment, outcome.model)
        self._evaluated.add(key)
        known = self._shown.get(key)
        if known is not None and known.outcome is outcome:
            return
        if known is None:
            self._shown[key] = _Shown()
            for kind in _RARE:
                self.evaluations.labels(*key, kind)
        self._shown[key].outcome = outcome
        self.evaluations.labels(*key, outcome.kind).inc()
        self.problem.labels(*key).set(outcome.problem is not None)
        decision = outcome.decision
        if decision is None:
            return
        release = decision.release if outcome.commit else decision.before
        self.weight.labels(*key).set(release.weight)
        self.running.labels(*key).set(release.canary is not None)
        self.held.labels(*key).set(release.hold is not None)
        self._show_data(key, release, outcome)
        self._show_judgements(key, decision.judgements)
        self._show_inputs(key, decision.shown)

    def _show_data(self, key: Key, release: Release, outcome: Outcome) -> None:
        shown = self._shown[key]
        reading = None if outcome.observations is None else outcome.observations.reading
        has_figures = reading is not None and GATEWAY not in reading.missing
        if release.canary is None:
            self.data.remove(*key)
        elif has_figures or not shown.running:
            self.data.labels(*key).set(outcome.at.timestamp())
        shown.running = release.canary is not None

    def _show_judgements(self, key: Key, judgements: tuple[Judgement, ...]) -> None:
        shown = self._shown[key]
        for judgement in judgements:
            self.lower.labels(*key, judgement.gate).set(judgement.rate_difference.lower)
            self.upper.labels(*key, judgement.gate).set(judgement.rate_difference.upper)
        gates = {judgement.gate for judgement in judgements}
        self._remove_gates(key, shown.gates - gates)
        shown.gates = gates

    def _show_inputs(self, key: Key, figures: tuple[Figure, ...]) -> None:
        shown = self._shown[key]
        columns: set[tuple[str, str]] = set()
        for figure in figures:
            for shift in figure.shifts:
                column = (figure.name.partition("/")[2], shift.against)
                columns.add(column)
                self.shift.labels(*key, *column).set(shift.shown)
        self._remove_columns(key, shown.columns - columns)
        shown.columns = columns

    def tick_failed(self, error: Exception) -> None:
        """Count what kept a whole tick from being done; releases that it did not evaluate are not gone."""
        self.errors.labels(next(kind for type_, kind in _ERRORS if isinstance(error, type_))).inc()
        self._evaluated.update(self._shown)

    def tick_ended(self) -> None:
        """Stop the tick's clock, whether the tick failed or not, and forget releases that are gone."""
        self.heartbeat()
        self.ticks.observe(self._alive - self._began)
        self.ticked.set(self._now())
        for key in set(self._shown) - self._evaluated:
            self._remove(key)

    def announced(self, announcer: str, result: str, number: int) -> None:
        """Count news that were `told`, `failed` to be told, or were `dropped`. Any thread may call it."""
        self.announcements.labels(announcer, result).inc(number)

    def heartbeat(self) -> None:
        """The process is alive: it ended a tick, or waits for its turn."""
        self._alive = self._monotonic()

    @property
    def healthy(self) -> bool:
        """Whether the last sign of life is younger than the patience."""
        return self._monotonic() - self._alive <= self.patience

    def _remove(self, key: Key) -> None:
        shown = self._shown.pop(key)
        self._remove_gates(key, shown.gates)
        self._remove_columns(key, shown.columns)
        for kind in (*_RARE, "wait", "problem"):
            self.evaluations.remove(*key, kind)
        for gauge in (self.problem, self.weight, self.running, self.held, self.data):
            gauge.remove(*key)

    def _remove_gates(self, key: Key, gates: set[str]) -> None:
        for gate in gates:
            self.lower.remove(*key, gate)
            self.upper.remove(*key, gate)

    def _remove_columns(self, key: Key, columns: set[tuple[str, str]]) -> None:
        for column in columns:
            self.shift.remove(*key, *column)
