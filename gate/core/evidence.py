"""What justifies a decision, so that anyone can make it again: an in-toto statement in a DSSE envelope.

in-toto Statement v1 (github.com/in-toto/attestation, spec/v1/statement.md), DSSE envelope (github.com/
secure-systems-lab/dsse, envelope.md and protocol.md), signed where a key is configured. A record is tied to
the commit by its digest in `Gate-Evidence`, and to the record before it by `previous`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from sluicegate.gate.core.commands import Command, apply_command
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import SerializationError, dump, load
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.keys import pae
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://sluicegate.dev/evidence/v4"
_FIRST = "https://sluicegate.dev/evidence/v1"
EARLIER = (_FIRST, "https://sluicegate.dev/evidence/v2", "https://sluicegate.dev/evidence/v3")
"""What records of an earlier rule call themselves: no code of today decides as they did."""
PAYLOAD = "application/vnd.in-toto+json"


class EvidenceError(SluiceError):
    """A record that cannot be read as evidence."""


@dataclass(frozen=True)
class Inputs:
    """All that the decision was made from."""

    release: Release
    policy: Policy
    observations: Observations
    now: datetime
    command: Command | None
    """The command that a person gave; None when the gate decided by itself."""


@dataclass(frozen=True)
class Provenance:
    """By which code a decision was made, from which commits, after which record."""

    code: str
    """The version of the code that decided."""
    code_commit: str
    """The commit that this code was built from; `unknown` where that is not known."""
    parent: str
    """The commit of main that was read."""
    policy_revision: str | None
    """The commit that brought the version, and with it the policy; None where no policy enters."""
    previous: str | None
    """Digest (`sha256:...`) of the envelope before this one; None for the first."""


@dataclass(frozen=True)
class Predicate:
    """The statement's predicate."""

    inputs: Inputs
    decision: Decision
    provenance: Provenance


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


def record(  # noqa: PLR0917 - what is recorded, in the order of the record
    decision: Decision,
    policy: Policy,
    observations: Observations,
    now: datetime,
    provenance: Provenance,
    command: Command | None = None,
) -> dict[str, Any]:
    """Make the statement of one decision; `command` where a person gave one.

    Raises SerializationError.
    """
    inputs = Inputs(decision.before, policy, observations, now, command)
    return {
        "_type": STATEMENT,
        "subject": [_subject(decision)],
        "predicateType": PREDICATE,
        "predicate": dump(Predicate(inputs, decision, provenance)),
    }


def envelope(statement: Mapping[str, Any], *signers: Signer) -> bytes:
    """Wrap a statement, and sign it.

    Canonical JSON (sorted keys, no spaces, UTF-8): equal statements give equal bytes, up to the signatures.
    """
    payload = _canonical(statement)
    signed = pae(PAYLOAD, payload)
    signatures = [{"keyid": signer.keyid, "sig": _base64(signer.sign(signed))} for signer in signers]
    outer = {"payload": _base64(payload), "payloadType": PAYLOAD, "signatures": signatures}
    return _canonical(outer) + b"\n"


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
    except _UNREADABLE as error:
        raise _unreadable(error) from error
    return Envelope(statement, pae(PAYLOAD, payload), signatures)


def read(sealed: bytes) -> Predicate:
    """Read an envelope back. Raises EvidenceError, also for a record of an earlier rule."""
    return read_statement(open_envelope(sealed))


def read_statement(opened: Envelope) -> Predicate:
    """What an opened record says. Raises EvidenceError, also for a record of an earlier rule."""
    if opened.earlier:
        raise EvidenceError("This record was made by an earlier rule", "take the release that wrote it")
    try:
        predicate = load(Predicate, opened.statement["predicate"])
        same = opened.statement["subject"] == [_subject(predicate.decision)]
    except _UNREADABLE as error:
        raise _unreadable(error) from error
    if not same:
        raise EvidenceError("The statement is about another artifact than its decision", "do not trust it")
    return predicate


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


def replay(sealed: bytes) -> Decision:
    """Decide again, from the record alone; equal to its `decision` unless the code or the record changed.

    Raises EvidenceError for a record that cannot be read, CommandError for a command that would be refused
    now.
    """
    return decide_again(read(sealed).inputs)


def decide_again(inputs: Inputs) -> Decision:
    """Decide from recorded inputs. Raises CommandError for a command that would be refused now."""
    if inputs.command is not None:
        return apply_command(inputs.command, inputs.release, inputs.policy, inputs.observations, inputs.now)
    return decide(inputs.release, inputs.policy, inputs.observations, inputs.now)


def without_words(decision: Decision) -> Decision:
    """All of a decision but its sentences, which other code may phrase differently.

    How many more requests it takes, and how long, is an estimate for people: no decision depends on it.
    """
    return replace(
        decision,
        reason="",
        before=_without_words(decision.before),
        release=_without_words(decision.release),
        judgements=tuple(
            replace(judgement, reason="", needs=None, needs_seconds=None) for judgement in decision.judgements
        ),
    )


def _without_words(release: Release) -> Release:
    return replace(
        release,
        rejected=tuple(replace(rejection, reason="") for rejection in release.rejected),
        hold=None if release.hold is None else replace(release.hold, reason=""),
    )


_UNREADABLE = (
    SerializationError, KeyError, TypeError, ValueError, AttributeError, RecursionError, binascii.Error,
)  # fmt: skip


def _unreadable(error: Exception) -> EvidenceError:
    return EvidenceError(
        f"The evidence cannot be read ({type(error).__name__}: {error})", "fetch the record again"
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _subject(decision: Decision) -> dict[str, Any]:
    """The version's artifact; the release itself where a decision is not about a version."""
    version = decision.version
    if version is not None:
        return {"name": decision.release.model, "digest": {"sha256": version.digest.removeprefix("sha256:")}}
    release = decision.release
    state = hashlib.sha256(_canonical(dump(release))).hexdigest()
    return {"name": f"{release.environment}/{release.model}", "digest": {"sha256": state}}


def _canonical(value: object) -> bytes:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
