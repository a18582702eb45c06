"""What one act of the demonstration did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sluicegate.embedded.demo.counts import Answered
from sluicegate.gate.core.evaluation import Evaluation

if TYPE_CHECKING:
    from sluicegate.gate.daemon.outcome import Outcome


@dataclass
class Act:
    """One act: the entry of `summary.json`, and beside it what the reports are made from."""

    act: int
    model: str
    environment: str
    from_version: int
    to_version: int
    verdict: str = ""
    """`finish`, `refused` or `rollback`."""
    commits: list[str] = field(default_factory=list)
    """The merge and the gate's commits in this environment; for a refused pull request, its head."""
    weights: list[int] = field(default_factory=list)
    """The canary's percent, as the gate's commits set it one after the other."""
    canary_requests: int = 0
    stable_requests: int = 0
    failed_stable_requests: int = 0
    seconds: float = 0.0
    reason: str = ""
    evaluations: list[Evaluation] = field(default_factory=list)
    comment: str = ""
    """The pull request's comment as it was judged; `during` its release in production, `after` its end."""
    during: str = ""
    after: str = ""
    pull: int = 0

    def summary(self) -> dict[str, Any]:
        """The entry of `summary.json`."""
        return {
            name: value
            for name, value in vars(self).items()
            if name not in ("evaluations", "comment", "during", "after", "pull")
        }

    def record(self, outcome: Outcome) -> None:
        """Keep one evaluation of the gate: for the plots, the weights and the commits."""
        decision = outcome.decision
        if decision is None or (decision.before.canary is None and decision.release.canary is None):
            return
        weight = 100 if decision.kind == "finish" else decision.release.weight
        if outcome.commit is not None:
            self.commits.append(outcome.commit)
            if self.weights[-1:] != [weight]:
                self.weights.append(weight)
        if outcome.evaluation is not None:
            self.evaluations.append(outcome.evaluation)

    def count(self, before: Answered, after: Answered) -> None:
        """Take over what the gateway counted during the act."""
        self.canary_requests = after.canary - before.canary
        self.stable_requests = after.stable - before.stable
        self.failed_stable_requests = after.failed_stable - before.failed_stable
