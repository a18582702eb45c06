"""A review is one commit on the branch of the evidence, which names the person."""

from __future__ import annotations

import logging

from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository
from sluicegate.gate.core import review as records
from sluicegate.gate.core.envelope import Signer
from sluicegate.gate.daemon.racing import until_won
from sluicegate.gate.daemon.reviews import unsealed
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
            known = unsealed(repository, entry.oid)
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
