"""What a decision depends on, and what it says. Frozen data only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sluicegate.specs.release import CounterSnapshot, Release, Traffic, Version

DecisionKind = Literal["advance", "wait", "hold", "rollback", "finish"]
"""What the gate can say. Everything but a wait commits; a wait commits only where counting begins."""


@dataclass(frozen=True)
class Reading:
    """What the metrics said at one moment."""

    at: datetime
    weight: int | None
    """The canary's percent that the gateway says is in effect; None when it does not say."""
    ready: bool
    """Whether the gateway sees the canary's own digest ready."""
    traffic: Traffic | None = None
    """None when the gateway has no figures: then nothing is judged."""
    totals: Mapping[str, CounterSnapshot] = field(default_factory=dict)
    """By gate; a gate without an entry has no data."""
    restarted: Mapping[str, str] = field(default_factory=dict)
    """By gate: whose counters began anew since `Baseline.began(gate)`, in words.

    The key `traffic` stands for the gateway's own figures: then the whole step begins anew.
    """
    problems: tuple[str, ...] = ()
    """Why something is missing, in words that the report can show."""
    synced: str | None = field(default=None, metadata={"later": True})
    """The revision that Argo CD had synced, and the health that it saw: for the record."""


@dataclass(frozen=True)
class Observations:
    """All that a decision may depend on beside the release and its policy."""

    candidate: Version | None = None
    """The newest merged version of the model."""
    upstream: Version | None = None
    """What the environment before this one runs as stable; the candidate itself in the first environment."""
    reading: Reading | None = None
    freeze: str | None = None
    """The reason of the freeze window or global stop that is open now."""
    source: str | None = None
    """Where the reading comes from, as `scrape http://...`: for the record, no decision depends on it."""


@dataclass(frozen=True)
class Interval:
    """`excess: lower .. upper`, the canary's bad share less stable's, at every look at once (1 - alpha)."""

    lower: float = -math.inf
    upper: float = math.inf


@dataclass(frozen=True)
class Judgement:
    """What one gate says at one look: the counts summed over all steps, the interval, and what follows."""

    gate: str
    margin: float
    requests: int
    """On both tracks, over all steps that enter the statistic."""
    canary_requests: int
    bad_canary: int
    bad_stable: int
    excess: Interval
    """For several kinds (edges): the interval of the kind that is furthest from harmless."""
    edge: int | None
    """Which kind that is; None when there is only one."""
    harm: bool
    proven: bool
    """Whether the next weight is within the margin: upper x next weight <= margin."""
    reason: str
    needs: int | None = None
    """About how many more requests until it is proven, when that can be told."""


@dataclass(frozen=True)
class Decision:
    """What the gate does now. `release` is the state after it, committed unless equal to the state before."""

    kind: DecisionKind
    reason: str
    before: Release
    release: Release
    judgements: tuple[Judgement, ...] = ()

    @property
    def commits(self) -> bool:
        """Whether there is anything to write."""
        return self.release != self.before
