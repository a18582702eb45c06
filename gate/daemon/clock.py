"""The gate's clock against those of others: main's last commit, and the source of figures."""

from __future__ import annotations

from datetime import datetime, timedelta

from sluicegate.gate.adapters.git.objects import Commit
from sluicegate.gate.core import text_format
from sluicegate.gate.core.decision import Reading
from sluicegate.gate.daemon.state import State

TOLERANCE = timedelta(seconds=60)
"""By how much clocks of machines that are kept in step may differ."""


def last_commit(state: State) -> Commit:
    """Main's last commit, read by one process for each tip. Raises GitError."""
    return state.memo.fact("last commit", lambda: state.repository.log(state.tip, limit=1)[0])


def clock_problem(state: State, now: datetime, reading: Reading | None = None) -> str | None:
    """That main's last commit is of a later moment than now, or that the source has another; None otherwise.

    Nothing is judged by it: figures have the moments of their source. A commit that is old says nothing.
    Raises GitError.
    """
    if reading is not None and reading.clock is not None:
        apart = now - reading.clock
        if abs(apart) > TOLERANCE:
            way = "ahead of" if apart > TOLERANCE else "behind"
            return f"this gate's clock is {_shown(abs(apart))} {way} that of its source of figures: set it"
    tip = last_commit(state)
    ahead = tip.at - now
    if ahead <= TOLERANCE:
        return None
    return (
        f"main's last commit, {tip.sha[:12]} by {tip.committer.name}, is {_shown(ahead)} ahead of this "
        "gate's clock: one of the two jumped, set it"
    )


def _shown(ahead: timedelta) -> str:
    return text_format.duration(ahead.total_seconds())
