"""release.yaml: the gate's own file, read to `sluicegate.specs.release.Release` and written from it.

Helm reads it as values too. A new file is rendered whole; after that only values that changed are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from sluicegate.specs import layout
from sluicegate.specs.model import Name
from sluicegate.specs.names import REVISION, anchored, is_revision, is_sha256
from sluicegate.specs.release import BASELINE_UP_TO, Hold, Rejection, Release, Step, Version
from sluicegate.specs.release_data import as_data
from sluicegate.specs.rules import named_as_directory
from sluicegate.specs.shape import STRICT, Instant, Shape
from sluicegate.specs.values import Sha256
from sluicegate.specs.yamlio import Document, InputError, Location, Problem, parse, render_flow, splice
from sluicegate.specs.yamlio.nodes import MAX_NODES

HEADER = "# Written by the gate alone; a pull request that changes it is refused. See docs/.\n"
_MEANS_ITSELF = re.compile(rb"[\n -\[\]-~]*")
"""ASCII that can be seen, without a backslash: what JSON and YAML read alike, in quotes or not."""
LONGEST_KEY = 1000
_REMEDY = "undo the change: `git log` has the last version that the gate wrote"


@dataclass(frozen=True)
class Track:
    """A version, and its share of the traffic."""

    version: Annotated[int, Field(ge=1)]
    revision: Annotated[str, Field(pattern=anchored(REVISION))]
    """The merge commit that brought it, by its full id."""
    digest: Sha256
    """Of the artifact."""
    weight: Annotated[int, Field(ge=0, le=100)]
    """Percent of traffic."""


@dataclass(frozen=True)
class Tracks:
    """What is served now."""

    stable: Track | None
    canary: Track | None
    baseline: Track | None = None
    """Stable's version again, with the canary's weight; left out where none runs."""


@dataclass(frozen=True)
class ReleaseMetadata:
    """Which model, in which environment."""

    model: Name
    environment: Name


@dataclass(frozen=True)
class ReleaseManifest:
    """The state of one model in one environment: environments/ENVIRONMENT/MODEL/release.yaml."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    apiVersion: Literal["sluicegate.dev/v1"]
    kind: Literal["Release"]
    metadata: ReleaseMetadata
    tracks: Tracks
    started: Instant | None
    """When the running release began; its deadline counts from here."""
    since: Instant | None
    """When the running weight was committed."""
    counts: tuple[Step, ...]
    """Closed steps of the running release, oldest first."""
    history: tuple[Version, ...]
    """The last stable versions, newest first."""
    rejected: tuple[Rejection, ...]
    """Versions that were rolled back, and why."""
    hold: Hold | None
    """Nothing advances until a person releases it."""
    stable_since: Instant | None = None
    """When the stable version became so; left out where it is not known."""
    approved: Annotated[int, Field(ge=0, le=100)] | None = None
    """The weight at which a person approved that the running release goes on."""
    released: Annotated[int, Field(ge=0, le=100)] | None = None
    """The weight at which a person released a hold, and with it accepted what answers cost at this step."""
    hotfix: str | None = None
    """Why the canary goes out without evidence, as soon as it is ready; left out without a hotfix."""


RELEASE = Shape(ReleaseManifest)


def read(document: Document) -> Release:
    """The release that a release.yaml holds. Raises InputError with a problem for every finding."""
    return of_data(document, _without_baseline(document.checked().value))


def of_data(document: Document, data: Any) -> Release:
    """The release that the data of a file say; the document tells where they are."""
    manifest, problems = RELEASE.read(document, data)
    if manifest is None:
        raise InputError(*problems)
    if broken := list(_rules(manifest, document, data)):
        raise InputError(*broken)
    stable = manifest.tracks.stable
    canary = manifest.tracks.canary
    return Release(
        model=manifest.metadata.model,
        environment=manifest.metadata.environment,
        stable=_version(stable),
        canary=_version(canary),
        weight=canary.weight if canary is not None else 0,
        baseline=manifest.tracks.baseline is not None,
        started=manifest.started,
        since=manifest.since,
        counts=manifest.counts,
        history=manifest.history,
        rejected=manifest.rejected,
        hold=manifest.hold,
        stable_since=manifest.stable_since,
        approved=manifest.approved,
        released=manifest.released,
        hotfix=manifest.hotfix,
    )


