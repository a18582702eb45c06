"""The gate goes on only from a state that a decision wrote."""

from __future__ import annotations

from dataclasses import replace

from sluicegate.gate.core.case import Case
from sluicegate.gate.core.change import suspended
from sluicegate.gate.core.decision import Decision
from sluicegate.specs.release import Hold


def go_back(case: Case) -> Decision | None:
    """From a release.yaml that says nothing any more, back to the last decided state, held.

    Nobody can tell what such a file wants, and what is in effect would stay so for ever: stable serves all.
    """
    edit = case.observations.edit
    if edit is None or not edit.unreadable:
        return None
    release = case.release
    reason = f"{case.subject}: {edit.reason}"
    hold = Hold(case.now, reason)
    if release.hold is not None:
        hold = replace(release.hold, reason=f"{release.hold.reason}; {reason}")
    if release.canary is None or release.stable is None:
        return case.decide("hold", reason, replace(release, hold=hold))
    return case.decide("hold", reason, suspended(release, hold, case.now))


def stay_unadopted(case: Case) -> Decision | None:
    """A release.yaml that people edited is held as it is, without a commit, until one of them adopts it.

    A hold that was written would be a decision, and the edit a state that the gate goes on from.
    """
    edit = case.observations.edit
    if edit is None:
        return None
    return case.decide("hold", f"{case.subject}: held: {edit.reason}", case.release)
