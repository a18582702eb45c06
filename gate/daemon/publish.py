"""Decisions to commits: one each on main, their evidence on its own branch, all in one atomic push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from sluicegate.gate.adapters.git.repository import EVIDENCE, MAIN
from sluicegate.gate.core import evidence, trailers
from sluicegate.gate.daemon.evaluate import Outcome
from sluicegate.gate.daemon.state import State, release_path
from sluicegate.specs import release_file


def write(state: State, outcomes: Sequence[Outcome], branch: str = MAIN) -> list[Outcome]:
    """Commit every decision that changes something and push; the same outcomes, with their commits.

    Raises RaceLost when the tip that was read is no longer the tip, PushRefused, GitError; then nothing of it
    stands on the remote.
    """
    repository, head, records = state.repository, state.tip, {}
    written = []
    for outcome in outcomes:
        decision = outcome.decision
        if decision is None or not decision.commits or outcome.policy is None or outcome.seen is None:
            written.append(outcome)
            continue
        place, sealed = _record(state, outcome)
        records[place] = sealed
        path = release_path(outcome.environment, outcome.model)
        message = trailers.message(decision, evidence.digest(sealed))
        head = repository.commit(head, {path: _text(state, outcome, path)}, message, outcome.at)
        written.append(replace(outcome, commit=head))
    if records:
        names = sorted({f"{o.model} in {o.environment}" for o in written if o.commit})
        at = max(o.at for o in written if o.commit)
        note = f"Evidence: {', '.join(names)}\n"
        proof = repository.commit(repository.tip(EVIDENCE), records, note, at)
        repository.push({branch: head, EVIDENCE: proof})
    return written


def _text(state: State, outcome: Outcome, path: str) -> bytes:
    """The release.yaml after the decision."""
    decision, tree = outcome.decision, state.repository.tree(state.tip)
    assert decision is not None  # noqa: S101 - for the type checker: only decisions are written
    if tree.entry(path) is not None:
        return release_file.update(tree.read(path), decision.release)
    return release_file.render(decision.release)


def _record(state: State, outcome: Outcome) -> tuple[str, bytes]:
    """Path and bytes of the evidence: numbered from 1, each naming the one before it of the same release."""
    folder = f"evidence/{outcome.environment}/{outcome.model}"
    tip = state.repository.tip(EVIDENCE)
    before = state.repository.entries(tip, folder) if tip else []
    previous = evidence.digest(state.repository.blob(before[-1].oid)) if before else None
    assert outcome.decision and outcome.policy and outcome.seen  # noqa: S101 - for the type checker
    statement = evidence.record(
        outcome.decision, outcome.policy, outcome.seen, outcome.at, code(), previous, outcome.command
    )
    sealed = evidence.envelope(statement)
    short = evidence.digest(sealed).removeprefix("sha256:")[:12]
    return f"{folder}/{len(before) + 1:06}-{short}.json", sealed


def code() -> str:
    """The version of the code that decides."""
    try:
        return f"sluicegate {version('sluicegate')}"
    except PackageNotFoundError:
        return "sluicegate, not installed"
