"""Who approved the version that would start: reviews of exactly the files that main brought."""

from __future__ import annotations

from collections.abc import Container

from sluicegate.gate.adapters.git.repository import EVIDENCE
from sluicegate.gate.core.approved import Approval, Approved
from sluicegate.gate.core.review import SealedReview
from sluicegate.gate.daemon.keys import trusted, why_untrusted
from sluicegate.gate.daemon.reviews import counted, sealed_reviews
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import wanted_of
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.release import Version


def approved(state: State, spec: EnvironmentSpec, model: str, version: Version | None) -> Approved | None:
    """The approvals of a version; None where none is required, or none would start. Raises GitError."""
    if "approval" not in spec.require or version is None:
        return None
    contents = wanted_of(state, model, version).contents
    sealed = sealed_reviews(state.repository, state.repository.tip(EVIDENCE))
    about = [one for one in sealed if counts(one, model, contents)]
    keys = trusted(state.repository, state.tip)
    signed = counted(about, keys)
    if about and not signed:
        return Approved((), f"one is recorded, and {why_untrusted(keys)}")
    first: dict[int, SealedReview] = {}
    for one in sorted(signed, key=lambda one: one.review.at):
        first.setdefault(one.review.user, one)
    found = tuple(_approval(one, model) for one in first.values())
    return Approved(found, "" if found else "none is recorded for these files")


def counts(sealed: SealedReview, model: str, contents: Container[str]) -> bool:
    """Whether a review approves one of these contents of a model, and not its author's own."""
    review = sealed.review
    tree = review.models.get(model)
    return review.kind == "approve" and not review.author and tree is not None and tree in contents


def _approval(sealed: SealedReview, model: str) -> Approval:
    review = sealed.review
    return Approval(review.by, review.at, review.reason, review.models[model], sealed.digest)
