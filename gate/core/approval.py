"""A person's approval of one step: the gate goes on from it once everything else is shown."""

from __future__ import annotations

from dataclasses import replace

from sluicegate.gate.core.command import CommandError, one_line
from sluicegate.gate.core.decision import Decision
from sluicegate.specs.release import Release


def approve(release: Release, reason: str) -> Decision:
    """Approve that the running release goes on from its present weight; evidence is needed all the same.

    Raises CommandError.
    """
    reason = one_line(reason)
    if release.canary is None:
        raise CommandError("No version is being released here", "merge one, or retry a rejected one")
    if release.approved == release.weight:
        remedy = "`status` shows what the gate waits for"
        raise CommandError(f"{release.weight} % is approved already", remedy)
    after = replace(release, approved=release.weight)
    said = f"version {release.canary.version} may go on from {release.weight} %: {reason}"
    return Decision("wait", said, release, after)
