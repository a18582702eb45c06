"""What people may ask of the gate: hold, release, promote, rollback, retry; each a decision with a reason.

A command is data, so that its evidence can be replayed; `apply_command` carries any of them out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sluicegate.gate.core.assessment import Assessment, assess
from sluicegate.gate.core.change import closed_step, ended, moved, next_weight, rejected, rolled_back
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Rejection, Release

CommandName = Literal["hold", "release", "promote", "rollback", "retry"]


class CommandError(SluiceError):
    """The command makes no sense for this release; the remedy is what to do instead."""


@dataclass(frozen=True)
class Command:
    """What a person requests, and why."""

    name: CommandName
    reason: str
    to: int | None = None
    """promote: the weight in percent; the next step when left out."""
    version: int | None = None
    """retry: the rejected version."""


def apply_command(
    command: Command, release: Release, policy: Policy, observations: Observations, now: datetime
) -> Decision:
    """Carry out a command. Raises CommandError."""
    if command.name == "hold":
        return hold(release, command.reason, now)
    if command.name == "release":
        return release_hold(release, command.reason, now)
    if command.name == "promote":
        return promote(release, policy, command.to, command.reason, now, observations=observations)
    if command.name == "rollback":
        return rollback(release, command.reason, now)
    if command.version is None and not release.rejected:
        raise CommandError("No version is rejected here", "`status` shows what the gate waits for")
    if command.version is None:
        raise CommandError("The command does not say which version to retry", "name it")
    return retry(release, command.version, command.reason, now)


def hold(release: Release, reason: str, now: datetime) -> Decision:
    """Nothing starts or advances until the hold is released. A rollback is never held."""
    reason = _one_line(reason)
    if release.hold is not None:
        raise CommandError(
            f"It is held already, since {release.hold.since.isoformat()}: {release.hold.reason}",
            "release that hold first",
        )
    return Decision("hold", f"held by hand: {reason}", release, replace(release, hold=Hold(now, reason)))


def release_hold(release: Release, reason: str, now: datetime) -> Decision:
    """Let the gate go on; a running release gets a new deadline, or it would be held again at once."""
    reason = _one_line(reason)
    if release.hold is None:
        raise CommandError("Nothing is held here", "`status` shows what the gate waits for")
    started = None if release.canary is None else now
    after = replace(release, hold=None, started=started)
    return Decision("wait", f"hold released by hand: {reason}", release, after)


def promote(
    release: Release,
    policy: Policy,
    to: int | None,
    reason: str,
    now: datetime,
    *,
    observations: Observations | None = None,
) -> Decision:
    """Move the canary on without evidence, to the next step or to any higher weight.

    99 is the hotfix: the former version keeps 1 % as holdback, so there is still a comparison; the test for
    harm runs on, and the gate goes to 100 % by itself only when every gate is non-inferior there. At 100 %
    nothing is compared any more. To the present weight: the step begins again, its counts dropped. A freeze
    does not stop a person; a hold does, and so does harm that is already shown.

    What the running step has counted so far is closed with it where it can be judged, else it is lost.
    """
    reason = _one_line(reason)
    canary = release.canary
    if canary is None:
        raise CommandError("No version is being released here", "merge one, or retry a rejected one")
    if release.hold is not None:
        raise CommandError(f"It is held: {release.hold.reason}", "release the hold first")
    weight = next_weight(policy, release) if to is None else to
    _require_weight(release, weight)
    assessment = _harmless(release, policy, observations)
    if weight > release.weight:
        step = None
        if assessment.running is not None and assessment.blocked_reason is None:
            step = closed_step(assessment.running.step, policy, weight)
        change = f"{release.weight} % -> {weight} % by hand"
    else:
        step = None
        change = "step begun again by hand"
    after = moved(release, weight, step, now)
    return Decision(
        "advance", f"version {canary.version}: {change}: {reason}", release, after, assessment.judgements
    )


def rollback(release: Release, reason: str, now: datetime) -> Decision:
    """Give stable all traffic, or without a canary go back to the stable version before; and hold.

    The version that goes is rejected. Nothing is promoted again until someone releases the hold.
    """
    reason = _one_line(reason)
    why = f"rolled back by hand: {reason}"
    if release.canary is not None:
        after = rolled_back(release, release.canary, why, now)
    elif release.stable is not None and release.history:
        after = replace(
            ended(release, now),
            stable=release.history[0],
            history=release.history[1:],
            rejected=rejected(release, release.stable, why),
        )
    else:
        raise CommandError(
            "There is no version to go back to", "hold the release, or merge a repaired version"
        )
    return Decision("rollback", why, release, replace(after, hold=Hold(now, why)))


def retry(release: Release, version: int, reason: str, now: datetime) -> Decision:  # noqa: ARG001 - one form
    """Let a rejected version start again, at the next evaluation; a hold stays."""
    reason = _one_line(reason)
    left = tuple(rejection for rejection in release.rejected if rejection.version != version)
    if left == release.rejected:
        raise CommandError(f"Version {version} is not rejected here", _what_can_be_retried(release.rejected))
    if release.stable is not None and version <= release.stable.version:
        raise CommandError(
            f"Version {version} is not above stable version {release.stable.version} and would not start",
            "merge it under a higher number",
        )
    after = replace(release, rejected=left)
    return Decision("wait", f"version {version} may start again: {reason}", release, after)


def _what_can_be_retried(rejections: tuple[Rejection, ...]) -> str:
    if not rejections:
        return "no version is"
    return "these are: " + ", ".join(str(rejection.version) for rejection in rejections)


def _one_line(reason: str) -> str:
    """The reason in one line. Raises CommandError when it is empty."""
    reason = " ".join(reason.split())
    if not reason:
        raise CommandError("A command without a reason is not recorded", "say why")
    return reason


def _require_weight(release: Release, weight: int) -> None:
    """Raise CommandError for a weight that this release cannot be promoted to."""
    least = max(release.weight, 1)
    if not least <= weight <= 100:
        raise CommandError(
            f"{weight} % is not between the present weight and 100 %",
            f"promote to {least} .. 100, or roll back",
        )
    if release.stable is None and weight < 100:
        raise CommandError("The first version has no stable one to share traffic with", "promote it to 100")


def _harmless(release: Release, policy: Policy, observations: Observations | None) -> Assessment:
    """Assess the running step. Raises CommandError when it shows a canary that must not get more traffic."""
    if observations is None or observations.reading is None:
        return Assessment()
    if not observations.reading.ready:
        raise CommandError(
            "The canary is not ready and would answer nothing", "wait until it is, or roll back"
        )
    assessment = assess(release, policy, observations.reading)
    harmful = [judgement.reason for judgement in assessment.judgements if judgement.harmful]
    if harmful:
        raise CommandError(
            f"The gate would roll back at its next evaluation: {'; '.join(harmful)}", "roll back"
        )
    return assessment
