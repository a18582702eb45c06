"""A start that needed an approval: the reviews that its record names are there, and say what it says."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from functools import cached_property

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.core.approved import Approval
from sluicegate.gate.core.evidence import Predicate
from sluicegate.gate.core.review import SealedReview
from sluicegate.gate.daemon.approved import counts
from sluicegate.gate.daemon.reviews import sealed_reviews
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import wanted_of
from sluicegate.gate.verification.report import Mismatch
from sluicegate.gate.verification.trust import Trust
from sluicegate.specs.yamlio import InputError


class Approvals:
    """Holds what records say of approvals against the reviews of the branch of the evidence."""

    def __init__(self, repository: Repository, evidence: str | None, trust: Trust) -> None:
        self._repository = repository
        self._evidence = evidence
        self._trust = trust

    @cached_property
    def _reviews(self) -> Mapping[str, SealedReview]:
        """By digest."""
        return {one.digest: one for one in sealed_reviews(self._repository, self._evidence)}

    def mismatches(self, predicate: Predicate) -> Iterator[Mismatch]:
        """Where a version started without the approval that it needed, or by one that is not recorded."""
        decision = predicate.decision
        version = decision.release.canary
        if version is None or decision.before.canary == version:
            return
        approved = predicate.inputs.observations.approved
        if approved is None or not approved.approvals:
            if self._required(predicate):
                yield "not-approved", f"version {version.version} starts, and nobody approved it"
            return
        state = State(self._repository, predicate.provenance.parent)
        try:
            contents = wanted_of(state, decision.release.model, version).contents
        except GitError as error:
            yield "not-approved", f"the files that were approved are not to be found: {error}"
            return
        for approval in approved.approvals:
            problem = self._problem(approval, decision.release.model, contents)
            if problem is not None:
                yield "not-approved", f"the approval by {approval.by} {problem}"

    def _problem(self, approval: Approval, model: str, contents: Container[str]) -> str | None:
        sealed = self._reviews.get(approval.record)
        if sealed is None:
            return f"is not on the branch of the evidence ({approval.record})"
        if not self._trust.signed(sealed.envelope):
            return f"is signed by no trusted key ({approval.record})"
        review = sealed.review
        if not counts(sealed, model, contents) or review.models.get(model) != approval.content:
            return "is of other files"
        if (review.by, review.at, review.reason) != (approval.by, approval.at, approval.reason):
            return "says something else in its own record"
        return None

    def _required(self, predicate: Predicate) -> bool:
        """Whether the environment, as it was when the version started, lets none start unapproved."""
        state = State(self._repository, predicate.provenance.parent)
        try:
            return "approval" in state.environment(predicate.decision.release.environment).require
        except (InputError, GitError):
            return False  # the gate took another's spec in its place, which other findings are about
