"""Reviews on the branch of the evidence: written one by one, read all at once, trusted if signed."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable

from sluicegate.gate.adapters.git.command import NoSuchFile
from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository
from sluicegate.gate.adapters.signing import KeyProblem, TrustedKeys, public_keys
from sluicegate.gate.core import review as records
from sluicegate.gate.core.evidence import EvidenceError, Signer
from sluicegate.gate.core.review import SealedReview
from sluicegate.gate.daemon.memo import Memo
from sluicegate.gate.daemon.reconcile import until_won
from sluicegate.specs import layout
from sluicegate.specs.reviews import Review

logger = logging.getLogger(__name__)


def add(repository: Repository, review: Review, signer: Signer | None = None) -> str:
    """Write a review as one commit that names the person, and push it; the commit.

    One that the same comment brought already is not written again. Raises PushRefused, GitError.
    """

    def attempt() -> str:
        repository.fetch()
        tip = repository.tip(EVIDENCE)
        earlier = [] if tip is None else repository.entries(tip, layout.reviews_directory(review.pull))
        for entry in earlier if tip is not None else ():
            known = _unsealed(repository, entry.oid)
            if known is not None and _same(known.review, review):
                commit = repository.log(tip, entry.path, 1) if tip is not None else []
                return commit[0].sha if commit else ""
        sealed = records.seal(review, signer)
        digest = records.unseal(sealed).digest
        path = layout.review_path(review.pull, len(earlier) + 1, digest)
        sha = repository.commit(tip, {path: sealed}, records.message(review, digest), review.at)
        repository.push({EVIDENCE: sha})
        logger.info("%s#%d: %s by %s, commit %s", review.repository, review.pull, review.kind, review.by, sha)
        return sha

    return until_won(attempt)


def _same(one: Review, other: Review) -> bool:
    """Whether one comment said both."""
    said = [(each.comment, each.kind, each.check, each.user) for each in (one, other)]
    return said[0] == said[1]


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
            sealed = _unsealed(repository, entry.oid) if layout.review_named(entry.path) else None
            if sealed is not None:
                found.append(sealed)
        return tuple(found)

    return Memo.kept(repository, (layout.REVIEWS, tree, "reviews"), read)


def _unsealed(repository: Repository, oid: str) -> SealedReview | None:
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
