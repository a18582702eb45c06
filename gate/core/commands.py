"""What people may tell the gate: hold, release, promote, rollback, retry; each a decision with a reason.

A command is data, so that its evidence can be replayed; `apply_command` carries any of them out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sluicegate.gate.core.assessment import Assessment, assess
from sluicegate.gate.core.change import ended, moved, next_weight, rejected, rolled_back
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Hold, Release

CommandName = Literal["hold", "release", "promote", "rollback", "retry"]


class CommandError(SluiceError):
    """The command makes no sense for this release; the message ends in what to do instead."""


@dataclass(frozen=True)
class Command:
    """What a person asked for, and why."""

    name: CommandName
    reason: str
    to: int | None = None
    """promote: the weight in percent; the next step when left out."""
    version: int | None = None
    """retry: the rejected version."""


def apply_command(
    command: Command, release: Release, policy: Policy, seen: Observations, now: datetime
) -> Decision:
    """Carry out a command. Raises CommandError."""
    if command.name == "hold":
        return hold(release, command.reason, now)
    if command.name == "release":
        return release_hold(release, command.reason, now)
    if command.name == "promote":
        return promote(release, policy, command.to, command.reason, now, seen=seen)
    if command.name == "rollback":
        return rollback(release, command.reason, now)
    if command.version is None and not release.rejected:
        raise CommandError("No version is rejected here; `status` shows what the gate waits for.")
    if command.version is None:
        raise CommandError("Which version is to be retried was not said; name it.")
    return retry(release, command.version, command.reason, now)


def hold(release: Release, reason: str, now: datetime) -> Decision:
    """Nothing starts or advances until the hold is released. A rollback is never held."""
    reason = _said(reason)
    if release.hold is not None:
        raise CommandError(
            f"It is held already, since {release.hold.since.isoformat()}: {release.hold.reason}. "
            "Release that hold first."
        )
    return Decision("hold", f"held by hand: {reason}", release, replace(release, hold=Hold(now, reason)))


def release_hold(release: Release, reason: str, now: datetime) -> Decision:
    """Let the gate go on; a running release gets its deadline anew, or it would be held again at once."""
    reason = _said(reason)
    if release.hold is None:
        raise CommandError("Nothing is held here; `status` shows what the gate waits for.")
    started = None if release.canary is None else now
    return Decision(
        "wait", f"hold released by hand: {reason}", release, replace(release, hold=None, started=started)
    )


def promote(
    release: Release,
    policy: Policy,
    to: int | None,
    reason: str,
    now: datetime,
    *,
    seen: Observations | None = None,
) -> Decision:
    """Move the canary on without proof, to the next step or to any higher weight.

    99 is the hotfix: the former version keeps 1 % as holdback, so there is still a comparison; the harm
    test runs on, and the gate goes to 100 % by itself only when every gate is proven for it. At 100 %
    nothing is compared any more. To the present weight: the step begins anew, its counts dropped. A freeze
    does not stop a person; a hold does, and so does harm that is already shown.

    What the running step has counted so far is closed with it where `seen` can be judged, else it is lost.
    """
    reason = _said(reason)
    canary = release.canary
    if canary is None:
        raise CommandError("No version is being released here; merge one, or retry a rejected one.")
    if release.hold is not None:
        raise CommandError(f"It is held: {release.hold.reason}. Release the hold first.")
    weight = next_weight(policy, release) if to is None else to
    if not max(release.weight, 1) <= weight <= 100:
        raise CommandError(
            f"{weight} % is not between the present weight and 100 %; "
            f"promote to {max(release.weight, 1)} .. 100, or roll back."
        )
    if release.stable is None and weight < 100:
        raise CommandError(
            "The first version has none beside it to share the traffic with; promote it to 100."
        )
    sight = _sight(release, policy, seen)
    step = sight.running.step if sight.running is not None and weight > release.weight else None
    what = (
        f"{release.weight} % -> {weight} % by hand" if weight > release.weight else "step begun anew by hand"
    )
    after = moved(release, weight, step, now)
    return Decision(
        "advance", f"version {canary.version}: {what}: {reason}", release, after, sight.judgements
    )


def rollback(release: Release, reason: str, now: datetime) -> Decision:
    """Give stable all traffic, or without a canary go back to the stable version before; and hold.

    The version that goes is rejected. Nothing re-promotes by itself until someone releases the hold.
    """
    reason = _said(reason)
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
            "There is no version to go back to; hold the release, or merge a repaired version."
        )
    return Decision("rollback", why, release, replace(after, hold=Hold(now, why)))


def retry(release: Release, version: int, reason: str, now: datetime) -> Decision:  # noqa: ARG001 - one form
    """Let a rejected version start again, at the next look; a hold stays. `now` is as in all commands."""
    reason = _said(reason)
    left = tuple(rejection for rejection in release.rejected if rejection.version != version)
    if left == release.rejected:
        known = ", ".join(str(rejection.version) for rejection in release.rejected)
        raise CommandError(
            f"Version {version} is not rejected here; " + (f"these are: {known}." if known else "none is.")
        )
    if release.stable is not None and version <= release.stable.version:
        raise CommandError(
            f"Version {version} is not above stable version {release.stable.version} and would not start; "
            "merge it under a higher number."
        )
    return Decision(
        "wait", f"version {version} may start again: {reason}", release, replace(release, rejected=left)
    )


def _said(reason: str) -> str:
    """The reason in one line. Raises CommandError when there is none."""
    reason = " ".join(reason.split())
    if not reason:
        raise CommandError("A command without a reason is not recorded; say why.")
    return reason


def _sight(release: Release, policy: Policy, seen: Observations | None) -> Assessment:
    """What is seen of the running step. Raises CommandError when it shows a canary that must not get more."""
    if seen is None or seen.reading is None:
        return Assessment()
    if not seen.reading.ready:
        raise CommandError(
            "The canary is not ready and would answer nothing; wait until it is, or roll back."
        )
    sight = assess(release, policy, seen.reading)
    harm = [judgement.reason for judgement in sight.judgements if judgement.harm]
    if harm:
        raise CommandError(f"The gate would roll back at its next look: {'; '.join(harm)}. Roll back.")
    return sight
