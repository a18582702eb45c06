"""Reviews on the branch of the evidence, read all at once, and trusted by their signatures."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable

from sluicegate.gate.adapters.git.command import NoSuchFile
from sluicegate.gate.adapters.git.repository import Repository
from sluicegate.gate.adapters.signing import KeyProblem, TrustedKeys, public_keys
from sluicegate.gate.core import review as records
from sluicegate.gate.core.evidence import EvidenceError
from sluicegate.gate.core.review import SealedReview
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


def trusted(sealed: Iterable[SealedReview], keys: TrustedKeys | None) -> tuple[SealedReview, ...]:
    """Those that one of the keys signed; all where the repository names no keys."""
    if keys is None:
        return tuple(sealed)
    return tuple(
        one for one in sealed if keys.signer_of(one.envelope.signed, one.envelope.signatures) is not None
    )


def keys_at(repository: Repository, commit: str) -> TrustedKeys | None:
    """The keys that people trust at a commit of main; None where it names none.

    Of a file that cannot be read no key is trusted.
    """
    text = None
    with contextlib.suppress(NoSuchFile):
        text = repository.read(commit, layout.TRUSTED_KEYS)
    if text is None:
        return None
    try:
        return public_keys(text, layout.TRUSTED_KEYS)
    except KeyProblem as error:
        logger.warning("no review counts: %s", error)
        return TrustedKeys({})


def reviews_at(repository: Repository, main: str, evidence: str | None) -> tuple[Review, ...]:
    """The reviews that count by the keys of a commit of main. Raises GitError."""
    sealed = sealed_reviews(repository, evidence)
    return tuple(one.review for one in trusted(sealed, keys_at(repository, main))) if sealed else ()
