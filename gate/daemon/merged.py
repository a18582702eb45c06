"""What main says of a model's versions: whether it still holds one, and which commit brought one."""

from __future__ import annotations

from sluicegate.gate.adapters.git.command import NoSuchFile
from sluicegate.gate.core.change import same
from sluicegate.gate.daemon.brought import WALK, Identity, identity
from sluicegate.gate.daemon.state import State
from sluicegate.specs import layout
from sluicegate.specs.release import Version
from sluicegate.specs.yamlio import InputError


def withdrawn(state: State, model: str, version: Version) -> str | None:
    """Why main no longer holds a version that it brought; None where it does.

    That is: main's history was rewritten without the commit that brought it, the model was removed, its
    number was lowered, other bytes came under the same number, or it was reverted before a higher one came.
    Raises InputError or GitError where main cannot be read.
    """
    if not state.repository.contains(state.tip, version.revision):
        return (
            f"main's history was rewritten and no longer has {version.revision[:12]}, "
            f"the commit that brought version {version.version}"
        )
    newest = state.newest(model)
    if newest is None:
        return f"main no longer has {layout.model_directory(model)}"
    if newest.version < version.version:
        return f"main says version {newest.version}"
    if newest.version > version.version:
        return _reverted(state, model, version, newest)
    return None if same(newest, version) else f"main has another artifact as version {version.version}"


def _reverted(state: State, model: str, version: Version, newest: Version) -> str | None:
    """Whether main was below a version between it and a newer one; its last time on main counts."""
    path = layout.model_path(model)

    def search() -> str | None:
        for commit in state.repository.log(state.tip, path, WALK):
            number = numbered(state, commit.sha, path).version
            if number == version.version:
                break
            if not isinstance(number, int) or number < version.version:
                return f"it was reverted by {commit.sha[:12]} before version {newest.version} came"
        return None

    return state.remembered((path, version.revision, newest.revision, "reverted"), search)


def merged(state: State, model: str, number: int) -> Version:
    """A version that main's history brought, whether a newer one came or not.

    Raises InputError for a number that it did not bring lately, or that main took back, GitError.
    """
    newest = state.newest(model)
    if newest is not None and newest.version == number:
        return newest
    path = layout.model_path(model)
    history = state.repository.log(state.tip, path, WALK)
    carriers = [commit.sha for commit in history if numbered(state, commit.sha, path).version == number]
    if not carriers:
        raise InputError.of(
            f"none of the last {WALK} commits of this file has version {number}", "name another version", path
        )
    revision = state.brought_by(carriers[0], path)
    version = Version(number, revision, state.model(model, revision).artifact.sha256)
    why = withdrawn(state, model, version)
    if why is not None:
        raise InputError.of(f"version {number} was taken back: {why}", "merge it again", path)
    return version


def numbered(state: State, revision: str, path: str) -> Identity:
    """Which version a model.yaml has at a revision; none where it is not there."""
    try:
        return identity(state.repository.read(revision, path), path)
    except NoSuchFile:
        return Identity()
