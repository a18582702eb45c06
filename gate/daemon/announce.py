"""What the gate tells people of a release after each tick, as frozen data, and who is told.

An announcer is handed to the daemon, as the smoke test is: the gate knows no forge, no chat and no bus.
`announcing.py` calls it on a thread of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from sluicegate.gate.core.change import same
from sluicegate.gate.core.commands import CommandName
from sluicegate.gate.core.decision import Decision, Judgement, Observations
from sluicegate.gate.core.evaluation import Evaluation
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.verdicts import starting
from sluicegate.specs.release import Release, Version

Stage = Literal["waiting", "running", "held", "stable", "rolled back", "ended"]
"""Where a version is. `waiting`: merged, and kept from starting by what a person has to see to. `ended`:
without a verdict, as another one took its place or it left main."""
ENDED: tuple[Stage, ...] = ("stable", "rolled back", "ended")
"""Stages after which nothing more is told of a version, until a person begins it anew."""
REMINDED = timedelta(days=1)
"""How long after its end a release is told once more to a gate's announcers when that gate starts: the one
before it may have been killed between a decision and the word of it."""
REPRODUCE = "git fetch && sluice verify"
"""Makes every decision of a clone again, from its evidence."""


@dataclass(frozen=True)
class Announcement:
    """One version in one environment, after one evaluation."""

    environment: str
    model: str
    version: Version
    """`revision` is the commit that brought it to the branch: what a forge finds its pull request by."""
    stage: Stage
    evaluation: Evaluation
    """When, at which weight, each gate's judgement, what was decided and why, and the decision's commit."""
    steps: tuple[int, ...] = ()
    """The policy's weights in percent; none where no policy enters, as for a command."""
    weight: int = 0
    """The version's percent of traffic once the decision is in effect."""
    needs: int | None = None
    """About how many more `units` on both tracks until the next step; 0 where no gate is waited for, None
    where that cannot be estimated."""
    units: str = "requests"
    """What is counted by the gate that is waited for the longest."""
    seconds: float | None = None
    """How long these take at the traffic of the running step; None where that is not known."""
    by: str | None = None
    """The person who commanded it; None where the gate decided by itself, or that is not known."""
    command: CommandName | None = None
    problem: str | None = None
    """What a person has to see to."""
    evidence: str | None = None
    """The commit of the branch `gate-evidence` that holds the decision's record, with `picture`."""
    picture: str | None = None
    """The path in that commit of a plot of the intervals."""
    reproduce: str = REPRODUCE

    @property
    def step(self) -> int:
        """Which of the steps the weight is, from 1; 0 for a dark canary or a weight between two steps."""
        return self.steps.index(self.weight) + 1 if self.weight in self.steps else 0

    @property
    def decided(self) -> bool:
        """Whether a decision was committed: worth a word of its own, where an evaluation is only news."""
        return self.evaluation.commit is not None

    @property
    def reminder(self) -> bool:
        """Whether it only says again how the version ended: told once when a gate starts, see REMINDED."""
        return self.stage in ENDED and not self.decided


class Announcer(Protocol):
    """Tells somebody: a pull request, a chat, a bus."""

    @property
    def name(self) -> str:
        """For the log and the telemetry."""

    @property
    def every(self) -> float:
        """Seconds at least between two calls about one release; 0 for none."""

    def announce(self, news: Sequence[Announcement]) -> None:
        """Tell the news of one release, oldest first: every decision since the last call, then the state now.

        It may take long and may raise: then the same news come again, with what is new by then, later and
        later. One that was told already must not be told twice. Called by one thread alone.
        """


def announcements_of(outcome: Outcome) -> Iterator[Announcement]:
    """What one outcome tells: nothing where nothing runs; of a canary that is replaced, both versions."""
    decision = outcome.decision
    observations = outcome.observations
    evaluation = outcome.evaluation
    if decision is None or observations is None or evaluation is None:
        return
    if decision.before.canary is None and decision.release.canary is None and not decision.commits:
        yield from _at_rest(outcome, decision.release, observations, evaluation)
        return
    before = decision.before.canary
    after = decision.release.canary
    if before is not None and after is not None and not same(before, after):
        yield _announcement(outcome, before, "ended", evaluation)
    if decision.version is not None:
        yield _announcement(outcome, decision.version, _stage(decision), evaluation)


def _stage(decision: Decision) -> Stage:
    if decision.kind == "rollback":
        return "rolled back"
    if decision.kind == "finish":
        return "stable"
    if decision.kind == "hold" or decision.release.hold is not None:
        return "held"
    return "running" if decision.release.canary is not None else "ended"


def _at_rest(
    outcome: Outcome, release: Release, observations: Observations, evaluation: Evaluation
) -> Iterator[Announcement]:
    """How the newest version ended, where that was not long ago; or that it cannot start, and why."""
    version = observations.candidate
    if version is None:
        return
    rejected = {(one.version, one.digest) for one in release.rejected}
    is_rejected = (version.version, version.digest) in rejected
    if _is_kept_from_starting(outcome, observations) and not is_rejected and starting(release, version, None):
        yield _announcement(outcome, version, "waiting", evaluation)
        return
    if release.since is None or outcome.at - release.since > REMINDED:
        return
    if release.stable is not None and same(version, release.stable):
        yield _announcement(outcome, version, "stable", evaluation)
    elif is_rejected:
        yield _announcement(outcome, version, "rolled back", evaluation)


def _is_kept_from_starting(outcome: Outcome, observations: Observations) -> bool:
    """By more than the time or another environment, which need nobody."""
    approved = observations.approved
    return outcome.problem is not None or (approved is not None and not approved.approvals)


def _announcement(outcome: Outcome, version: Version, stage: Stage, evaluation: Evaluation) -> Announcement:
    awaited = _awaited(evaluation) if stage in ("running", "held") else None
    weights = {"stable": 100, "rolled back": 0, "ended": 0}
    command = outcome.command
    return Announcement(
        outcome.environment,
        outcome.model,
        version,
        stage,
        evaluation,
        steps=() if outcome.policy is None else outcome.policy.steps,
        weight=weights.get(stage, 0 if outcome.decision is None else outcome.decision.release.weight),
        needs=0 if awaited is None else awaited.needs,
        units="requests" if awaited is None else awaited.units,
        seconds=None if awaited is None else awaited.needs_seconds,
        by=None if command is None else command.by,
        command=None if command is None else command.name,
        problem=outcome.problem,
        evidence=outcome.evidence,
        picture=outcome.picture,
    )


def _awaited(evaluation: Evaluation) -> Judgement | None:
    """Of the gates that keep it back: the one that takes the longest, or cannot tell how long it takes."""
    kept = [one for one in evaluation.judgements if not one.non_inferior]
    return max(kept, key=_seconds, default=None)


def _seconds(judgement: Judgement) -> float:
    return math.inf if judgement.needs_seconds is None else judgement.needs_seconds
