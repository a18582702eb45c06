"""The gate goes on only from a state that a decision wrote."""

from __future__ import annotations

from sluicegate.gate.core.case import Case
from sluicegate.gate.core.decision import Decision


def stay_unadopted(case: Case) -> Decision | None:
    """A release.yaml that people edited is held as it is, without a commit, until one of them adopts it.

    A hold that was written would be a decision, and the edit a state that the gate goes on from.
    """
    edit = case.observations.edit
    if edit is None:
        return None
    return case.decide("hold", f"{case.subject}: held: {edit.reason}", case.release)
