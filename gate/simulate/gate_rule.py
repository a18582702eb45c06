"""The gate itself as a rule: its own `decide`, under a policy, with every gate of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sluicegate.gate.core.share import with_baseline
from sluicegate.gate.simulate.rollout import Rollout, conclude
from sluicegate.gate.simulate.rules import Move
from sluicegate.gate.simulate.traffic.base import Rng, Served, Setting
from sluicegate.specs.policy import Gate, Pause, Policy
from sluicegate.specs.release import CounterDelta
from sluicegate.specs.release import Traffic as Requests

LOOK = 10.0
"""Seconds between two evaluations, as `sluice gate run` has it, where windows are shorter."""


class GateRule:
    """The first one-sided gate sees the scenario's failures; the others see a version that is as stable is.

    Gates that compare pairs of answers or labels are left out: a scenario has failures, and neither of both.
    Their failures have stable's share, drawn on their own; a two-sided gate sees scores spread evenly.
    """

    def __init__(self, policy: Policy, setting: Setting, rng: Rng) -> None:
        compared = tuple(gate for gate in policy.gates if _is_simulated(gate))
        policy = replace(policy, gates=compared)
        if setting.first_for:
            kept = Pause(100, min_seconds=setting.first_for)
            self._rollout = Rollout(replace(policy, pauses=(kept,)), conclude, stable=None)
        else:
            self._rollout = Rollout(policy, conclude)
        self._setting = setting
        self._rng = rng
        self._subject = subject(policy)
        self._warming = policy.warmup_requests * setting.replicas[0]
        self._until_look = self._windows = max(1, round(LOOK / setting.seconds))

    @property
    def weight(self) -> int:
        """See `Rule`."""
        return self._rollout.release.weight

    def look(self, served: Served) -> Move:
        """See `Rule`."""
        tallies = {gate.name: self._tally(gate, served) for gate in self._rollout.policy.gates}
        warming = self._warming > 0
        self._warming -= served.canary
        beside = served.baseline if self._rollout.release.baseline else 0
        traffic = Requests(served.canary, served.stable, beside)
        self._rollout.count(self._setting.seconds, traffic, tallies, warming=warming)
        self._until_look -= 1
        if self._until_look > 0:
            return "wait"
        self._until_look = self._windows
        decision = self._rollout.decide()
        return "wait" if decision.kind == "advance" else decision.kind

    def _tally(self, gate: Gate, served: Served) -> CounterDelta:
        paired = with_baseline(gate, baseline=self._rollout.release.baseline)
        beside = served.baseline if paired else served.stable
        requests = served.canary + beside
        if gate is self._subject:
            bad_beside = served.bad_baseline if paired else served.bad_stable
            return CounterDelta(requests, served.canary, (served.bad_canary,), (bad_beside,))
        on_canary = self._as_stable(gate, served.canary)
        return CounterDelta(requests, served.canary, on_canary, self._as_stable(gate, beside))

    def _as_stable(self, gate: Gate, requests: int) -> tuple[int, ...]:
        """Failures of a track whose version is as stable is, by kind."""
        if not gate.two_sided:
            return (int(self._rng.binomial(requests, self._setting.failures)),)
        between = self._rng.multinomial(requests, np.full(gate.kinds + 1, 1 / (gate.kinds + 1)))
        above = requests - np.cumsum(between[:-1])
        return tuple(above.tolist())


def subject(policy: Policy) -> Gate | None:
    """The gate that a scenario is about: the first one-sided one of requests. None in a policy without."""
    plain = (gate for gate in policy.gates if not gate.two_sided and _is_simulated(gate))
    return next((gate for gate in plain if gate.kinds == 1), None)


def _is_simulated(gate: Gate) -> bool:
    return not gate.paired and gate.cohorts is None
