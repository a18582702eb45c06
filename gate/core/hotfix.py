"""A hotfix: a person sends a version out without evidence; what is left to the gate is when it is ready."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sluicegate.gate.core.approved import unapproved
from sluicegate.gate.core.assessment import Assessment, assess, problems
from sluicegate.gate.core.case import Case
from sluicegate.gate.core.change import HOTFIX, moved, next_weight, same, started
from sluicegate.gate.core.command import CommandError, one_line
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.judged import unjudged
from sluicegate.gate.core.smoke import failure
from sluicegate.gate.core.tallying import closed_step
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release, Step, Version


def send_out(case: Case) -> Decision | None:
    """A hotfix goes out as soon as the canary is ready; a freeze does not stop what a person ordered.

    From there on it is judged as any release: harm rolls it back, and the last percent needs evidence.
    """
    release = case.release
    reading = case.observations.reading
    if release.hotfix is None or release.weight >= HOTFIX or reading is None or not reading.ready:
        return None
    following = next_weight(case.policy, release)
    step = trusted_step(case.assessment, case.policy, following)
    reason = f"{case.subject}: the canary is ready and goes to {following} % by hand: {release.hotfix}"
    return case.decide(
        "advance", reason, moved(release, following, step, case.observations.counted_from(case.now))
    )


def hotfix(
    release: Release,
    policy: Policy,
    reason: str,
    now: datetime,
    *,
    observations: Observations,
) -> Decision:
    """Send the candidate out to 99 % without evidence, whatever the state: held, or running another.

    It starts dark and goes out as soon as it is ready, since a track without a ready server answers nothing;
    a canary that is ready goes out at once. 1 % stays on stable, so harm still rolls it back. A hold ends, an
    earlier rejection of the version as well, and a version that was being released is not rejected. A freeze
    does not stop a person.
    """
    reason = one_line(reason)
    version = observations.candidate
    if version is None:
        raise CommandError("No version has been merged", "merge one")
    if release.stable is not None and same(version, release.stable):
        raise CommandError(f"Version {version.version} is stable already", "merge the repaired version")
    if release.stable is not None and version.version < release.stable.version:
        raise CommandError(
            f"Version {version.version} is below stable version {release.stable.version}",
            f"roll back: `rollback --to {version.version}`",
        )
    waits = unjudged(observations.judged, version.version)
    if waits is not None:
        raise CommandError(waits, "a hotfix is sent out without evidence of live traffic, and not unjudged")
    lacks = unapproved(observations.approved, version.version)
    if lacks is not None:
        raise CommandError(lacks, "a hotfix is sent out by one person, and approved by another")
    allowed = replace(
        release,
        hold=None,
        hotfix=reason,
        rejected=tuple(old for old in release.rejected if (old.version, old.digest) != _key(version)),
    )
    if release.canary is None or not same(version, release.canary):
        after = replace(started(allowed, version, now), hotfix=reason)
        return Decision("advance", f"hotfix: version {version.version} starts dark: {reason}", release, after)
    return _hotfix_of_the_canary(release, replace(allowed, started=now), policy, observations, now)


def _hotfix_of_the_canary(
    release: Release, allowed: Release, policy: Policy, observations: Observations, now: datetime
) -> Decision:
    """The hotfix is the canary itself: out at once where it is ready, else as soon as it is."""
    version = release.canary
    number = None if version is None else version.version
    if release.weight >= HOTFIX:
        raise CommandError(f"Version {number} has {release.weight} % already", "wait until it is proven")
    reading = observations.reading
    if reading is None or not reading.ready:
        why = f"hotfix: version {number} goes out as soon as it is ready: {allowed.hotfix}"
        return Decision("advance", why, release, allowed)
    assessment = harmless(release, policy, observations)
    weight = next_weight(policy, allowed)
    step = trusted_step(assessment, policy, weight)
    why = f"hotfix: version {number}: {release.weight} % -> {weight} %: {allowed.hotfix}"
    after = moved(allowed, weight, step, observations.counted_from(now))
    return Decision("advance", why, release, after, assessment.judgements)


def trusted_step(assessment: Assessment, policy: Policy, next_weight: int) -> Step | None:
    """The running step as it is closed; None where its figures are not those of the committed weight."""
    if assessment.running is None or assessment.blocked_reason is not None:
        return None
    return closed_step(assessment.running.step, policy, next_weight)


def harmless(release: Release, policy: Policy, observations: Observations | None) -> Assessment:
    """Assess the running step. Raises CommandError when it shows a canary that must not get more traffic."""
    if observations is None or observations.reading is None:
        return Assessment()
    if not observations.reading.ready:
        raise CommandError(
            f"The canary is not ready and would answer nothing{problems(observations.reading)}",
            "wait until it is, or roll back",
        )
    assessment = assess(release, policy, observations.reading)
    harmful = [judgement.reason for judgement in assessment.judgements if judgement.harmful]
    broken = failure(release, policy, observations)
    if broken is not None:
        harmful.append(broken)
    if harmful:
        raise CommandError(
            f"The gate would roll back at its next evaluation: {'; '.join(harmful)}", "roll back"
        )
    return assessment


def _key(version: Version) -> tuple[int, str]:
    return version.version, version.digest
