"""The nouns of a release: what release.yaml holds, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Version:
    """One version of a model: `digest` is its artifact's sha256, its bytes `revision:models/NAME/PATH`."""

    version: int
    revision: str
    digest: str


@dataclass(frozen=True)
class CounterDelta:
    """What one gate counted over one stretch of constant weight.

    `requests` went to both tracks together; `bad_canary` and `bad_stable` have one entry per kind of bad
    request: one for an error rate, one an edge for a score distribution.
    """

    requests: int
    bad_canary: tuple[int, ...]
    bad_stable: tuple[int, ...]


@dataclass(frozen=True)
class CounterSnapshot:
    """A gate's plain counters at one moment: requests and bad requests of each track since its start."""

    canary: int
    stable: int
    bad_canary: tuple[int, ...]
    bad_stable: tuple[int, ...]


@dataclass(frozen=True)
class Traffic:
    """Requests that the gateway sent to each track since it started."""

    canary: int
    stable: int


@dataclass(frozen=True)
class Step:
    """A closed step: its weight in percent, and what was counted while it was in effect, by gate."""

    weight: int
    traffic: Traffic
    """Requests of each track in this step."""
    tallies: Mapping[str, CounterDelta]


@dataclass(frozen=True)
class Baseline:
    """Where the running step's counting began: the counters when its weight was first seen in effect."""

    at: datetime
    traffic: Traffic
    totals: Mapping[str, CounterSnapshot]
    renewed: Mapping[str, datetime] = field(default_factory=dict)
    """By gate: when its counting began, where that is later than `at` (its own counters were reset)."""

    def began(self, gate: str) -> datetime:
        """When the counting of this gate began; a restart before this moment is already accounted for."""
        return self.renewed.get(gate, self.at)


@dataclass(frozen=True)
class Rejection:
    """A version that was rolled back, and why; it does not start again until it is retried by hand."""

    version: int
    digest: str
    reason: str


@dataclass(frozen=True)
class Hold:
    """Nothing advances until a person releases it. A rollback is never held."""

    since: datetime
    reason: str
    by: str | None = field(default=None, metadata={"optional": True})
    """The person who holds it; None for a hold of the gate's own, as past a deadline."""


@dataclass(frozen=True)
class Release:
    """release.yaml: the whole state of one model in one environment."""

    model: str
    environment: str
    stable: Version | None = None
    canary: Version | None = None
    weight: int = 0
    """Percent of traffic on the canary."""
    started: datetime | None = None
    """When the running release began (dark, at weight 0); its deadline counts from here."""
    since: datetime | None = None
    """When the running weight was committed."""
    baseline: Baseline | None = None
    counts: tuple[Step, ...] = ()
    """Closed steps of the running release, oldest first."""
    history: tuple[Version, ...] = ()
    """The last ten stable versions, newest first, the present one left out."""
    rejected: tuple[Rejection, ...] = ()
    hold: Hold | None = None
    hotfix: str | None = field(default=None, metadata={"optional": True})
    """Why a person sends the canary out without evidence, as soon as it is ready; None without a hotfix."""
