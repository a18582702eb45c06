"""`refs/pull/N/merge`: an open pull as it would be merged, which GitHub Actions check out by default."""

from __future__ import annotations

from collections.abc import Mapping

from sluicegate.embedded.forge.state import NOREPLY
from sluicegate.embedded.forge.store import Row
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.names import ZERO
from sluicegate.gate.adapters.git.write import Signature, merge_trees, write_commit


def _ref(number: int) -> str:
    return f"refs/pull/{number}/merge"


def put_trial_merge(git: BareRepository, number: int, base: str, head: str) -> None:
    """Let the ref of the trial merge follow; a pull that conflicts has none."""
    ref = _ref(number)
    known = git.resolve(ref) or ZERO
    tree = merge_trees(git, base, head)
    made = ZERO
    if tree is not None:
        text = f"Merge {head} into {base}\n"
        made = write_commit(git, tree, (base, head), text, author=Signature("forge", f"forge@{NOREPLY}"))
    if made != known:
        git.update_refs([(ref, made, known)])


def trial_merge(row: Row, refs: Mapping[str, tuple[str, str]]) -> str | None:
    """The commit of an open pull's trial merge; None if it conflicts, or is closed."""
    found = refs.get(_ref(row["number"])) if row["state"] == "open" else None
    return found[0] if found else None
