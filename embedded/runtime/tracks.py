"""The tracks of a release: which versions are served, and what percent of the requests each one gets."""

from __future__ import annotations

from dataclasses import dataclass

from sluicegate.gate.adapters.git.tree import GitTree
from sluicegate.specs import repository
from sluicegate.specs.release import Release


@dataclass(frozen=True)
class Track:
    """One track of a release: what serves it, and its percent of the traffic."""

    version: int
    digest: str
    revision: str
    weight: int


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
