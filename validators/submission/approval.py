"""Who of a file's owners approved a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sluicegate.specs.codeowners import Codeowners
from sluicegate.specs.reviews import Review


@dataclass(frozen=True)
class Approval:
    """Who can be asked, by the base's CODEOWNERS, and who of them approved this very head."""

    owners: tuple[str, ...]
    by: tuple[str, ...]

    @property
    def words(self) -> str:
        """`approved by @olga`, or why nobody did."""
        if not self.owners:
            return "no CODEOWNERS of the base names an owner who could be asked"
        return f"approved by {', '.join(self.by)}" if self.by else f"nobody approved it of {self.asked}"

    @property
    def asked(self) -> str:
        """The owners in words."""
        return ", ".join(self.owners)

    @property
    def missing(self) -> bool:
        """Whether somebody could be asked, and nobody approved."""
        return bool(self.owners) and not self.by


def approval(path: str, owners: Codeowners | None, approvals: Iterable[Review]) -> Approval:
    """Who approved a change of this path."""
    named = () if owners is None else owners.owners(path)
    return Approval(named, tuple(approvers(approvals, named)))


def approvers(approvals: Iterable[Review], owners: Sequence[str]) -> list[str]:
    """Who of these owners is among them, each person once."""
    wanted = {owner.lower() for owner in owners}
    return list(
        {
            review.user: review.by
            for review in approvals
            if not wanted.isdisjoint(map(str.lower, review.owns_as))
        }.values()
    )
