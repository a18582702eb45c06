"""The envelope that a record is sealed in: an in-toto statement, signed by DSSE.

in-toto Statement v1 (github.com/in-toto/attestation, spec/v1/statement.md), DSSE envelope (github.com/
secure-systems-lab/dsse, envelope.md and protocol.md). What the statement says is known
elsewhere: of decisions in `evidence`, of verdicts in `verdict_record`, of reviews in `review`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sluicegate.specs.errors import SluiceError
from sluicegate.specs.keys import pae

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://sluicegate.dev/evidence/v4"
_FIRST = "https://sluicegate.dev/evidence/v1"
EARLIER = (_FIRST, "https://sluicegate.dev/evidence/v2", "https://sluicegate.dev/evidence/v3")
"""What records of an earlier rule call themselves: no code of today decides as they did."""
PAYLOAD = "application/vnd.in-toto+json"


class EvidenceError(SluiceError):
    """A record that cannot be read as evidence."""


@dataclass(frozen=True)
class Signature:
    """One signature of an envelope. `keyid` is a hint that anyone can write; the bytes alone prove."""

    keyid: str
    value: bytes


class Signer(Protocol):
    """What signs: a key in memory (`gate.adapters.signing`), or a service that keeps one."""

    @property
    def keyid(self) -> str:
        """By which a verifier finds the public key."""

    def sign(self, data: bytes) -> bytes:
        """The signature of the bytes."""


@dataclass(frozen=True)
class Envelope:
    """A sealed record, opened; its statement may be of an earlier rule."""

    statement: Mapping[str, Any]
    signed: bytes
    """The bytes that a signature is over (DSSE's pre-authentication encoding)."""
    signatures: tuple[Signature, ...]

    @property
    def earlier(self) -> bool:
        """Whether an earlier rule made it: it can be read, and is not decided again."""
        return self.statement.get("predicateType") in EARLIER

    @property
    def previous(self) -> str | None:
        """The digest of the record before it, as it says. Raises EvidenceError."""
        predicate = self.statement.get("predicate")
        if self.statement.get("predicateType") == _FIRST:
            provenance = predicate
        else:
            provenance = predicate.get("provenance") if isinstance(predicate, dict) else None
        previous = provenance.get("previous", "") if isinstance(provenance, dict) else ""
        if previous is not None and not (isinstance(previous, str) and previous):
            raise EvidenceError("The record does not say which one came before it", "fetch the record again")
        return previous


def envelope(statement: Mapping[str, Any], *signers: Signer) -> bytes:
    """Wrap a statement, and sign it.

    Canonical JSON (sorted keys, no spaces, UTF-8): equal statements give equal bytes, up to the signatures.
    """
    payload = canonical(statement)
    signed = pae(PAYLOAD, payload)
    signatures = [{"keyid": signer.keyid, "sig": _base64(signer.sign(signed))} for signer in signers]
    outer = {"payload": _base64(payload), "payloadType": PAYLOAD, "signatures": signatures}
    return canonical(outer) + b"\n"


def digest(sealed: bytes) -> str:
    """`sha256:` and 64 hex digits of an envelope's bytes: what `Gate-Evidence` and `previous` name."""
    return "sha256:" + hashlib.sha256(sealed).hexdigest()


def open_envelope(sealed: bytes, predicates: Sequence[str] = (PREDICATE, *EARLIER)) -> Envelope:
    """Open an envelope whose statement has one of these types. Proves nothing yet. Raises EvidenceError.

    Without `predicates`: a decision of this rule or of an earlier one.
    """
    try:
        outer = json.loads(sealed)
        payload = base64.b64decode(outer["payload"], validate=True)
        statement = json.loads(payload)
        types = outer["payloadType"], statement["_type"], statement["predicateType"]
        if types[:2] != (PAYLOAD, STATEMENT) or types[2] not in predicates:
            raise EvidenceError(f"This is not the gate's evidence but {types}", "name an evidence record")
        signatures = tuple(
            Signature(str(one.get("keyid", "")), base64.b64decode(one["sig"], validate=True))
            for one in outer["signatures"]
        )
    except UNREADABLE as error:
        raise unreadable(error) from error
    return Envelope(statement, pae(PAYLOAD, payload), signatures)


def state_after(sealed: bytes) -> Mapping[str, Any]:
    """The release after a record's decision, as `dump` gave it; of a record in an older form as well.

    Raises EvidenceError.
    """
    try:
        statement = json.loads(base64.b64decode(json.loads(sealed)["payload"], validate=True))
        after = statement["predicate"]["decision"]["release"]
    except (KeyError, TypeError, ValueError, RecursionError, binascii.Error) as error:
        raise EvidenceError("This is not a record of a decision", "fetch the record again") from error
    if not isinstance(after, dict):
        raise EvidenceError("This is not a record of a decision", "fetch the record again")
    return after


UNREADABLE = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
    binascii.Error,
)
"""What reading a record of another form raises."""


def unreadable(error: Exception) -> EvidenceError:
    """The error to raise for a record of another form."""
    return EvidenceError(
        f"The evidence cannot be read ({type(error).__name__}: {error})", "fetch the record again"
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def canonical(value: object) -> bytes:
    """Equal values give equal bytes."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
