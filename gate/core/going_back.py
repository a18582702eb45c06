"""A rollback that a person orders: from a canary, or to an earlier stable version."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sluicegate.gate.core.change import ended, rejected, rolled_back, same
from sluicegate.gate.core.command import CommandError, one_line
from sluicegate.gate.core.decision import Decision
from sluicegate.specs.release import Hold, Release


def rollback(
    release: Release, reason: str, now: datetime, *, to: int | None = None, by: str | None = None
) -> Decision:
    """Give stable all traffic, or go back to an earlier stable version; and hold.

    With `to`, any version of the history becomes stable at once; without it, the present one where a canary
    runs, else the one before. The versions that go are rejected. Nothing is promoted again until someone
    releases the hold, or retries the version.
    """
    reason = one_line(reason)
    why = f"rolled back by hand: {reason}"
    after = release if release.canary is None else rolled_back(release, release.canary, why, now)
    if to is not None or release.canary is None:
        after = _back_to(release, after, to, why, now)
    return Decision("rollback", why, release, replace(after, hold=Hold(now, why, by)))


def _back_to(release: Release, after: Release, to: int | None, why: str, now: datetime) -> Release:
    """An earlier stable version in place of the present one, which is rejected."""
    stable = release.stable
    if stable is not None and stable.version == to:
        if release.canary is None:
            raise CommandError(f"Version {to} is stable already", "name another version")
        return after
    target = next((old for old in release.history if to is None or old.version == to), None)
    if stable is None or target is None:
        numbers = ", ".join(str(old.version) for old in release.history)
        raise CommandError(
            "There is no version to go back to" if to is None else f"Version {to} was not stable here",
            f"name one of {numbers}" if numbers else "hold the release, or merge a repaired version",
        )
    return replace(
        ended(after, now),
        stable=target,
        stable_since=now,
        history=tuple(old for old in release.history if not same(old, target)),
        rejected=rejected(after, stable, why),
    )
