"""What main was when a running release started: the rules of an environment that came after its version."""

from __future__ import annotations

from itertools import dropwhile, takewhile

from sluicegate.gate.adapters.git.command import GitError
from sluicegate.gate.daemon.brought import WALK
from sluicegate.gate.daemon.state import State
from sluicegate.specs import layout, release_text
from sluicegate.specs.release import Release
from sluicegate.specs.yamlio import InputError


def begun(state: State, release: Release) -> str | None:
    """The commit that was read when the canary started: the parent of the one that wrote release.yaml so.

    None without a canary, and where that is not among the last WALK changes of the file. Raises GitError.
    """
    if release.canary is None:
        return None
    path = layout.release_path(release.environment, release.model)

    def runs(revision: str) -> bool:
        try:
            text = state.repository.read(revision, path)
            return release_text.load(text, path).canary == release.canary
        except (InputError, GitError):
            return False

    newest_first = [commit.sha for commit in state.repository.log(state.tip, path, WALK)]
    # People may have edited or removed the file since.
    running = list(takewhile(runs, dropwhile(lambda sha: not runs(sha), newest_first)))
    if not running or len(running) == WALK:
        return None
    return state.repository.commit_at(f"{running[-1]}^")
