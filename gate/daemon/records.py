"""The records of evidence on their own branch: numbered, each names the one before it of its release."""

from __future__ import annotations

from dataclasses import dataclass

from sluicegate import __version__
from sluicegate.gate.adapters.git.objects import Entry
from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository
from sluicegate.gate.core import evidence
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.daemon.memo import Memo
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.specs.policy import Policy

CODE = f"sluicegate {__version__}"
"""What decides, as each record names it."""


def directory_of(environment: str, model: str) -> str:
    """Where the records of one release are kept on the evidence branch."""
    return f"evidence/{environment}/{model}"


def recorded(repository: Repository, environment: str, model: str) -> list[Entry]:
    """The records of one release, oldest first. Raises GitError."""
    tip = repository.tip(EVIDENCE)
    if tip is None:
        return []
    directory = directory_of(environment, model)
    tree = repository.object_at(tip, directory)
    if tree is None:
        return []
    key = (directory, tree, "records")
    return Memo.kept(repository, key, lambda: repository.entries(tip, directory))


@dataclass(frozen=True)
class Record:
    """The sealed evidence of one decision."""

    path: str
    """Where it is kept on the evidence branch."""
    sealed: bytes
    digest: str
    """`sha256:...` of its bytes: what the decision's commit and the next record name."""


def next_record(
    repository: Repository, outcome: Outcome, decision: Decision, policy: Policy, observations: Observations
) -> Record:
    """The record that follows the newest one of this release. Raises GitError, PlainError.

    `decision`, `policy` and `observations` are the outcome's own: one that is committed has all three.
    """
    earlier = recorded(repository, outcome.environment, outcome.model)
    previous = evidence.digest(repository.blob(earlier[-1].oid)) if earlier else None
    statement = evidence.record(decision, policy, observations, outcome.at, CODE, previous, outcome.command)
    sealed = evidence.envelope(statement)
    digest = evidence.digest(sealed)
    short = digest.removeprefix("sha256:")[:12]
    directory = directory_of(outcome.environment, outcome.model)
    return Record(f"{directory}/{len(earlier) + 1:06}-{short}.json", sealed, digest)
