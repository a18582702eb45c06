"""What the runtime reads: the tracks of a release.yaml, and how the model.yaml of a revision is served."""

import math
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sluicegate.embedded.runtime.errors import ReleaseUnreadable
from sluicegate.specs.names import is_revision, is_sha256
from sluicegate.specs.yamlio import MAX_BYTES, InputError, parse

READ_BYTES = MAX_BYTES + 1
"""How much of a file is worth reading: what is longer is refused."""


@dataclass(frozen=True)
class Track:
    """One track of a release: what serves it, and its percent of the traffic."""

    version: int
    digest: str
    weight: float
    revision: str


@dataclass(frozen=True)
class Tracks:
    """The tracks of one release, as committed."""

    stable: Track | None
    canary: Track | None

    def named(self) -> dict[str, Track]:
        """The tracks that there are, by name."""
        both = {"stable": self.stable, "canary": self.canary}
        return {name: track for name, track in both.items() if track is not None}


@dataclass(frozen=True)
class Serving:
    """How a revision's model is served: the artifact's path and what its score is."""

    path: str
    score_output: str | None = None
    score_reduce: str | None = None
    score_edges: tuple[float, ...] = ()


def as_text(content: bytes) -> str:
    """A file's text. A byte that is no UTF-8 stays in it as a lone surrogate, which reading refuses."""
    return content.decode(errors="surrogateescape")


def _mapping(text: str, what: str) -> dict[str, Any]:
    try:
        document = parse(text.encode(errors="surrogatepass"), what).checked().value
    except InputError as error:
        raise ReleaseUnreadable(str(error)) from error
    if not isinstance(document, dict):
        raise ReleaseUnreadable(f"{what} is no mapping; correct the commit")
    return document


def _track(name: str, value: object) -> Track | None:
    def bad(key: str, wanted: str) -> ReleaseUnreadable:
        return ReleaseUnreadable(f"tracks.{name}.{key} is not {wanted}; only the gate writes release.yaml")

    if value is None:
        return None
    if not isinstance(value, dict):
        raise ReleaseUnreadable(f"tracks.{name} is no mapping; only the gate writes release.yaml")
    version, revision, digest, weight = (value.get(k) for k in ("version", "revision", "digest", "weight"))
    if type(version) is not int or version < 1:
        raise bad("version", "a whole number above 0")
    if not isinstance(revision, str) or not is_revision(revision):
        raise bad("revision", "a commit id")
    if not isinstance(digest, str) or not is_sha256(digest):
        raise bad("digest", '"sha256:" and 64 hex digits')
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 100:
        raise bad("weight", "a percentage from 0 to 100")
    return Track(version, digest, weight, revision)


def read_release(text: str) -> Tracks:
    """The tracks of a release.yaml; every other key is the gate's own. Raises ReleaseUnreadable."""
    tracks = _mapping(text, "release.yaml").get("tracks")
    if not isinstance(tracks, dict):
        raise ReleaseUnreadable("release.yaml has no mapping 'tracks'; only the gate writes release.yaml")
    release = Tracks(*(_track(name, tracks.get(name)) for name in ("stable", "canary")))
    total = sum(track.weight for track in release.named().values())
    if release.stable is not None and not math.isclose(total, 100):
        raise ReleaseUnreadable(f"the weights add up to {total}, not 100; only the gate writes release.yaml")
    return release


def read_serving(text: str) -> Serving:
    """How the model of a model.yaml is served. Raises ReleaseUnreadable."""
    spec = _mapping(text, "model.yaml").get("spec")
    artifact = spec.get("artifact") if isinstance(spec, dict) else None
    path = artifact.get("path") if isinstance(artifact, dict) else None
    if not isinstance(spec, dict) or not isinstance(path, str):
        raise _not_served("spec.artifact.path is no text")
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ReleaseUnreadable(f"artifact.path {path!r} leads out of the model's directory; keep it inside")
    score = spec.get("score") or {}
    if not isinstance(score, dict):
        raise _not_served("spec.score is no mapping")
    output, reduce, edges = score.get("output"), score.get("reduce"), score.get("edges") or []
    if not all(isinstance(name, str | None) for name in (output, reduce)):
        raise _not_served("spec.score.output or .reduce is no text")
    if not isinstance(edges, list) or not all(type(edge) in (int, float) for edge in edges):
        raise _not_served("spec.score.edges is no list of numbers")
    return Serving(path, output, reduce, tuple(map(float, edges)))


def _not_served(what: str) -> ReleaseUnreadable:
    return ReleaseUnreadable(f"model.yaml: {what}; compare it with models/model.schema.json")
