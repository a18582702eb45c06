"""What a person said of a pull request before it was merged: that they approve it, or override a check.

Each holds for one head, and for the files of the models as that head has them, so that a merge of any kind
(squash, rebase, queue) keeps it, and a push does not. Pure data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

ReviewKind = Literal["approve", "override"]


@dataclass(frozen=True)
class Review:
    """One of them, as it is recorded."""

    kind: ReviewKind
    repository: str
    """OWNER/NAME."""
    pull: int
    head: str
    """The commit that the person has seen."""
    models: Mapping[str, str]
    """By model that the pull request touches: git's id of its directory at that head."""
    by: str
    """`@login`, as the forge calls the person now."""
    user: int
    """The forge's id of the person, which no rename changes."""
    owns_as: tuple[str, ...]
    """The entries of the base's CODEOWNERS by which the person owns something of the change."""
    at: datetime
    reason: str
    comment: int
    """The forge's id of the comment that said it."""
    rules: Mapping[str, str] = field(default_factory=dict, metadata={"optional": True})
    """By path that sets a rule or judges, of those that the change touches: git's id of it at that head."""
    author: bool = field(default=False, metadata={"optional": True})
    """Whether it is the author of the pull request, who is one of two owners and never the only one."""
    check: str | None = field(default=None, metadata={"optional": True})
    """override: the check."""
    until: str | None = field(default=None, metadata={"optional": True})
    """override: the last day on which it counts, ISO 8601."""

    def counts(self, head: str, today: date) -> bool:
        """Whether it is about this very head, and has not expired."""
        return self.head == head and (self.until is None or today <= date.fromisoformat(self.until))

    @property
    def said(self) -> str:
        """`approved by @olga on 2026-11-26 in #7: reason`."""
        what = "approved" if self.kind == "approve" else f"{self.check} overridden"
        why = f": {self.reason}" if self.reason else ""
        return f"{what} by {self.by} on {self.at.date().isoformat()} in #{self.pull}{why}"


def approvals_of(reviews: Iterable[Review], model: str, tree: str) -> list[Review]:
    """Who but its author approved exactly these files of a model, each person once, the oldest first."""
    found: dict[int, Review] = {}
    for review in sorted(reviews, key=lambda one: one.at):
        if review.kind == "approve" and not review.author and review.models.get(model) == tree:
            found.setdefault(review.user, review)
    return list(found.values())
