"""The verdict of the version that would start: what has to be vouched for, and who is asked.

A version is judged where a good verdict is known of the files that main brought. It vouches for a git tree of
`models/NAME`; which tree may be any that main has had since the version came, as long as model.yaml stayed
byte for byte the same: that pins every artifact and all data by digest, and holds the policy. So a rebase of
several commits counts as well, whose first one brings the version and whose last one was judged.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sluicegate.gate.core.commands import Command
from sluicegate.gate.core.judged import Judged
from sluicegate.gate.daemon.state import State
from sluicegate.gate.daemon.versions import is_stable
from sluicegate.specs import layout
from sluicegate.specs.environment import EnvironmentSpec
from sluicegate.specs.release import Release, Version

logger = logging.getLogger(__name__)

MOST_COMMITS = 20
"""Commits of main whose files may be the judged ones; a version has rarely more than one or two."""
HELPS = "to judge it yourself, run `sluice validate --changed {base}..{head} --record`"


@dataclass(frozen=True)
class Wanted:
    """What has to be vouched for: any one of these contents of a model's directory."""

    model: str
    version: Version
    contents: Mapping[str, tuple[str, ...]]
    """By git tree: the commits of main that have it, the newest first."""

    @property
    def commits(self) -> tuple[str, ...]:
        """All commits of main that have one of them."""
        return tuple(commit for commits in self.contents.values() for commit in commits)


class VerdictSource(Protocol):
    """Who may know verdicts: records on the evidence branch, GitHub. One file each."""

    def find(self, state: State, wanted: Wanted) -> Judged:
        """The verdict, or why none is known; never a pass for want of an answer. Raises GitError."""


def judged(
    state: State, spec: EnvironmentSpec, model: str, version: Version | None, sources: Sequence[VerdictSource]
) -> Judged | None:
    """What is known of the verdict of the version that would start here, as `starting` says it.

    None where none is required or none would start: nobody is asked then, and nothing that runs waits for an
    answer. The first source that knows a good one decides. Raises GitError.
    """
    if "verdict" not in spec.require or version is None:
        return None
    wanted = wanted_of(state, model, version)
    answers: list[Judged] = []
    for source in sources:
        answer = source.find(state, wanted)
        if answer.counts:
            return answer
        answers.append(answer)
    reasons = dict.fromkeys(answer.reason for answer in answers)
    asking = any(answer.asking for answer in answers)
    if not asking:
        reasons[HELPS.format(base=f"{version.revision[:12]}~1", head=version.revision[:12])] = None
    return Judged("none", "; ".join(reasons), asking=asking)


def wanted_of(state: State, model: str, version: Version) -> Wanted:
    """The contents by which a version is judged. Raises GitError."""
    directory = layout.model_directory(model)
    pinned = state.repository.object_at(version.revision, layout.model_path(model))
    now = state.repository.object_at(state.tip, directory)
    brought = state.repository.object_at(version.revision, directory)
    if brought is not None and brought == now:
        return Wanted(model, version, {brought: (version.revision,)})
    key = (directory, now or "", version.revision, "contents")

    def read() -> Mapping[str, tuple[str, ...]]:
        log = state.repository.log(state.tip, directory, MOST_COMMITS)
        commits = [commit.sha for commit in log]
        if version.revision in commits:
            commits = commits[: commits.index(version.revision)]
        found: dict[str, tuple[str, ...]] = {}
        for commit in (*commits, version.revision):
            tree = state.repository.object_at(commit, directory)
            if tree is not None and state.repository.object_at(commit, layout.model_path(model)) == pinned:
                found[tree] = (*found.get(tree, ()), commit)
        return found

    return Wanted(model, version, state.remembered(key, read))


def starting(release: Release, candidate: Version | None, command: Command | None) -> Version | None:
    """The candidate, where it may start now: at rest, in place of an older one, or as a hotfix."""
    if candidate is None or is_stable(release, candidate):
        return None
    if command is not None:
        return candidate if command.name == "hotfix" else None
    canary = release.canary
    return candidate if canary is None or candidate.version > canary.version else None
