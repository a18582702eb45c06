"""What the statuses and check runs of a commit say together: what deployments, merges and pages ask."""

from __future__ import annotations

from collections.abc import Collection

from sluicegate.embedded.forge.state import ForgeState, Repository
from sluicegate.embedded.forge.store import newest

_GOOD = ("success", "neutral", "skipped")


def contexts_of(state: ForgeState, repository: Repository, sha: str) -> dict[str, str]:
    """The newest state or conclusion of every context of a commit; a check run that runs has its status."""
    statuses = state.store.rows(
        "SELECT * FROM statuses WHERE repository = ? AND sha = ? ORDER BY id DESC", repository.id, sha
    )
    runs = state.store.rows(
        "SELECT * FROM check_runs WHERE repository = ? AND head_sha = ? ORDER BY id DESC", repository.id, sha
    )
    found = {row["name"]: str(row["conclusion"] or row["status"]) for row in newest(runs, "name")}
    # Of a status and a check run of one name the worse counts, as on GitHub both are required.
    for row in newest(statuses, "context"):
        if found.get(row["context"], "success") in _GOOD:
            found[row["context"]] = row["state"]
    return found


def failing_contexts(
    state: ForgeState, repository: Repository, sha: str, required: Collection[str] | None
) -> list[str]:
    """The required contexts (None: all there are) that are no success, or that the commit lacks."""
    found = contexts_of(state, repository, sha)
    names = found.keys() if required is None else required
    return sorted(name for name in names if found.get(name) not in _GOOD)
