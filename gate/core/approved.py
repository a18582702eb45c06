"""No approval, no release, where an environment requires one: a person other than the author said yes.

Who approved is seen in the reviews of the pull request, as every observation; here is what follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Approval:
    """Who approved the files of a version, when, and why."""

    by: str
    at: datetime
    reason: str
    content: str
    """The git tree of the model's directory that they approved."""
    record: str
    """The digest (`sha256:...`) of the review on the branch of the evidence."""


@dataclass(frozen=True)
class Approved:
    """What is known of the approvals of the version that would start."""

    approvals: tuple[Approval, ...]
    """Oldest first; each by another person."""
    reason: str = ""
    """Why there is none, in words."""


HELPS = "an owner who is not its author approves it in its pull request: /sluice approve"


def unapproved(approved: Approved | None, version: int) -> str | None:
    """Why a version has to wait for a person; None where one approved it, or none is required."""
    if approved is None or approved.approvals:
        return None
    return f"version {version} waits for an approval: {approved.reason}; {HELPS}"


def by_whom(approved: Approved | None) -> str:
    """Who approved what starts, to follow the words that say that it starts."""
    if approved is None or not approved.approvals:
        return ""
    return f"; approved by {', '.join(approval.by for approval in approved.approvals)}"
