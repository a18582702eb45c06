"""Whether a release.yaml is as a decision left it, by the evidence of that decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluicegate.gate.adapters.git.objects import Commit, Entry
from sluicegate.gate.core import envelope, trailers
from sluicegate.gate.core.hand_edit import HandEdit, differences
from sluicegate.gate.core.serialize import SerializationError, dump, load
from sluicegate.gate.daemon.brought import WALK
from sluicegate.gate.daemon.records import recorded
from sluicegate.gate.daemon.state import State
from sluicegate.specs import layout
from sluicegate.specs.release import Release

UNRECORDED = "no evidence of a decision was found"


def hand_edit(state: State, release: Release) -> HandEdit | None:
    """What people changed in this release by hand; None where it is as a decision left it.

    It is where the newest record's decision left it so, or the record of the gate's own commit that changed
    the file last: main may have been set back to before a decision. Without any record a release without
    versions is where every model begins. Raises GitError.
    """
    found = dump(release)
    records = recorded(state.repository, release.environment, release.model)
    if not records:
        return None if _is_empty(release) else _edited(state, release, {}, found)
    newest = _state_after(state, records[-1])
    if not differences(newest, found):
        return None
    commit = _last_change(state, release)
    if commit is not None:
        earlier = _record_of(state, commit, records)
        if earlier is not None and not differences(_state_after(state, earlier), found):
            return None
    return _edited(state, release, newest, found, commit)


def lost(state: State, environment: str, model: str, problem: str) -> HandEdit | None:
    """A release.yaml that says nothing any more, as an edit of the last state that a decision wrote on main.

    None where no decision with its evidence is among the last changes of the file. Raises GitError.
    """
    records = recorded(state.repository, environment, model)
    if not records:
        return None  # as of every model before its first release: its file has no history to search
    log = state.repository.log(state.tip, layout.release_path(environment, model), limit=WALK)
    for commit in log:
        record = _record_of(state, commit, records)
        decided = None if record is None else _loaded(_state_after(state, record))
        if decided is not None:
            by = f"{log[0].author.name} <{log[0].author.email}>"
            return HandEdit((problem,), log[0].sha, by, decided, unreadable=True)
    return None


def _is_empty(release: Release) -> bool:
    return release.stable is None and release.canary is None


def _edited(
    state: State,
    release: Release,
    decided: Mapping[str, Any],
    found: Mapping[str, Any],
    commit: Commit | None = None,
) -> HandEdit:
    commit = commit or _last_change(state, release)
    return HandEdit(
        differences(decided, found) if decided else (UNRECORDED,),
        None if commit is None else commit.sha,
        None if commit is None else f"{commit.author.name} <{commit.author.email}>",
        _loaded(decided),
    )


def _last_change(state: State, release: Release) -> Commit | None:
    """The commit that changed the file last; None where there never was one."""
    path = layout.release_path(release.environment, release.model)
    log = state.repository.log(state.tip, path, limit=1)
    return log[0] if log else None


def _record_of(state: State, commit: Commit, records: list[Entry]) -> Entry | None:
    """The record that a commit of the gate's names; None for a commit of anyone else."""
    values = trailers.parse(commit.message)
    if values is None:
        return None
    digest = values["Gate-Evidence"]
    short = digest.removeprefix("sha256:")[:12]
    named = (entry for entry in records if entry.path.endswith(f"-{short}.json"))
    return next(
        (entry for entry in named if envelope.digest(state.repository.blob(entry.oid)) == digest), None
    )


def _state_after(state: State, record: Entry) -> Mapping[str, Any]:
    """The release after a recorded decision; empty where the record cannot be read."""

    def load_state() -> Mapping[str, Any]:
        try:
            return envelope.state_after(state.repository.blob(record.oid))
        except envelope.EvidenceError:
            return {}

    return state.remembered((record.oid, "state after"), load_state)


def _loaded(decided: Mapping[str, Any]) -> Release | None:
    """The state as the code knows it now; None for an older form."""
    try:
        return load(Release, decided) if decided else None
    except SerializationError:
        return None
