"""Where no version is being released: whether the newest one starts, and why not."""

from __future__ import annotations

from sluicegate.gate.core.case import Case, held
from sluicegate.gate.core.change import same, started
from sluicegate.gate.core.decision import Decision
from sluicegate.gate.core.judged import on_what, unjudged
from sluicegate.specs.release import Version


def start(case: Case) -> Decision:
    """Start the newest version dark, at weight 0, unless something speaks against it."""
    release = case.release
    version = case.observations.candidate
    if version is None:
        return case.wait(f"{release.environment}: no version has been merged")
    why = why_not_start(case, version)
    if why is not None:
        return case.wait(f"{release.environment}: {why}")
    beside = "as the first version" if release.stable is None else f"beside version {release.stable.version}"
    reason = f"{release.environment}: version {version.version} starts dark, {beside}"
    reason += on_what(case.observations.judged)
    return case.decide("advance", reason, started(release, version, case.now))


def why_not_start(case: Case, version: Version) -> str | None:
    """Why this version does not start by itself; None when it does."""
    why = why_not_eligible(case, version)
    if why is not None:
        return why
    if case.observations.edit is not None:
        return f"held: {case.observations.edit.reason}"
    if case.release.hold is not None:
        return held(case.release.hold)
    if case.observations.freeze is not None:
        return f"freeze: {case.observations.freeze}"
    baking = case.observations.baking_until
    if baking is not None and case.now < baking:
        return f"version {version.version} bakes in the environment before until {baking.isoformat()}"
    return case.observations.crowded


def why_not_eligible(case: Case, version: Version) -> str | None:
    """Why this version must not start, hold or not: not new, rejected, not judged, or behind another."""
    release = case.release
    stable = case.release.stable
    upstream = case.observations.upstream
    if stable is not None and same(version, stable):
        return f"version {version.version} is stable, nothing is newer"
    if stable is not None and version.version <= stable.version:
        return (
            f"version {version.version} does not start by itself: version {stable.version} is stable, "
            "and only a higher number starts"
        )
    for rejection in release.rejected:
        if (rejection.version, rejection.digest) == (version.version, version.digest):
            return f"version {version.version} was rejected, retry it or merge another: {rejection.reason}"
    if upstream is None or not same(version, upstream):
        there = "nothing" if upstream is None else f"version {upstream.version}"
        return (
            f"version {version.version} waits until it is stable in the environment before, which has {there}"
        )
    return unjudged(case.observations.judged, version.version)
