"""Decisions to commits: one each on main, their evidence on its own branch, all in one atomic push."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sluicegate.gate.adapters.git.fast_import import Chain, NewCommit
from sluicegate.gate.adapters.git.repository import AUTHOR, EVIDENCE, MAIN
from sluicegate.gate.core import trailers
from sluicegate.gate.core.decision import Decision
from sluicegate.gate.core.envelope import Signer
from sluicegate.gate.daemon import keys
from sluicegate.gate.daemon.outcome import Outcome
from sluicegate.gate.daemon.pictures import Picture, pictures
from sluicegate.gate.daemon.records import Record, next_record
from sluicegate.gate.daemon.state import State
from sluicegate.specs import layout, release_file

NAMED = 3
"""Releases that the subject of a commit of evidence names at most."""
logger = logging.getLogger(__name__)


def publish(
    state: State,
    outcomes: Sequence[Outcome],
    branch: str = MAIN,
    signer: Signer | None = None,
    picture: Picture | None = None,
) -> list[Outcome]:
    """Commit every decision that changes something and push; the same outcomes, with their commits.

    The evidence is signed where there is a signer, and has a plot beside it where there is a `picture`.

    Raises RaceLost when the tip that was read is no longer the tip, PushRefused, GitError; then nothing of it
    is on the remote, except that of a PushUnanswered all of it may arrive later.
    """
    repository = state.repository
    records: list[Record] = []
    decisions: list[NewCommit] = []
    written: list[Outcome] = []
    for outcome in outcomes:
        decision = outcome.decision
        if decision is None or not decision.commits or outcome.policy is None or outcome.observations is None:
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
        edit = outcome.observations.edit
        anew = edit is not None and edit.unreadable
        text = release_file.render(decision.release) if anew else _release_text(state, path, decision)
        message = trailers.message(decision, record.digest, outcome.command)
        decisions.append(NewCommit({path: text}, message, outcome.at, AUTHOR))
        records.append(record)
        written.append(outcome)
    if not written:
        return list(outcomes)
    plots = pictures(records, written, picture)
    kept = Chain(repository.tip(EVIDENCE), [_evidence_commit(records, written, plots)])
    if (refused := keys.problem(state, signer)) is not None:
        logger.warning("these decisions will not be verified: %s", refused)
    commits, (evidence,) = repository.write(Chain(state.tip, decisions), kept)
    repository.push({branch: commits[-1], EVIDENCE: evidence}, len(commits) + 1)
    for outcome, commit in zip(written, commits, strict=True):
        logger.info("%s in %s: %s, commit %s", outcome.model, outcome.environment, outcome.kind, commit)
    published = {
        _release(outcome): replace(outcome, commit=commit, evidence=evidence, picture=_plot(record, plots))
        for outcome, commit, record in zip(written, commits, records, strict=True)
    }
    return [published.get(_release(outcome), outcome) for outcome in outcomes]


def _release(outcome: Outcome) -> tuple[str, str]:
    return outcome.environment, outcome.model


def _release_text(state: State, path: str, decision: Decision) -> bytes:
    """The release.yaml after the decision."""
    tree = state.repository.tree(state.tip)
    if tree.entry(path) is None:
        return release_file.render(decision.release)
    return release_file.update(tree.read(path), decision.release, decision.before)


def _plot(record: Record, plots: Mapping[str, bytes]) -> str | None:
    """The path of a record's plot; None where it has none."""
    path = layout.picture_path(record.path)
    return path if path in plots else None


def _evidence_commit(
    records: Sequence[Record], written: Sequence[Outcome], plots: Mapping[str, bytes]
) -> NewCommit:
    """The commit of the records on the evidence branch, and of the plots beside them."""
    names = sorted({f"{outcome.model} in {outcome.environment}" for outcome in written})
    at = max(outcome.at for outcome in written)
    sealed = {record.path: record.sealed for record in records}
    return NewCommit({**sealed, **plots}, _message(names), at, AUTHOR)


def _message(names: Sequence[str]) -> str:
    """All names in the subject where they are few; else their number and the first, and all in the body."""
    if len(names) <= NAMED:
        return f"Evidence: {', '.join(names)}\n"
    subject = f"Evidence: {len(names):,} decisions, of {', '.join(names[:NAMED])} and others"
    body = "".join(f"- {name}\n" for name in names)
    return f"{subject}\n\n{body}"
