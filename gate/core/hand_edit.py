"""A release.yaml that is not as a decision left it: what differs, and who changed it. Frozen data only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sluicegate.specs.release import Release

SHOWN = 8
"""Differences that are named; the others are counted."""
_NOTHING = "nothing"


@dataclass(frozen=True)
class HandEdit:
    """What people changed in a release.yaml, compared with the last state that a decision wrote."""

    changes: tuple[str, ...]
    """One for each field: `weight: 25 -> 99`."""
    commit: str | None = None
    """The last commit that changed the file."""
    by: str | None = None
    """Whose commit that is."""
    decided: Release | None = None
    """The last state that a decision wrote; None where no evidence of one can be read."""
    unreadable: bool = field(default=False, metadata={"optional": True})
    """Whether the file says nothing at all now: then `decided` is where the gate goes on from."""

    @property
    def reason(self) -> str:
        """What differs, where it comes from, and what to do."""
        commit = "" if self.commit is None else f" (commit {self.commit[:12]} by {self.by})"
        if self.unreadable:
            return (
                f"release.yaml says nothing any more{commit}: {'; '.join(self.changes)}; the gate goes back "
                "to what it wrote last, held, with all traffic on stable; release the hold to go on"
            )
        return (
            f"release.yaml is not as the gate left it{commit}: {'; '.join(self.changes)}; "
            "`sluice gate adopt` accepts it, and reverting that commit undoes it"
        )


def differences(decided: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    """Every field that differs between two releases, as `serialize.dump` gives them; the first SHOWN by name.

    A field that a release no longer has comes from an older form of the file and is no difference.
    """
    known = {one.name for one in fields(Release)}
    before = {name: value for name, value in decided.items() if name in known}
    changes = [f"{name}: {_shown(old)} -> {_shown(new)}" for name, old, new in _differing("", before, found)]
    more = len(changes) - SHOWN
    return tuple(changes[:SHOWN]) + ((f"{more} more",) if more > 0 else ())


def _differing(at: str, decided: Any, found: Any) -> Iterator[tuple[str, Any, Any]]:
    """The smallest values that differ, with the path of each."""
    if isinstance(decided, Mapping) and isinstance(found, Mapping):
        for key in dict.fromkeys((*found, *decided)):
            yield from _differing(f"{at}.{key}" if at else key, decided.get(key), found.get(key))
    elif decided != found:
        yield at, decided, found


def _shown(value: Any) -> str:
    if value is None or value in ([], {}):
        return _NOTHING
    if isinstance(value, Mapping) and "version" in value:
        return f"version {value['version']}"
    if isinstance(value, list):
        return f"{len(value)} entries" if len(value) > 1 else "1 entry"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(below)}" for key, below in value.items())
    return str(value)
