"""What may happen in a repository that a webhook tells of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RefsMoved:
    """Refs may have moved; `by` is the login that moved them, None if they were found so."""

    by: str | None


@dataclass(frozen=True)
class PullChanged:
    """A pull was opened, closed, reopened, edited, synchronized, labeled or unlabeled (`action`)."""

    number: int
    action: str
    by: str | None
    label: int | None = None


Event = RefsMoved | PullChanged
