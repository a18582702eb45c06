"""Reviews on the branch of the evidence, read all at once, and trusted by their signatures."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.signing import TrustedKeys
from sluicegate.gate.core import review as records
from sluicegate.gate.core.envelope import EvidenceError
from sluicegate.gate.core.review import SealedReview
from sluicegate.gate.daemon.keys import trusted, why_untrusted
from sluicegate.gate.daemon.memo import Memo
from sluicegate.specs import layout
from sluicegate.specs.reviews import Review

logger = logging.getLogger(__name__)


def sealed_reviews(repository: Repository, evidence: str | None) -> tuple[SealedReview, ...]:
    """Every review at a commit of the evidence that can be read; the others are logged. Raises GitError."""
    if evidence is None:
        return ()
    tree = repository.object_at(evidence, layout.REVIEWS)
    if tree is None:
        return ()

    def read() -> tuple[SealedReview, ...]:
        found = []
        for entry in repository.entries(evidence, layout.REVIEWS):
            sealed = unsealed(repository, entry.oid) if layout.review_named(entry.path) else None
            if sealed is not None:
                found.append(sealed)
        return tuple(found)

    return Memo.kept(repository, (layout.REVIEWS, tree, "reviews"), read)


def unsealed(repository: Repository, oid: str) -> SealedReview | None:
    """A record; None for one that cannot be read, which is logged. Raises GitError."""
    try:
        return records.unseal(repository.blob(oid))
    except EvidenceError as error:
        logger.warning("a review (blob %s) does not count: %s", oid[:12], error)
        return None


def counted(sealed: Iterable[SealedReview], keys: TrustedKeys) -> tuple[SealedReview, ...]:
    """Those that one of the keys signed."""
    return tuple(one for one in sealed if keys.signed(one.envelope))


def reviews_at(repository: Repository, main: str, evidence: str | None) -> tuple[Review, ...]:
    """The reviews that count by the keys of a commit of main. Raises GitError."""
    sealed = sealed_reviews(repository, evidence)
    return tuple(one.review for one in counted(sealed, trusted(repository, main))) if sealed else ()


def uncounted(repository: Repository, main: str, evidence: str | None, head: str) -> str | None:
    """What was said of a head and does not count, and why, in words; None for nothing. Raises GitError."""
    said = [one for one in sealed_reviews(repository, evidence) if one.review.head == head]
    keys = trusted(repository, main) if said else TrustedKeys({})
    lost = [one.review.said for one in said if not keys.signed(one.envelope)]
    if not lost:
        return None
    more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
    return f"does not count: {lost[0]}{more}; {why_untrusted(keys)}"
