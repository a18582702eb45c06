"""Every rule through every scenario, on all processors; the figures do not depend on how many there are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import get_context

import numpy as np

from sluicegate.gate.simulate.gate_rule import GateRule, subject
from sluicegate.gate.simulate.rivals.all import RIVALS
from sluicegate.gate.simulate.rivals.base import Plan
from sluicegate.gate.simulate.rules import Ending, Rule, run
from sluicegate.gate.simulate.scenarios import Scenario
from sluicegate.gate.simulate.score import Score, score
from sluicegate.specs.policy import Policy

SLUICE = "sluice"
"""The gate's own rule in the table."""
BATCH = 25
"""Rollouts a task."""


@dataclass(frozen=True)
class Task:
    """Some rollouts of one rule in one scenario."""

    rule: str
    scenario: Scenario
    policy: Policy
    seed: int
    rollouts: range

    def endings(self) -> list[Ending]:
        """Run them one after the other."""
        setting = self.scenario.setting
        first = setting.first_for > 0
        return [
            run(self._rule(i), self.scenario.traffic(self.seed, i), setting.seconds, first=first)
            for i in self.rollouts
        ]

    def _rule(self, rollout: int) -> Rule:
        setting = self.scenario.setting
        if self.rule == SLUICE:
            rng = np.random.default_rng([self.seed, 1, rollout])
            return GateRule(self.policy, setting, rng)
        gate = subject(self.policy)
        weights = tuple(weight for weight in self.policy.steps if weight < 100)
        margin = 0.0 if gate is None else gate.margin
        plan = Plan(weights, setting.failures, margin, self.policy.alpha, setting.seconds, rollout)
        return RIVALS[self.rule](plan)


def benchmark(
    policy: Policy,
    scenarios: Sequence[Scenario],
    rules: Sequence[str],
    rollouts: range,
    seed: int,
) -> Iterator[Score]:
    """A score for each scenario and rule, in that order, as soon as it is there.

    Rollouts are numbered, and a number and a seed are always the same traffic. The scenarios know their rate
    differences: see `Scenario.at`. Only the gate's own rule knows what to do with a first version.
    """
    gate = subject(policy)
    margin = 0.0 if gate is None else gate.margin
    cells = [
        (rule, scenario)
        for scenario in scenarios
        for rule in rules
        if rule == SLUICE or not scenario.setting.first_for
    ]
    batches = [rollouts[first : first + BATCH] for first in range(0, len(rollouts), BATCH)]
    found = _endings(
        [Task(rule, scenario, policy, seed, batch) for rule, scenario in cells for batch in batches]
    )
    for rule, scenario in cells:
        endings = chain.from_iterable(islice(found, len(batches)))
        yield score(rule, scenario, margin, list(endings))


def _endings(tasks: Sequence[Task]) -> Iterator[list[Ending]]:
    """Of each task, in order; processes of our own are started where the work is worth it."""
    if processors() == 1 or sum(len(task.rollouts) for task in tasks) <= BATCH:
        yield from map(Task.endings, tasks)
        return
    with ProcessPoolExecutor(processors(), mp_context=get_context("forkserver")) as pool:
        yield from pool.map(Task.endings, tasks)


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))