def _without_baseline(data: Any) -> Any:
    """The file as it is written now. One with a `baseline` counted no windows: its closed steps are dropped.

    They cannot be judged by windows; the release then shows what it has to from its running step on.
    """
    if not isinstance(data, dict) or "baseline" not in data:
        return data
    return {name: value for name, value in data.items() if name != "baseline"} | {"counts": []}


def _version(track: Track | None) -> Version | None:
    return None if track is None else Version(track.version, track.revision, track.digest)


def _rules(manifest: ReleaseManifest, document: Document, data: Any) -> Iterator[Problem]:
    yield from named_as_directory(document, ("metadata", "model"), manifest.metadata.model)
    yield from named_as_directory(document, ("metadata", "environment"), manifest.metadata.environment, up=1)
    stable = manifest.tracks.stable
    canary = manifest.tracks.canary
    tracks = (stable, canary, manifest.tracks.baseline)
    if stable is not None and sum(track.weight for track in tracks if track is not None) != 100:
        message = "the weights of the tracks do not add up to 100"
        yield document.problem(("tracks", "stable", "weight"), message, _REMEDY)
    yield from _baseline_rules(manifest.tracks, document)
    if manifest.hold is not None and manifest.hold.since.tzinfo is None:
        yield document.problem(("hold", "since"), "has no time zone", _REMEDY)
    if not _are_sound(data):
        yield from _scalars(document, data, ())


def _baseline_rules(tracks: Tracks, document: Document) -> Iterator[Problem]:
    """A baseline is stable's version again, and has what the canary has."""
    baseline = tracks.baseline
    if baseline is None:
        return
    if tracks.stable is None or _version(baseline) != _version(tracks.stable):
        message = "is not the version of stable"
        yield document.problem(("tracks", "baseline", "version"), message, _REMEDY)
    if tracks.canary is None or baseline.weight != tracks.canary.weight:
        yield document.problem(("tracks", "baseline", "weight"), "is not that of the canary", _REMEDY)
    if not 0 < baseline.weight <= BASELINE_UP_TO:
        message = f"{baseline.weight} is not between 1 and {BASELINE_UP_TO}"
        yield document.problem(("tracks", "baseline", "weight"), message, _REMEDY)


def _are_sound(value: Any, key: Any = None) -> bool:
    """Whether `_scalars` would find nothing, asked without keeping track of where: nearly always so."""
    if isinstance(value, int) and key not in ("digest", "revision"):
        return value >= 0
    if isinstance(value, dict):
        return all(map(_are_sound, value.values(), value))
    if isinstance(value, list):
        return all(item >= 0 if type(item) is int else _are_sound(item) for item in value)
    if key == "digest":
        return is_sha256(str(value))
    return key != "revision" or is_revision(str(value))


