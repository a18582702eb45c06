"""The smoke test: before it gets any traffic, a version answers rows of its own evaluation set, in the dark.

A comparison needs traffic, and the first version has nothing to be compared with: without this, one that
answers nothing at all would get every request. What is wrong in the dark harms nobody, so it is taken back
at once; what could not be tested waits, and is never a pass.
"""

from __future__ import annotations

from sluicegate.gate.core.case import Case
from sluicegate.gate.core.change import rolled_back
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release


def take_back(case: Case) -> Decision | None:
    """A dark version that answers wrongly, or not at all, ends its release; it is rejected."""
    canary = case.release.canary
    why = failure(case.release, case.policy, case.observations)
    if canary is None or why is None:
        return None
    reason = f"{case.subject}: {why}"
    return case.decide("rollback", reason, rolled_back(case.release, canary, reason, case.now))


def untested(case: Case) -> str | None:
    """Why the dark version has not passed yet; None where it has, where none is asked, and with traffic."""
    if case.release.weight != 0 or not case.policy.smoke:
        return None
    smoke = case.observations.smoke
    if smoke is None:
        return "the smoke test has no result yet"
    if smoke.verdict == "not_run":
        return f"the smoke test could not be run: {smoke.reason}"
    return failure(case.release, case.policy, case.observations)


def failure(release: Release, policy: Policy, observations: Observations) -> str | None:
    """That the dark version failed, and how; None where it did not, or where no smoke test is asked."""
    smoke = observations.smoke
    if release.weight != 0 or not policy.smoke or smoke is None or smoke.verdict != "failed":
        return None
    return f"the smoke test failed: {smoke.reason}"


def passed(case: Case) -> str:
    """What the advance from the dark rests on, to follow the words that say where it goes."""
    smoke = case.observations.smoke
    if not case.policy.smoke:
        return ", without evidence yet: no smoke test is asked here"
    return "" if smoke is None else f"; the smoke test passed: {smoke.reason}"
