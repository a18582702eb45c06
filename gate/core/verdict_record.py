"""A verdict as a record: an in-toto statement, sealed and signed as the evidence of decisions is.

It vouches for a model's files (their git tree), and for no commit: after a squash, a rebase or a merge queue
the same files lie in another commit, and were judged all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

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

PREDICATE = "https://sluicegate.dev/verdict/v1"
GOOD = ("pass", "waived")
"""What lets a version start; `skipped` compared nothing at all."""


@dataclass(frozen=True)
class RecordedVerdict:
    """What a complete run of the checks found of one model."""

    model: str
    content: str
    """The git tree of the model's directory that was judged."""
    verdict: str
    """That of the whole run where it stops the change, else the model's own."""
    version: int | None
    head: str
    """The commit judged."""
    base: str | None
    """The commit that it was compared with; None where all of the repository was judged."""
    at: datetime
    by: str
    """Who ran it, as CI or git says it."""
    code: str
    """The version of the code that judged."""
    code_commit: str
    checks: tuple[str, ...]
    """Ids of the checks that were run: all that this code has."""
    production: int | None = None
    """The version that it was compared with."""
    overridden: tuple[str, ...] = field(default=(), metadata={"optional": True})
    """What was found bad and accepted by a person, each as `CHECK: why`."""


@dataclass(frozen=True)
class SealedVerdict:
    """A recorded verdict, opened; whether a trusted key signed it is another question."""

    verdict: RecordedVerdict
    envelope: Envelope
    digest: str
    """`sha256:...` of its bytes."""


def seal(verdict: RecordedVerdict, signer: Signer) -> bytes:
    """The verdict as a record. Raises SerializationError."""
    statement = {
        "_type": STATEMENT,
        "subject": [_subject(verdict)],
        "predicateType": PREDICATE,
        "predicate": dump(verdict),
    }
    return envelope(statement, signer)


def unseal(sealed: bytes) -> SealedVerdict:
    """Read a record back. Proves nothing yet. Raises EvidenceError."""
    opened = open_envelope(sealed, (PREDICATE,))
    try:
        verdict = load(RecordedVerdict, opened.statement["predicate"])
    except (SerializationError, KeyError, TypeError, RecursionError) as error:
        raise EvidenceError(f"The verdict cannot be read: {error}", "fetch the record again") from error
    if opened.statement.get("subject") != [_subject(verdict)]:
        raise EvidenceError("The statement is about other files than its verdict", "do not trust it")
    return SealedVerdict(verdict, opened, digest(sealed))


def _subject(verdict: RecordedVerdict) -> Mapping[str, object]:
    return {"name": f"models/{verdict.model}", "digest": {"gitTree": verdict.content}}
