"""The records of evidence on their own branch: numbered, each names the one before it of its release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sluicegate.gate.adapters.git.objects import Entry
from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository
from sluicegate.gate.core import envelope, evidence
from sluicegate.gate.core.decision import Decision, Observations
from sluicegate.gate.core.envelope import Signer
from sluicegate.gate.core.evidence import Provenance
from sluicegate.gate.daemon.code import CODE, code_commit
from sluicegate.gate.daemon.memo import Memo
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.specs import layout
from sluicegate.specs.policy import Policy


def recorded(repository: Repository, environment: str, model: str) -> list[Entry]:
    """The records of one release, oldest first, without their sizes. Raises GitError."""
    directory = layout.records_directory(environment, model)
    above, _, name = directory.rpartition("/")
    tree = _folder(repository, above).get(name)
    if tree is None:
        return []

    def read() -> list[Entry]:
        names = repository.folder(tree)
        return [Entry(f"{directory}/{name}", "100644", "blob", 0, oid) for name, oid in names.items()]

    return Memo.kept(repository, (directory, tree, "records"), read)


def _folder(repository: Repository, path: str) -> Mapping[str, str]:
    """The names in a folder of the evidence branch and their ids: read once for all releases of a tick."""
    tip = repository.tip(EVIDENCE)
    if tip is None:
        return {}
    tree = Memo.kept(repository, (path, tip, "id"), lambda: repository.object_at(tip, path))
    if tree is None:
        return {}
    return Memo.kept(repository, (path, tree, "folder"), lambda: repository.folder(tree))


@dataclass(frozen=True)
class Record:
    """The sealed evidence of one decision."""

    path: str
    """Where it is kept on the evidence branch."""
    sealed: bytes
    digest: str
    """`sha256:...` of its bytes: what the decision's commit and the next record name."""


def next_record(
    repository: Repository,
    outcome: Outcome,
    decision: Decision,
    policy: Policy,
    observations: Observations,
    *,
    parent: str,
    signer: Signer | None = None,
) -> Record:
    """The record that follows the newest one of this release. Raises GitError, PlainError.

    `decision`, `policy` and `observations` are the outcome's own: one that is committed has all three.
    `parent` is the commit that was read to decide.
    """
    earlier = recorded(repository, outcome.environment, outcome.model)
    previous = envelope.digest(repository.blob(earlier[-1].oid)) if earlier else None
    provenance = Provenance(CODE, code_commit(), parent, outcome.policy_revision, previous)
    statement = evidence.record(decision, policy, observations, outcome.at, provenance, outcome.command)
    sealed = envelope.envelope(statement, *([signer] if signer is not None else []))
    digest = envelope.digest(sealed)
    path = layout.record_path(outcome.environment, outcome.model, len(earlier) + 1, digest)
    return Record(path, sealed, digest)