def _scalars(document: Document, value: Any, at: Location) -> Iterator[Problem]:
    """Counts are not negative, and digests and revisions have their form, wherever they are."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, below in items:
            yield from _scalars(document, below, (*at, key))
    elif isinstance(value, int) and value < 0:
        yield document.problem(at, f"{value} is negative", _REMEDY)
    elif at[-1:] == ("digest",) and not is_sha256(str(value)):
        yield document.problem(at, "is not a sha256 digest", _REMEDY)
    elif at[-1:] == ("revision",) and not is_revision(str(value)):
        yield document.problem(at, "is not the full id of a commit", _REMEDY)


def render(release: Release) -> bytes:
    """A new release.yaml. Raises ValueError for a release that could not be read back."""
    data = as_data(release)
    return _checked(_rendered(data), data, release)


def text_of(release: Release) -> bytes:
    """The bytes that the gate writes. Raises ValueError for a release that cannot be written."""
    return _rendered(as_data(release))


def _rendered(data: Mapping[str, Any]) -> bytes:
    text = HEADER
    for name, value in data.items():
        if name == "tracks":
            text += "tracks:\n" + "".join(f"  {track}: {render_flow(now)}\n" for track, now in value.items())
        elif isinstance(value, list) and value:
            text += f"{name}:\n" + "".join(f"- {render_flow(row)}\n" for row in value)
        else:
            text += f"{name}: {value if name in ('apiVersion', 'kind') else render_flow(value)}\n"
    return text.encode()


def holds(text: bytes, release: Release) -> bool:
    """Whether a file says this release. The gate's own bytes are compared, which is faster than reading them.

    Raises InputError when the text is not a release.yaml.
    """
    with suppress(ValueError):
        if text_of(release) == text:
            return True
    return read(parse(text, layout.release_path(release.environment, release.model))) == release


def update(text: bytes, release: Release, old: Release | None = None) -> bytes:
    """The file with what changed replaced, and every other byte as it was.

    A file that gains or loses a key is written anew. `old` is what the text says, where that is known: the
    gate's own bytes need not be read then. Raises InputError when `text` is not a release.yaml, ValueError
    when it belongs to another model or environment.
    """
    if old is not None and _same_place(old, release) and text_of(old) == text:
        # Of the gate's own bytes nothing has to be kept: replacing values in them comes to the same.
        return render(release)
    document = parse(text, "release.yaml")
    before = as_data(read(document))
    new = as_data(release)
    if before["metadata"] != new["metadata"]:
        raise ValueError(f"the file is of {before['metadata']}, the release of {new['metadata']}")
    if document.value.keys() != new.keys() or document.value["tracks"].keys() != new["tracks"].keys():
        # A key comes or goes, as in a file of an earlier version: only values are replaced in place.
        return render(release)
    changes = dict(_changes(before, new, ()))
    return _read_back(splice(text, changes), release) if changes else text


def _same_place(one: Release, other: Release) -> bool:
    return (one.model, one.environment) == (other.model, other.environment)


def _changes(old: Any, new: Any, at: Location) -> Iterator[tuple[Location, Any]]:
    """The smallest values that differ; lists and maps of unlike keys are replaced whole."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for key in old:
            yield from _changes(old[key], new[key], (*at, key))
    elif old != new:
        yield at, new


def _read_back(text: bytes, release: Release) -> bytes:
    try:
        same = read(parse(text, "release.yaml")) == release
    except InputError as error:
        raise ValueError(f"the release cannot be written: {error}") from error
    if not same:
        raise ValueError("the release reads back differently from what was written")
    return text


def _checked(text: bytes, data: Mapping[str, Any], release: Release) -> bytes:
    """The text of these data, once it is sure to read back as the release.

    Where every character of it means itself in YAML the data are checked, else the text is read again: that
    takes several times as long as all else about it. Raises ValueError.
    """
    if not means_itself(text, release):
        return _read_back(text, release)
    try:
        same = of_data(Document("release.yaml", text, None, ()), data) == release
    except InputError as error:
        raise ValueError(f"the release cannot be written: {error}") from error
    if not same:
        raise ValueError("the release reads back differently from what was written")
    return text


def means_itself(text: bytes, release: Release) -> bool:
    """Whether what was rendered of a release is sure to be read in YAML as the data it was rendered of."""
    return len(text) <= MAX_NODES and bool(_MEANS_ITSELF.fullmatch(text)) and not _long_key(release)


def _long_key(release: Release) -> bool:
    """Whether a key may be too long for one without an indicator, which may have 1,024 characters."""
    return any(len(gate) > LONGEST_KEY for step in release.counts for gate in step.tallies)
