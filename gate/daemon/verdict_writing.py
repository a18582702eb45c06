"""Verdicts to records on the branch of the evidence, as `sluice validate --record` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sluicegate.gate.adapters.git.repository import EVIDENCE, Repository
from sluicegate.gate.core import verdict_record
from sluicegate.gate.core.envelope import Signer
from sluicegate.gate.core.verdict_record import RecordedVerdict
from sluicegate.gate.daemon.racing import until_won
from sluicegate.specs import layout


def add(repository: Repository, verdicts: Sequence[RecordedVerdict], signer: Signer, now: datetime) -> str:
    """Write records as one commit on the branch of the evidence, and push it; the commit.

    Raises PushRefused (RaceLost after some attempts), GitError.
    """
    files: dict[str, bytes | None] = {}
    for verdict in verdicts:
        sealed = verdict_record.seal(verdict, signer)
        path = layout.verdict_path(verdict.model, verdict.content, verdict_record.unseal(sealed).digest)
        files[path] = sealed
    names = ", ".join(f"{one.model} {one.verdict}" for one in verdicts[:3])
    more = f" and {len(verdicts) - 3} more" if len(verdicts) > 3 else ""

    def attempt() -> str:
        repository.fetch()
        sha = repository.commit(repository.tip(EVIDENCE), files, f"Verdict: {names}{more}\n", now)
        repository.push({EVIDENCE: sha})
        return sha

    return until_won(attempt)
