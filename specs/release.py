"""The nouns of a release: what release.yaml holds, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

BASELINE_UP_TO = 33
"""The largest weight in percent beside which a track `baseline` runs: stable then has the most of the three.
Above it canary and stable are about equally loaded."""


@dataclass(frozen=True)
class Version:
    """One version of a model: `digest` is its artifact's sha256, its bytes `revision:models/NAME/PATH`."""

    version: int
    revision: str
    digest: str


@dataclass(frozen=True)
class CounterDelta:
    """What one gate counted over one stretch of constant weight.

    `bad_canary` and `bad_stable` have one entry per kind of bad request: one for an error rate, one an edge
    for a score distribution.
    """

    requests: int
    """On both tracks together."""
    canary: int
    """On the canary."""
    bad_canary: tuple[int, ...]
    bad_stable: tuple[int, ...]

    def __add__(self, other: CounterDelta) -> CounterDelta:
        """Both stretches as one; of the same weight and the same kinds."""
        return CounterDelta(
            self.requests + other.requests,
            self.canary + other.canary,
            tuple(map(sum, zip(self.bad_canary, other.bad_canary, strict=True))),
            tuple(map(sum, zip(self.bad_stable, other.bad_stable, strict=True))),
        )


@dataclass(frozen=True)
class Tally:
    """What one gate counted in one step, by windows: what happens within one window counts once."""

    rest: CounterDelta
    """The sum of the windows in which no cap on a window's evidence binds."""
    windows: tuple[CounterDelta, ...] = ()
    """All others, one by one, oldest first."""
    unseen: Traffic | None = field(default=None, metadata={"optional": True})
    """Requests in windows of which the gate has no figures: the worst for the proof, and nothing for harm."""

    def __hash__(self) -> int:
        """Of a part of it: what is made of a closed step is kept by its tally, and asked for all the time."""
        return hash((self.rest, len(self.windows), self.windows[-1:]))

    @property
    def total(self) -> CounterDelta:
        """The whole step."""
        return sum(self.windows, start=self.rest)


@dataclass(frozen=True)
class Traffic:
    """Requests that the gateway sent to each track over some time."""

    canary: int
    stable: int
    """To all that runs stable's version."""
    baseline: int = field(default=0, metadata={"optional": True})
    """Of these, to the track `baseline`."""

    def __add__(self, other: Traffic) -> Traffic:
        """Both together."""
        return Traffic(self.canary + other.canary, self.stable + other.stable, self.baseline + other.baseline)


@dataclass(frozen=True)
class Step:
    """A closed step: its weight in percent, and what was counted while it was in effect, by gate."""

    weight: int
    traffic: Traffic
    """Requests of each track in this step."""
    tallies: Mapping[str, Tally]
    baseline: bool = field(default=False, metadata={"optional": True})
    """Whether a track `baseline` ran beside it, with which gates of latency compared the canary."""


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
    """When the running weight was committed; above 0 % by the clock of the source of figures."""
    stable_since: datetime | None = field(default=None, metadata={"optional": True})
    """When the stable version became so; None where an earlier gate did not write it down."""
    approved: int | None = field(default=None, metadata={"optional": True})
    """The weight at which a person approved that the running release goes on."""
    released: int | None = field(default=None, metadata={"optional": True})
    """The weight at which a person released a hold: what answers cost at this step is accepted with it."""
    counts: tuple[Step, ...] = ()
    """Closed steps of the running release, oldest first."""
    history: tuple[Version, ...] = ()
    """The last ten stable versions, newest first, the present one left out."""
    rejected: tuple[Rejection, ...] = ()
    hold: Hold | None = None
    hotfix: str | None = field(default=None, metadata={"optional": True})
    """Why a person sends the canary out without evidence, as soon as it is ready; None without a hotfix."""
    baseline: bool = field(default=False, metadata={"optional": True})
    """Whether a third track runs stable's version with as much traffic as the canary has."""

    @property
    def stable_weight(self) -> int:
        """Percent of traffic on the track `stable`: what canary and baseline leave."""
        return 100 - (2 if self.baseline else 1) * self.weight
