"""What the runtime reads: the tracks of a release.yaml, and how the model.yaml of a revision is served."""

import math
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ci.runtime.errors import ReleaseUnreadable

_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


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


def _mapping(text: str, what: str) -> dict[str, Any]:
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        raise ReleaseUnreadable(f"{what} is no YAML: {error}; correct the commit") from error
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
    if not isinstance(revision, str) or not _REVISION.fullmatch(revision):
        raise bad("revision", "a commit id")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
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
    try:
        spec = _mapping(text, "model.yaml")["spec"]
        path = str(spec["artifact"]["path"])
        score = spec.get("score") or {}
        edges = tuple(float(edge) for edge in score.get("edges") or ())
        serving = Serving(path, score.get("output"), score.get("reduce"), edges)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReleaseUnreadable(
            f"model.yaml lacks what serving needs ({type(error).__name__}: {error}); "
            "compare it with models/model.schema.json"
        ) from error
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ReleaseUnreadable(f"artifact.path {path!r} leads out of the model's directory; keep it inside")
    return serving
