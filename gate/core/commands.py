"""What people may ask of the gate: hold, release, promote, hotfix, rollback, retry, approve, adopt.

Each is a decision with a reason and the name of who asked; `apply_command` carries any of them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from sluicegate.gate.core.approval import approve
from sluicegate.gate.core.change import moved, next_weight, runs_baseline
from sluicegate.gate.core.command import FROM_ANY_STATE, Command, CommandError, CommandName, one_line
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.going_back import rollback
from sluicegate.gate.core.hotfix import harmless, hotfix, trusted_step
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Rejection, Release

__all__ = [
    "Command",
    "CommandError",
    "CommandName",
    "apply_command",
    "approve",
    "hold",
    "hotfix",
    "promote",
    "release_hold",
    "retry",
    "rollback",
]


def apply_command(
    command: Command, release: Release, policy: Policy, observations: Observations, now: datetime
) -> Decision:
    """Carry out a command. Raises CommandError."""
    edit = observations.edit
    if edit is not None and command.name not in FROM_ANY_STATE:
        raise CommandError(f"No decision wrote this state: {edit.reason}", "adopt it, or roll back")
    reason = command.reason
    carry_out: Mapping[CommandName, Callable[[], Decision]] = {
        "hold": lambda: hold(release, reason, now, by=command.by),
        "release": lambda: release_hold(release, reason, now),
        "promote": lambda: promote(release, policy, command.to, reason, now, observations=observations),
        "hotfix": lambda: hotfix(release, policy, reason, now, observations=observations),
        "rollback": lambda: rollback(release, reason, now, to=command.version, by=command.by),
        "retry": lambda: retry(release, command.version, reason, now),
        "approve": lambda: approve(release, reason),
        "adopt": lambda: adopt(release, reason, now, observations=observations),
    }
    return carry_out[command.name]()


def hold(release: Release, reason: str, now: datetime, *, by: str | None = None) -> Decision:
    """Nothing starts or advances until the hold is released. A rollback is never held."""
    reason = one_line(reason)
    if release.hold is not None:
        raise CommandError(
            f"It is held already, since {release.hold.since.isoformat()}: {release.hold.reason}",
            "release that hold first",
        )
    return Decision("hold", f"held by hand: {reason}", release, replace(release, hold=Hold(now, reason, by)))


def release_hold(release: Release, reason: str, now: datetime) -> Decision:
    """Let the gate go on; a running release gets a new deadline, or it would be held again at once."""
    reason = one_line(reason)
    if release.hold is None:
        raise CommandError("Nothing is held here", "`status` shows what the gate waits for")
    after = replace(release, hold=None)
    if release.canary is not None:
        after = replace(after, started=now, released=release.weight)
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
    reason = one_line(reason)
    canary = release.canary
    if canary is None:
        raise CommandError("No version is being released here", "merge one, or retry a rejected one")
    if release.hold is not None:
        raise CommandError(f"It is held: {release.hold.reason}", "release the hold first")
    withdrawn = None if observations is None else observations.withdrawn
    if withdrawn is not None:
        raise CommandError(f"Version {canary.version} is not on main any more: {withdrawn}", "merge it again")
    weight = next_weight(policy, release) if to is None else to
    _require_weight(release, weight)
    assessment = harmless(release, policy, observations)
    if weight > release.weight:
        step = trusted_step(assessment, policy, weight)
        change = f"{release.weight} % -> {weight} % by hand"
    else:
        step = None
        change = "step begun again by hand"
    since = now if observations is None else observations.counted_from(now)
    after = moved(release, weight, step, since, baseline=runs_baseline(policy, release, weight))
    return Decision(
        "advance", f"version {canary.version}: {change}: {reason}", release, after, assessment.judgements
    )


def retry(
    release: Release,
    version: int | None,
    reason: str,
    now: datetime,  # noqa: ARG001 - one form for all
) -> Decision:
    """Let a rejected version start again, at the next evaluation.

    The hold of the very rollback that rejected it ends with it; any other stays.
    """
    reason = one_line(reason)
    if version is None and not release.rejected:
        raise CommandError("No version is rejected here", "`status` shows what the gate waits for")
    if version is None:
        raise CommandError("The command does not say which version to retry", "name it")
    retried = [rejection for rejection in release.rejected if rejection.version == version]
    if not retried:
        raise CommandError(f"Version {version} is not rejected here", _what_can_be_retried(release.rejected))
    if release.stable is not None and version <= release.stable.version:
        raise CommandError(
            f"Version {version} is not above stable version {release.stable.version} and would not start",
            "merge it under a higher number",
        )
    left = tuple(rejection for rejection in release.rejected if rejection.version != version)
    after = replace(release, rejected=left)
    hold = release.hold
    if hold is None:
        return Decision("wait", f"version {version} may start again: {reason}", release, after)
    if any(rejection.reason == hold.reason for rejection in retried):
        why = f"hold released, version {version} may start again: {reason}"
        return Decision("wait", why, release, replace(after, hold=None))
    why = f"version {version} may start again once the hold is released: {reason}"
    return Decision("wait", why, release, after)


def adopt(release: Release, reason: str, now: datetime, *, observations: Observations) -> Decision:
    """Accept a release.yaml that people edited by hand: from here on the gate goes on.

    What was counted under other weights or versions says nothing of this state: the step begins again.
    """
    reason = one_line(reason)
    edit = observations.edit
    if edit is None:
        raise CommandError("Nothing was edited by hand here", "`plan` shows what the gate waits for")
    why = f"adopted by hand: {'; '.join(edit.changes)}: {reason}"
    begun = moved(release, release.weight, None, now, baseline=release.baseline)
    return Decision("wait", why, release, replace(begun, counts=()))


def _what_can_be_retried(rejections: tuple[Rejection, ...]) -> str:
    if not rejections:
        return "no version is"
    return "these are: " + ", ".join(str(rejection.version) for rejection in rejections)


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
