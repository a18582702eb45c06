"""What a decision depends on, and what it says. Frozen data only.

Where a field's name is not the key under which it is serialised, its metadata says `key`: evidence records
and the JSON of `sluice gate plan` keep their keys, whatever a field is called here (see `serialize.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sluicegate.gate.core.hand_edit import HandEdit
from sluicegate.specs.release import CounterSnapshot, Release, Traffic, Version

DecisionKind = Literal["advance", "wait", "hold", "rollback", "finish"]
"""What the gate can decide. Everything but a wait commits; a wait commits only where counting begins."""


@dataclass(frozen=True)
class Reading:
    """What the metrics showed at one moment."""

    at: datetime
    weight: int | None
    """The canary's percent that the gateway reports to be in effect; None when it reports none."""
    ready: bool
    """Whether the gateway sees the canary's own digest ready."""
    traffic: Traffic | None = None
    """None when the gateway has no figures: then nothing is judged."""
    totals: Mapping[str, CounterSnapshot] = field(default_factory=dict)
    """By gate; a gate without an entry has no data."""
    restarted: Mapping[str, str] = field(default_factory=dict)
    """By gate whose counters were reset since `Baseline.began(gate)`: the reason, in a phrase.

    The key `traffic` means the gateway's own figures: then the whole step is counted again.
    """
    problems: tuple[str, ...] = ()
    """Why something is missing, in phrases that the report can show."""
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
    withdrawn: str | None = field(default=None, metadata={"optional": True})
    """Why main no longer holds the version that is being released; None where it does, or none is."""
    edit: HandEdit | None = field(default=None, metadata={"optional": True})
    """What people changed in release.yaml by hand; None where it is as a decision left it."""
    source: str | None = None
    """Where the reading comes from, as `scrape http://...`: for the record, no decision depends on it."""


@dataclass(frozen=True)
class Interval:
    """Bounds of the rate difference (canary - stable), valid at all evaluations at once (1 - alpha)."""

    lower: float = -math.inf
    upper: float = math.inf


@dataclass(frozen=True)
class Judgement:
    """What one gate concludes at one evaluation: counts summed over all steps, the interval, the verdict."""

    gate: str
    margin: float
    requests: int
    """On both tracks, over all steps that enter the statistic."""
    canary_requests: int
    bad_canary: int
    """Failures on the canary."""
    bad_stable: int
    """Failures on stable."""
    rate_difference: Interval = field(metadata={"key": "excess"})
    """For several kinds (edges): the interval of the kind that can still be furthest from harmless."""
    edge: int | None
    """Which kind that is, from 0; None when there is only one."""
    harmful: bool = field(metadata={"key": "harm"})
    non_inferior: bool = field(metadata={"key": "proven"})
    """Whether the next weight is within the margin: upper x next weight <= margin."""
    reason: str
    needs: int | None = None
    """About how many more requests until it is non-inferior, when that can be estimated."""


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

    @property
    def version(self) -> Version | None:
        """The version that it is about: the canary, or the stable version that goes or stays."""
        before = self.before
        after = self.release
        canaries = (before.canary, after.canary)
        if self.kind == "advance":
            canaries = (after.canary, before.canary)
        for version in (*canaries, before.stable, after.stable):
            if version is not None:
                return version
        return None
