"""What a set of rollouts shows of a rule: how often it errs, with bounds, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.stats import beta

from sluicegate.gate.simulate.rules import Ending
from sluicegate.gate.simulate.scenarios import Error, Scenario

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """So many of so many, with the largest share that they leave plausible."""

    count: int
    of: int

    @property
    def share(self) -> float:
        """As seen."""
        return self.count / self.of

    @property
    def upper(self) -> float:
        """Clopper and Pearson's one-sided upper bound at 95 %."""
        if self.count == self.of:
            return 1.0
        return float(beta.ppf(CONFIDENCE, self.count + 1, self.of - self.count))


@dataclass(frozen=True)
class Cost:
    """Medians over the rollouts that ended in one way."""

    seconds: float
    requests: float
    canary: float
    failed: float


@dataclass(frozen=True)
class Score:
    """One rule in one scenario."""

    rule: str
    scenario: str
    title: str
    error: Error | None
    """What is false in this scenario: to roll back, or to promote."""
    finished: Share
    rolled_back: Share
    held: Share
    """Neither: at its deadline, paused, or still undecided when the traffic ended."""
    to_finish: Cost | None
    to_rollback: Cost | None

    @property
    def false(self) -> Share | None:
        """How often the rule erred; None where either end is right."""
        if self.error is None:
            return None
        return self.rolled_back if self.error == "rollback" else self.finished


def score(rule: str, scenario: Scenario, margin: float, endings: Sequence[Ending]) -> Score:
    """Count; raises ValueError without an ending."""
    if not endings:
        raise ValueError("no rollouts")
    finished = [ending for ending in endings if ending.kind == "finish"]
    rolled_back = [ending for ending in endings if ending.kind == "rollback"]
    total = len(endings)
    return Score(
        rule,
        scenario.name,
        scenario.title,
        scenario.error(margin),
        finished=Share(len(finished), total),
        rolled_back=Share(len(rolled_back), total),
        held=Share(total - len(finished) - len(rolled_back), total),
        to_finish=_cost(finished),
        to_rollback=_cost(rolled_back),
    )


def _cost(endings: Sequence[Ending]) -> Cost | None:
    if not endings:
        return None
    return Cost(
        seconds=median(ending.seconds for ending in endings),
        requests=median(ending.requests for ending in endings),
        canary=median(ending.canary for ending in endings),
        failed=median(ending.failed for ending in endings),
    )
