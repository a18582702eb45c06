"""A person's review of a pull request as a record: an in-toto statement, signed as the evidence is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sluicegate.gate.core.envelope import (
    STATEMENT,
    Envelope,
    EvidenceError,
    Signer,
    digest,
    envelope,
    open_envelope,
)
from sluicegate.gate.core.serialize import SerializationError, dump, load
from sluicegate.specs.reviews import Review

PREDICATE = "https://sluicegate.dev/review/v1"


@dataclass(frozen=True)
class SealedReview:
    """A review, opened; whether a trusted key signed it is another question."""

    review: Review
    envelope: Envelope
    digest: str
    """`sha256:...` of its bytes."""


def seal(review: Review, signer: Signer | None) -> bytes:
    """The review as a record, signed where there is a signer. Raises SerializationError."""
    statement = {
        "_type": STATEMENT,
        "subject": _subjects(review),
        "predicateType": PREDICATE,
        "predicate": dump(review),
    }
    return envelope(statement, *([signer] if signer is not None else []))


def unseal(sealed: bytes) -> SealedReview:
    """Read a record back. Proves nothing yet. Raises EvidenceError."""
    opened = open_envelope(sealed, (PREDICATE,))
    try:
        review = load(Review, opened.statement["predicate"])
    except (SerializationError, KeyError, TypeError, RecursionError) as error:
        raise EvidenceError(f"The review cannot be read: {error}", "fetch the record again") from error
    if opened.statement.get("subject") != _subjects(review):
        raise EvidenceError("The statement is about something else than its review", "do not trust it")
    return SealedReview(review, opened, digest(sealed))


def message(review: Review, record: str) -> str:
    """The message of the commit that brings a record, given by its digest: it names the person."""
    what = "Approve" if review.kind == "approve" else f"Override {review.check} on"
    lines = [
        f"{what} {review.repository}#{review.pull} at {review.head[:12]}",
        "",
        _one_line(review.reason) or "No reason was given.",
        "",
        f"Review-Kind: {review.kind}",
        *([f"Review-Check: {review.check}"] if review.check else []),
        *([f"Review-Until: {review.until}"] if review.until else []),
        f"Review-Head: {review.head}",
        f"Review-By: {_one_line(review.by)}",
        f"Review-Record: {record}",
    ]
    return "\n".join(lines) + "\n"


def _subjects(review: Review) -> list[dict[str, Any]]:
    """The head, and the files of each model: what it is that the person has seen."""
    head = {"name": f"{review.repository}#{review.pull}", "digest": {"gitCommit": review.head}}
    trees = [
        {"name": f"models/{model}", "digest": {"gitTree": tree}}
        for model, tree in sorted(review.models.items())
    ]
    return [head, *trees]


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", text).split())
