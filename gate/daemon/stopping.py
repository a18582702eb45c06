"""The stop of everything, or of some environments: a file of people, which the commands write and remove."""

from __future__ import annotations

from collections.abc import Sequence

from sluicegate.gate.adapters.git.repository import MAIN, Repository
from sluicegate.gate.core.command import CommandError, one_line
from sluicegate.gate.daemon.evaluate import Clock
from sluicegate.gate.daemon.racing import until_won
from sluicegate.gate.daemon.reconcile import require
from sluicegate.gate.daemon.state import State, state_of
from sluicegate.specs import layout
from sluicegate.specs.stop_file import Stop, render_stop


def stop(
    repository: Repository,
    environments: Sequence[str],
    reason: str,
    *,
    by: str,
    clock: Clock,
    branch: str = MAIN,
) -> str:
    """Commit a stop of these environments, of all where none is named; the commit.

    A stop that is there already is replaced. Raises CommandError, InputError for an unknown environment,
    PushRefused, GitError.
    """
    reason = one_line(reason)
    require(repository, environments, (), branch)
    text = render_stop(Stop(reason, tuple(environments), by))
    what = ", ".join(environments) or "everything"
    message = f"Stop {what}: {reason}\n\nGate-By: {by}\n"

    def attempt() -> str:
        return _write(state_of(repository, branch), text, message, clock, branch)

    return until_won(attempt)


def resume(repository: Repository, reason: str, *, by: str, clock: Clock, branch: str = MAIN) -> str:
    """Commit the end of the stop; the commit. Raises CommandError without one, PushRefused, GitError."""
    message = f"Resume: {one_line(reason)}\n\nGate-By: {by}\n"

    def attempt() -> str:
        state = state_of(repository, branch)
        if repository.tree(state.tip).entry(layout.STOP_FILE) is None:
            raise CommandError("Nothing is stopped here", "`status` shows what the gate waits for")
        return _write(state, None, message, clock, branch)

    return until_won(attempt)


def _write(state: State, text: bytes | None, message: str, clock: Clock, branch: str) -> str:
    sha = state.repository.commit(state.tip, {layout.STOP_FILE: text}, message, clock())
    state.repository.push({branch: sha})
    return sha
