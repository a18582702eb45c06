"""How a release changes: the few ways in which one state follows another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sluicegate.specs.policy import Policy
from sluicegate.specs.release import BASELINE_UP_TO, Hold, Rejection, Release, Step, Version

HISTORY = 10
"""How many former stable versions a release remembers."""
HOTFIX = 99
"""Percent of traffic that a hotfix takes; the former version keeps the rest, for the comparison."""


def same(one: Version, other: Version) -> bool:
    """Whether both are one version: the number and the artifact's digest."""
    return (one.version, one.digest) == (other.version, other.digest)


def next_weight(policy: Policy, release: Release) -> int:
    """The policy's first step above the present weight; 100 where no step is above it, or without stable.

    A hotfix takes no steps.
    """
    if release.stable is None:
        return 100
    if release.hotfix is not None and release.weight < HOTFIX:
        return HOTFIX
    return min((step for step in policy.steps if step > release.weight), default=100)


def started(release: Release, version: Version, now: datetime) -> Release:
    """The version becomes the canary, dark: at weight 0."""
    return replace(ended(release, now), canary=version, started=now)


def runs_baseline(policy: Policy, release: Release, weight: int) -> bool:
    """Whether stable's version runs a second time at this weight, as fresh as the canary and as loaded."""
    beside_stable = release.stable is not None and release.hotfix is None
    return policy.baseline and beside_stable and 0 < weight <= BASELINE_UP_TO


def moved(
    release: Release, weight: int, step: Step | None, since: datetime, *, baseline: bool = False
) -> Release:
    """Commit the next weight; `step` is the running one as it is closed, where anything was counted in it.

    `baseline`: whether one runs at the next weight, see `runs_baseline`.
    """
    counted = () if step is None or (step.weight == 0 and not step.tallies) else (step,)
    counts = release.counts + counted
    return replace(
        release, weight=weight, baseline=baseline, since=since, approved=None, released=None, counts=counts
    )


def suspended(release: Release, hold: Hold, now: datetime) -> Release:
    """Stable gets all traffic, and the version waits dark until a person releases the hold; not rejected."""
    dark = replace(ended(release, now), canary=release.canary, started=now)
    return replace(dark, hold=hold)


def ended(release: Release, now: datetime) -> Release:
    """Without a canary: what belongs to the running release is cleared, the rest is kept."""
    return replace(
        release,
        canary=None,
        weight=0,
        baseline=False,
        started=None,
        since=now,
        counts=(),
        approved=None,
        released=None,
        hotfix=None,
    )


def taken_back(release: Release, now: datetime) -> Release:
    """End the release without rejecting its version; a hold that the gate placed on it ends with it."""
    hold = release.hold
    return replace(ended(release, now), hold=None if hold is not None and hold.by is None else hold)


def finished(release: Release, version: Version, now: datetime) -> Release:
    """The canary becomes stable, and the former stable version the newest of the history.

    Rejections of lower versions are dropped: only a higher number starts by itself.
    """
    former = () if release.stable is None else (release.stable,)
    return replace(
        ended(release, now),
        stable=version,
        stable_since=now,
        history=tuple(old for old in (*former, *release.history) if not same(old, version))[:HISTORY],
        rejected=tuple(rejection for rejection in release.rejected if rejection.version > version.version),
    )


def rejected(release: Release, version: Version, reason: str) -> tuple[Rejection, ...]:
    """The rejected versions with this one, once, as the newest."""
    others = tuple(
        old for old in release.rejected if (old.version, old.digest) != (version.version, version.digest)
    )
    return (*others, Rejection(version.version, version.digest, reason))


def rolled_back(release: Release, version: Version, reason: str, now: datetime) -> Release:
    """End the release and reject its version; stable keeps all traffic."""
    return replace(ended(release, now), rejected=rejected(release, version, reason))
