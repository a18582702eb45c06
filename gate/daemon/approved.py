"""Who approved the version that would start: reviews of exactly the files that main brought."""

from __future__ import annotations

from collections.abc import Container

from sluicegate.gate.adapters.git.repository import EVIDENCE
from sluicegate.gate.core.approved import Approval, Approved
from sluicegate.gate.core.review import SealedReview
from sluicegate.gate.daemon.reviews import keys_at, sealed_reviews, trusted
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.verdicts import wanted_of
from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.release import Version


def approved(state: State, spec: EnvironmentSpec, model: str, version: Version | None) -> Approved | None:
    """The approvals of a version; None where none is required, or none would start. Raises GitError."""
    if "approval" not in spec.require or version is None:
        return None
    contents = wanted_of(state, model, version).contents
    sealed = sealed_reviews(state.repository, state.repository.tip(EVIDENCE))
    about = [one for one in sealed if counts(one, model, contents)]
    signed = trusted(about, keys_at(state.repository, state.tip))
    if about and not signed:
        return Approved((), f"one is recorded, and no key of {layout.TRUSTED_KEYS} signed it")
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
