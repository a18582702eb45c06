"""The tracks of a release: which versions are served, and what percent of the requests each one gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sluicegate.gate.adapters.git.tree import GitTree
from sluicegate.specs import layout, repository
from sluicegate.specs.model import Unit
from sluicegate.specs.release import Release
from sluicegate.specs.shape import Shape
from sluicegate.specs.yamlio import InputError

ALL = 100
"""Percent of the requests that are copied where a gate `shadow` does not say."""


@dataclass(frozen=True)
class Track:
    """One track of a release: what serves it, and its percent of the traffic."""

    version: int
    digest: str
    revision: str
    weight: int


UNIT: Shape[Unit] = Shape(Unit)
Tracks = dict[str, Track]
"""By name (`stable`, `canary`, `baseline`); a track that serves nothing is left out."""


def tracks_of(release: Release) -> Tracks:
    """The tracks of a release."""
    tracks: Tracks = {}
    if release.stable is not None:
        stable = release.stable
        tracks["stable"] = Track(stable.version, stable.digest, stable.revision, release.stable_weight)
        if release.baseline:
            tracks["baseline"] = Track(stable.version, stable.digest, stable.revision, release.weight)
    if release.canary is not None:
        canary = release.canary
        tracks["canary"] = Track(canary.version, canary.digest, canary.revision, release.weight)
    return tracks


def read_tracks(tree: GitTree, environment: str, model: str) -> Tracks:
    """The tracks that a release.yaml holds. Raises InputError."""
    return tracks_of(repository.release(tree, environment, model))


def copied_percent(tree_of: Callable[[str], GitTree], model: str, tracks: Tracks) -> int:
    """Percent of the requests that stable answers that the canary gets a copy of, by their model.yaml.

    The larger of both versions': the gate judges by stable's rules as well, so a canary without the gate is
    compared all the same. 0 without one of the tracks, or without such a gate. Raises InputError, GitError.
    """
    if not {"stable", "canary"} <= tracks.keys():
        return 0
    revisions = {track.revision for track in tracks.values()}
    return max(_percent(tree_of(revision), model) for revision in revisions)


def _percent(tree: GitTree, model: str) -> int:
    """Of the gate `shadow` in one model.yaml, which was validated in full before it was merged."""
    value = repository.read(tree, layout.model_path(model)).value
    for name in ("spec", "rollout", "gates"):
        value = value.get(name) if isinstance(value, dict) else None
    entries = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    shadows = [one.get("percent", ALL) for one in entries if one.get("metric") == "shadow"]
    return max((percent for percent in shadows if percent in range(1, ALL + 1)), default=0)


def read_unit(tree: GitTree, model: str) -> str | None:
    """The request header by which a version's model.yaml assigns and counts users; None: each request.

    Reads nothing else of it, as the servers do. Raises GitError, InputError.
    """
    document = repository.read(tree, layout.model_path(model))
    declared: Any = document.checked().value
    for key in ("spec", "rollout", "unit"):
        declared = declared.get(key) if isinstance(declared, dict) else None
    if declared is None:
        return None
    unit, problems = UNIT.read(document, declared, ("spec", "rollout", "unit"))
    if unit is None:
        raise InputError(*problems)
    return unit.header
