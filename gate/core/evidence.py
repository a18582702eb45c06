"""What justifies a decision, so that anyone can make it again: an in-toto statement in a DSSE envelope.

in-toto Statement v1 (github.com/in-toto/attestation, spec/v1/statement.md), DSSE envelope (github.com/
secure-systems-lab/dsse, envelope.md). The envelope has no signature until a key is configured: it is tied
to the commit by its digest in `Gate-Evidence`, and to the record before it by `previous`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sluicegate.gate.core.commands import Command, apply_command
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import SerializationError, dump, load
from sluicegate.specs.errors import SluiceError
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://sluicegate.dev/evidence/v1"
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
class Predicate:
    """The statement's predicate."""

    inputs: Inputs
    decision: Decision
    code: str
    """The version of the code that decided."""
    previous: str | None
    """Digest (`sha256:...`) of the envelope before this one; None for the first."""


def record(  # noqa: PLR0917 - what is recorded, in the order of the record
    decision: Decision,
    policy: Policy,
    observations: Observations,
    now: datetime,
    code: str,
    previous: str | None,
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
        "predicate": dump(Predicate(inputs, decision, code, previous)),
    }


def envelope(statement: Mapping[str, Any]) -> bytes:
    """Wrap a statement: canonical JSON (sorted keys, no spaces, UTF-8), equal statements give equal bytes."""
    payload = base64.b64encode(_canonical(statement)).decode("ascii")
    return _canonical({"payload": payload, "payloadType": PAYLOAD, "signatures": []}) + b"\n"


def digest(sealed: bytes) -> str:
    """`sha256:` and 64 hex digits of an envelope's bytes: what `Gate-Evidence` and `previous` name."""
    return "sha256:" + hashlib.sha256(sealed).hexdigest()


def read(sealed: bytes) -> Predicate:
    """Read an envelope back. Raises EvidenceError."""
    try:
        outer = json.loads(sealed)
        statement = json.loads(base64.b64decode(outer["payload"], validate=True))
        types = outer["payloadType"], statement["_type"], statement["predicateType"]
        if types != (PAYLOAD, STATEMENT, PREDICATE):
            raise EvidenceError(f"This is not the gate's evidence but {types}", "name an evidence record")
        predicate = load(Predicate, statement["predicate"])
        if statement["subject"] != [_subject(predicate.decision)]:
            raise EvidenceError(
                "The statement is about another artifact than its decision", "do not trust it"
            )
    except (SerializationError, KeyError, TypeError, ValueError, RecursionError, binascii.Error) as error:
        raise EvidenceError(
            f"The evidence cannot be read ({type(error).__name__}: {error})", "fetch the record again"
        ) from error
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

    Code that only words its reasons differently gives the same decision with other reasons. Raises
    EvidenceError for a record that cannot be read, CommandError for a command that would be refused now.
    """
    inputs = read(sealed).inputs
    if inputs.command is not None:
        return apply_command(inputs.command, inputs.release, inputs.policy, inputs.observations, inputs.now)
    return decide(inputs.release, inputs.policy, inputs.observations, inputs.now)


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
