"""A newer version in place of one that gets nowhere."""

from __future__ import annotations

from sluicegate.gate.core.case import Case, overdue
from sluicegate.gate.core.change import started, taken_back
from sluicegate.gate.core.decision import Decision
from sluicegate.gate.core.obstacles import obstacle
from sluicegate.gate.core.starting import why_not_eligible
from sluicegate.specs.release import Release, Version


def supersede(case: Case) -> Decision | None:
    """A newer merge takes the place of a release that waits, or that the gate holds past its deadline.

    A release that goes on at this very evaluation goes on. Neither a person's hold nor a hotfix is
    superseded, nor a first version that has traffic: nothing else could take it. A freeze stops the newer
    version as it stops any other. With `supersede: queue` it waits until the release has ended.
    """
    canary = case.release.canary
    newer = case.observations.candidate
    if canary is None or newer is None or newer.version <= canary.version or not may_be_superseded(case):
        return None
    if case.observations.freeze is not None or why_not_eligible(case, newer) is not None:
        return None
    why = waits_because(case)
    if why is None:
        return None
    reason = (
        f"{case.subject}: version {newer.version} starts dark in place of version {canary.version}: {why}"
    )
    return case.decide("advance", reason, in_place_of(case, newer))


def may_be_superseded(case: Case) -> bool:
    """Whether nobody said that this version is to go on, or to stay, and users are served without it."""
    release = case.release
    if release.stable is None and release.weight > 0:
        return False
    held_by_a_person = release.hold is not None and release.hold.by is not None
    return case.policy.supersede == "newest" and not held_by_a_person and release.hotfix is None


def waits_because(case: Case) -> str | None:
    """Why the release does not go on at this evaluation; None when it does."""
    release = case.release
    if release.hold is not None:
        return f"it was held: {release.hold.reason}"
    if release.weight == 0:
        return "it had no traffic yet"
    if overdue(case):
        return "its deadline has passed"
    return obstacle(case)


def in_place_of(case: Case, newer: Version) -> Release:
    """The newer version dark; all traffic on stable, and the older version not rejected."""
    return started(taken_back(case.release, case.now), newer, case.now)
