"""What justifies a decision, so that anyone can make it again: an in-toto statement in a DSSE envelope.

Signed where a key is configured (`envelope`). A record is tied to
the commit by its digest in `Gate-Evidence`, and to the record before it by `previous`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sluicegate.gate.core.commands import Command, apply_command
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.envelope import (
    PREDICATE,
    STATEMENT,
    UNREADABLE,
    Envelope,
    EvidenceError,
    canonical,
    open_envelope,
    unreadable,
)
from sluicegate.gate.core.machine import decide
from sluicegate.gate.core.serialize import SerializationError, dump, load
from sluicegate.specs.policy import Policy
from sluicegate.specs.release import Release


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
    except (SerializationError, *UNREADABLE) as error:
        raise unreadable(error) from error
    if not same:
        raise EvidenceError("The statement is about another artifact than its decision", "do not trust it")
    return predicate


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


def _subject(decision: Decision) -> dict[str, Any]:
    """The version's artifact; the release itself where a decision is not about a version."""
    version = decision.version
    if version is not None:
        return {"name": decision.release.model, "digest": {"sha256": version.digest.removeprefix("sha256:")}}
    release = decision.release
    state = hashlib.sha256(canonical(dump(release))).hexdigest()
    return {"name": f"{release.environment}/{release.model}", "digest": {"sha256": state}}
