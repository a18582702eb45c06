"""What one evaluation came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sluicegate.gate.core.change import next_weight, same
from sluicegate.gate.core.command import Command
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.evaluation import Evaluation
from sluicegate.gate.core.serialize import dump
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Traffic


@dataclass(frozen=True)
class Outcome:
    """What one evaluation of one model in one environment came to. Renderings only show it."""

    environment: str
    model: str
    at: datetime
    decision: Decision | None = None
    """None when nothing could be decided: then `problem` says why."""
    policy: Policy | None = None
    observations: Observations | None = None
    problem: str | None = None
    crashed: bool = False
    """Whether the problem is a fault of the program, not of an input."""
    command: Command | None = None
    """The command that a person gave; None when the gate decided by itself."""
    policy_revision: str | None = None
    """The commit that brought the version, and with it the policy; None where no policy enters."""
    commit: str | None = None
    """The commit that holds the decision, once it is pushed."""
    evidence: str | None = None
    """The commit that holds its record, on the branch of the evidence."""
    picture: str | None = None
    """The path of the plot of its intervals in that commit; None without one."""
    refresh: str | None = None
    """Why Argo CD got no request to refresh after that commit; it polls all the same."""

    @property
    def kind(self) -> str:
        """The kind of the decision; `problem` where nothing was decided."""
        return "problem" if self.decision is None else self.decision.kind

    @property
    def idle(self) -> bool:
        """Whether nothing more happens here until a person does something."""
        if self.decision is None:
            return not self.crashed
        # GitHub's answer comes by itself: a run that ended before it would never start a version.
        judged = None if self.observations is None else self.observations.judged
        if judged is not None and judged.asking:
            return False
        release = self.decision.release
        held = self.decision.kind == "hold" or release.hold is not None
        return not self.decision.commits and (release.canary is None or held)

    @property
    def settled(self) -> bool:
        """Whether this stays so, whatever time passes and whatever is measured, until the repository changes.

        So it is where what is stable is what should be: nothing runs, and nothing could start.
        """
        if self.problem is not None or self.command is not None or self.commit is not None:
            return False
        if self.decision is None or self.decision.commits or self.observations is None:
            return False
        release = self.decision.release
        candidate = self.observations.candidate
        at_rest = candidate is None or (release.stable is not None and same(candidate, release.stable))
        return at_rest and release.canary is None

    @property
    def moves_traffic(self) -> bool:
        """Whether the decision changes a track or the weight, and with them the manifests."""
        if self.decision is None:
            return False
        before, after = (
            (one.stable, one.canary, one.weight, one.baseline)
            for one in (self.decision.before, self.decision.release)
        )
        return before != after

    @property
    def requests(self) -> Traffic:
        """Requests of each track since the running release began, as far as they are known."""
        if self.decision is None:
            return Traffic(0, 0)
        closed = [step.traffic for step in self.decision.before.counts]
        reading = None if self.observations is None else self.observations.reading
        running = [] if reading is None else [window.traffic for window in reading.windows]
        return sum((*closed, *running), start=Traffic(0, 0))

    @property
    def evaluation(self) -> Evaluation | None:
        """This evaluation as what shows a rollout needs it; None where nothing was decided."""
        decision = self.decision
        if decision is None:
            return None
        return Evaluation(
            at=self.at,
            requests=self.requests.canary + self.requests.stable,
            weight=decision.before.weight,
            kind=decision.kind,
            reason=decision.reason,
            judgements=decision.judgements,
            commit=self.commit,
            next_weight=self._judged_for(decision),
            shown=decision.shown,
            baseline=decision.before.baseline,
            next_baseline=decision.release.baseline,
        )

    def _judged_for(self, decision: Decision) -> int:
        """The weight after the evaluation; of a wait, a hold or a rollback the one that was judged."""
        if decision.kind == "finish":
            return 100
        if decision.kind == "advance" or self.policy is None:
            return decision.release.weight
        return next_weight(self.policy, decision.before)

    def plain(self) -> dict[str, Any]:
        """JSON values: what was decided, why, on how many requests, and each gate's interval."""
        values: dict[str, Any] = {
            "environment": self.environment,
            "model": self.model,
            "at": self.at.isoformat(),
            "problem": self.problem,
            "commit": self.commit,
            "refresh": self.refresh,
        }
        decision = self.decision
        if decision is None:
            return values
        version = decision.before.canary or decision.release.canary or decision.release.stable
        return values | {
            "decision": decision.kind,
            "reason": decision.reason,
            "commits": decision.commits,
            "version": version.version if version else None,
            "weight": decision.before.weight,
            "next_weight": decision.release.weight,
            "requests": dump(self.requests),
            "judgements": dump(decision.judgements),
            "shown": dump(decision.shown),
            "overruled": [] if self.policy is None else list(self.policy.overruled),
        }
