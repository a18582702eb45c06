"""Decisions to commits: one each on main, their evidence on its own branch, all in one atomic push."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from sluicegate.gate.adapters.git.repository import EVIDENCE, MAIN
from sluicegate.gate.core import trailers
from sluicegate.gate.core.evidence import Signer
from sluicegate.gate.daemon import keys
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.records import Record, next_record
from sluicegate.gate.daemon.state import State
from sluicegate.specs import layout, release_file
from sluicegate.specs.release import Release

logger = logging.getLogger(__name__)


def publish(
    state: State, outcomes: Sequence[Outcome], branch: str = MAIN, signer: Signer | None = None
) -> list[Outcome]:
    """Commit every decision that changes something and push; the same outcomes, with their commits.

    The evidence is signed where there is a signer.

    Raises RaceLost when the tip that was read is no longer the tip, PushRefused, GitError; then nothing of it
    is on the remote.
    """
    repository = state.repository
    head = state.tip
    records: list[Record] = []
    published: list[Outcome] = []
    for outcome in outcomes:
        decision = outcome.decision
        if decision is None or not decision.commits or outcome.policy is None or outcome.observations is None:
            published.append(outcome)
            continue
        record = next_record(
            repository,
            outcome,
            decision,
            outcome.policy,
            outcome.observations,
            parent=state.tip,
            signer=signer,
        )
        path = layout.release_path(outcome.environment, outcome.model)
        text = _release_text(state, path, decision.release)
        head = repository.commit(
            head, {path: text}, trailers.message(decision, record.digest, outcome.command), outcome.at
        )
        records.append(record)
        published.append(replace(outcome, commit=head))
    committed = [outcome for outcome in published if outcome.commit is not None]
    if committed:
        if (refused := keys.problem(state, signer)) is not None:
            logger.warning("these decisions will not be verified: %s", refused)
        repository.push({branch: head, EVIDENCE: _commit_records(state, records, committed)})
    for outcome in committed:
        logger.info(
            "%s in %s: %s, commit %s", outcome.model, outcome.environment, outcome.kind, outcome.commit
        )
    return published


def _release_text(state: State, path: str, release: Release) -> bytes:
    """The release.yaml after the decision."""
    tree = state.repository.tree(state.tip)
    if tree.entry(path) is None:
        return release_file.render(release)
    return release_file.update(tree.read(path), release)


def _commit_records(state: State, records: Sequence[Record], committed: Sequence[Outcome]) -> str:
    """Commit the records on the evidence branch; the commit."""
    names = sorted({f"{outcome.model} in {outcome.environment}" for outcome in committed})
    at = max(outcome.at for outcome in committed)
    changes = {record.path: record.sealed for record in records}
    tip = state.repository.tip(EVIDENCE)
    return state.repository.commit(tip, changes, f"Evidence: {', '.join(names)}\n", at)
