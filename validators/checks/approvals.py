"""Changes that loosen a rule: who has to agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sluicegate.specs import codeowners
from sluicegate.specs.codeowners import Codeowners
from sluicegate.specs.reviews import Review
from sluicegate.specs.tree import Tree
from sluicegate.validators.runner.finding import Finding, Position, inconclusive, passed, skipped
from sluicegate.validators.runner.registry import check
from sluicegate.validators.submission.changes import NO_BASE
from sluicegate.validators.submission.loosening import Loosened

OWNERS = 2
"""How many of them a looser rule needs."""


@check(
    "policy-approved",
    family="rollout",
    scope="repository",
    remedy="Let two owners of the file, as the base's CODEOWNERS names them, write `/sluice approve`.",
)
def policy_approved(
    base_tree: Tree | None, looser: Sequence[Loosened], approvals: Sequence[Review]
) -> Iterator[Finding]:
    """Two owners of the base approve what loosens a rule.

    A rule is looser where the base's is stricter: a margin, a step, a floor, a freeze, an order. The owners
    are those of the base's CODEOWNERS, each approves the very head, and the author is at most one of both.
    Without a CODEOWNERS nobody can be asked; what is loosened is named all the same.
    """
    if base_tree is None:
        yield skipped(NO_BASE)
        return
    owners = codeowners.find(base_tree)
    for one in looser:
        yield _agreed(one, owners, approvals)
    if not looser:
        yield passed("no rule is loosened")


def _agreed(one: Loosened, owners: Codeowners | None, approvals: Sequence[Review]) -> Finding:
    at = Position(one.path)
    words = f"{one.path} loosens: {'; '.join(one.rules)}"
    named = () if owners is None else owners.owners(one.path)
    if not named:
        return passed(f"{words}; no CODEOWNERS of the base names an owner who could be asked", at)
    by = approvers(approvals, named)
    said = f"approved by {', '.join(by)}" if by else f"nobody approved it of {', '.join(named)}"
    if len(by) >= OWNERS:
        return passed(f"{words}; {said}", at)
    return inconclusive(
        f"{words}; {len(by)} of {OWNERS} owners: {said}", at, observed=len(by), threshold=OWNERS
    )


def approvers(approvals: Sequence[Review], owners: Sequence[str]) -> list[str]:
    """Who of these owners is among them, each person once."""
    wanted = {owner.lower() for owner in owners}
    return list(
        {
            review.user: review.by
            for review in approvals
            if not wanted.isdisjoint(map(str.lower, review.owns_as))
        }.values()
    )
