"""The plain data of a release, as release.yaml has it: keys that few releases have are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sluicegate.specs.release import BASELINE_UP_TO, Hold, Release, Step, Version


def as_data(release: Release) -> dict[str, Any]:
    """The plain data of its file. Raises ValueError for a weight without a canary, or out of 0 to 100.

    Likewise for a baseline at a weight at which none runs.
    """
    if not 0 <= release.weight <= 100 or (release.canary is None and release.weight):
        raise ValueError(f"a canary weight of {release.weight} with the canary {release.canary}")
    if release.baseline and not 0 < release.weight <= BASELINE_UP_TO:
        raise ValueError(f"a baseline beside a canary weight of {release.weight}")
    return {
        "apiVersion": "sluicegate.dev/v1",
        "kind": "Release",
        "metadata": {"model": release.model, "environment": release.environment},
        "tracks": _tracks(release),
        "started": _plain(release.started),
        "since": _plain(release.since),
        "counts": [_step(step) for step in release.counts],
        "history": [asdict(version) for version in release.history],
        "rejected": [asdict(rejection) for rejection in release.rejected],
        "hold": _hold(release.hold),
    } | _where_set(
        {
            "stable_since": _plain(release.stable_since),
            "approved": release.approved,
            "released": release.released,
            "hotfix": release.hotfix,
        }
    )


def _plain(value: Any) -> Any:
    """Dataclasses to plain data; moments in UTC. Raises ValueError for one without a time zone."""
    if value is None or isinstance(value, int | str):
        return value
    if is_dataclass(value):
        kind: Any = type(value)
        return {name: _plain(getattr(value, name)) for name in _names(kind)}
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {key: _plain(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [below if type(below) is int else _plain(below) for below in value]
    return value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass."""
    return tuple(field.name for field in fields(kind))


def _track(version: Version | None, weight: int) -> dict[str, Any] | None:
    return None if version is None else {**asdict(version), "weight": weight}


def _tracks(release: Release) -> dict[str, Any]:
    """Each track with its weight; `baseline` is left out where none runs."""
    tracks = {
        "stable": _track(release.stable, release.stable_weight),
        "canary": _track(release.canary, release.weight),
    }
    if release.baseline:
        tracks["baseline"] = _track(release.stable, release.weight)
    return tracks


def _where_set(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keys that most files do not have."""
    return {name: value for name, value in values.items() if value is not None}


def _step(step: Step) -> dict[str, Any]:
    """A closed step; what only a baseline has is left out where none ran, `unseen` where all was seen."""
    data: dict[str, Any] = _plain(step)
    data["tallies"] = {name: _where_set(tally) for name, tally in data["tallies"].items()}
    if not step.baseline:
        del data["baseline"]
        counted = [
            data["traffic"],
            *(tally["unseen"] for tally in data["tallies"].values() if "unseen" in tally),
        ]
        for traffic in counted:
            del traffic["baseline"]
    return data


def _hold(hold: Hold | None) -> dict[str, Any] | None:
    """`by` is left out of a hold that the gate placed itself."""
    if hold is None:
        return None
    return _where_set(_plain(hold))
