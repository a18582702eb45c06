"""The tracks of a release: which versions are served, and what percent of the requests each one gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sluicegate.gate.adapters.git.tree import GitTree
from sluicegate.specs import layout, repository
from sluicegate.specs.model import Unit
from sluicegate.specs.release import Release
from sluicegate.specs.shape import Shape
from sluicegate.specs.yamlio import InputError


@dataclass(frozen=True)
class Track:
    """One track of a release: what serves it, and its percent of the traffic."""

    version: int
    digest: str
    revision: str
    weight: int


UNIT: Shape[Unit] = Shape(Unit)
Tracks = dict[str, Track]
"""By name (`stable`, `canary`); a track that serves nothing is left out."""


def tracks_of(release: Release) -> Tracks:
    """The tracks of a release."""
    tracks: Tracks = {}
    if release.stable is not None:
        stable = release.stable
        tracks["stable"] = Track(stable.version, stable.digest, stable.revision, 100 - release.weight)
    if release.canary is not None:
        canary = release.canary
        tracks["canary"] = Track(canary.version, canary.digest, canary.revision, release.weight)
    return tracks


def read_tracks(tree: GitTree, environment: str, model: str) -> Tracks:
    """The tracks that a release.yaml holds. Raises InputError."""
    return tracks_of(repository.release(tree, environment, model))


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
