"""One evaluation of one release: what every rule of the decision may use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sluicegate.gate.core.assessment import Assessment
from sluicegate.gate.core.counting import never_counted
from sluicegate.gate.core.decision import Decision, DecisionKind, Observations
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Release

BLIND_WINDOWS = 6
"""Windows without figures after which a person is told; fewer pass each time a weight changes."""


@dataclass(frozen=True)
class Case:
    """All that a rule may ask."""

    release: Release
    policy: Policy
    observations: Observations
    now: datetime
    assessment: Assessment

    @property
    def subject(self) -> str:
        """`production at 5 %`."""
        return f"{self.release.environment} at {self.release.weight} %"

    def wait(self, reason: str) -> Decision:
        """Change nothing."""
        return self.decide("wait", reason, self.release)

    def decide(self, kind: DecisionKind, reason: str, after: Release) -> Decision:
        """Make the decision; a newer version that has to wait is named in the reason.

        Whatever rolls back from a state that people edited by hand leaves it held: the rest of that state is
        no decision's either.
        """
        canary = self.release.canary
        newer = self.observations.candidate
        if (
            after.canary == canary
            and canary is not None
            and newer is not None
            and newer.version > canary.version
        ):
            queued = self.policy.supersede == "queue"
            how_long = "until this release has ended" if queued else "while this release goes on"
            reason += f"; version {newer.version} waits {how_long}"
        edit = self.observations.edit
        if edit is not None and after != self.release and after.hold is None:
            after = replace(after, hold=Hold(self.now, edit.reason))
        return Decision(
            kind, reason, self.release, after, self.assessment.judgements, self.problem, self.assessment.shown
        )

    @property
    def never_counted(self) -> str | None:
        """That the figures of this step add up to nothing, and why; None where they do."""
        reading = self.observations.reading
        return None if reading is None else never_counted(self.policy, self.release.weight, reading)

    @property
    def problem(self) -> str | None:
        """An edit by hand, a wrong split, or figures missing for longer than a change of weight takes."""
        if self.observations.edit is not None:
            return self.observations.edit.reason
        if self.assessment.wrong_split is not None:
            return self.assessment.blocked_reason
        since = self.observations.blind_since
        if since is None or self.release.weight == 0 or self.now - since < BLIND_WINDOWS * self.policy.window:
            return None
        missing = [] if self.assessment.running is None else self.assessment.running.missing.items()
        causes = [f"{gate}: {why}" for gate, why in missing]
        cause = self.assessment.blocked_reason or self.never_counted or "; ".join(causes) or "no figures"
        return f"without figures since {since.isoformat()}: {cause}"


def overdue(case: Case) -> bool:
    """Whether the release has been running for longer than its deadline."""
    started = case.release.started
    return started is not None and case.now - started > case.policy.deadline


def held(hold: Hold) -> str:
    """That it is held, since when, by whom and why, and how to go on."""
    by = "" if hold.by is None else f" by {hold.by}"
    return f"held{by} since {hold.since.isoformat()}: {hold.reason}; release the hold to go on"
