"""Main is the will of people: a version that main no longer holds is not released any further."""

from __future__ import annotations

from sluicegate.gate.core.case import Case
from sluicegate.gate.core.change import taken_back
from sluicegate.gate.core.decision import Decision


def roll_back_withdrawn(case: Case) -> Decision | None:
    """A canary that main no longer holds gives its traffic back to stable, held or not.

    Its version is not rejected: people took it back, nothing was shown against it. Merged again, as by a
    revert of the revert, it starts again.
    """
    withdrawn = case.observations.withdrawn
    canary = case.release.canary
    if canary is None or withdrawn is None:
        return None
    reason = f"{case.subject}: version {canary.version} is taken back: {withdrawn}"
    return case.decide("rollback", reason, taken_back(case.release, case.now))
