"""What a decision depends on, and what it says. Frozen data only.

Where a field's name is not the key under which it is serialised, its metadata says `key`: evidence records
and the JSON of `sluice gate plan` keep their keys, whatever a field is called here (see `serialize.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sluicegate.gate.core.approved import Approved
from sluicegate.gate.core.hand_edit import HandEdit
from sluicegate.gate.core.judged import Judged
from sluicegate.specs.policy import Against
from sluicegate.specs.release import CounterDelta, Release, Traffic, Version

DecisionKind = Literal["advance", "wait", "hold", "rollback", "finish"]
"""What the gate can decide. Everything but a wait commits; a wait commits only what a person asked for."""


GATEWAY = "gateway"
"""The key of `Reading.missing` for the gateway's own figures, which no gate is without."""


@dataclass(frozen=True)
class Window:
    """What was counted in one stretch of time within the running step."""

    start: datetime
    seconds: float
    """How long it lasted; the last one of a reading may still be running."""
    traffic: Traffic
    """Requests of each track at the gateway."""
    tallies: Mapping[str, CounterDelta]
    """By gate; a gate without an entry has no figures of this window."""
    warming: bool = False
    """Whether a pod of either track was warming up: its figures are not those of a pod that is."""

    @property
    def end(self) -> datetime:
        """Its last moment."""
        return self.start + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class Coverage:
    """How many predictions of the matured cohorts of a step have a label, for one gate."""

    gate: str
    cohorts: int
    """How many have matured."""
    predictions_canary: int
    labelled_canary: int
    predictions_stable: int
    labelled_stable: int
    next_at: datetime
    """When the next one matures."""


@dataclass(frozen=True)
class Reading:
    """What the metrics showed at one moment."""

    at: datetime
    weight: int | None
    """The canary's percent that the gateway reports to be in effect; None when it reports none."""
    ready: bool
    """Whether the gateway sees the canary's own digest ready."""
    windows: tuple[Window, ...] = ()
    """Of the running step, oldest first: since its weight was seen in effect, or since the last reset."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """By gate without figures now, or `GATEWAY` for all of them: why, in a phrase."""
    reset: str | None = None
    """Why the windows begin later than the weight took effect: which counters were reset."""
    problems: tuple[str, ...] = ()
    """What else is wrong, in phrases that the report can show."""
    clock: datetime | None = field(default=None, metadata={"optional": True})
    """The present by the clock that the windows have; None where the source tells none."""
    synced: str | None = None
    """The revision that Argo CD had synced, and the health that it saw: for the record."""
    coverage: tuple[Coverage, ...] = field(default=(), metadata={"optional": True})
    """One for each gate that compares cohorts and has figures."""


@dataclass(frozen=True)
class Smoke:
    """What the dark canary answered to rows of its own evaluation set."""

    verdict: Literal["passed", "failed", "not_run"]
    """`not_run`: it could not be asked, or there was nothing to compare its answers with."""
    reason: str
    """What was compared, the first difference, or why it could not be run and what to do; in words."""
    rows: int = 0
    """How many it was asked."""
    answered: int = 0
    """How many of them it answered, rightly or not."""


@dataclass(frozen=True)
class Observations:
    """All that a decision may depend on beside the release and its policy."""

    candidate: Version | None = None
    """The newest merged version of the model."""
    upstream: Version | None = None
    """What the environment before this one runs as stable; the candidate itself in the first environment."""
    reading: Reading | None = None
    blind_since: datetime | None = None
    """Since when figures of this release have been missing, as far as the gate remembers; None: none are."""
    baking_until: datetime | None = field(default=None, metadata={"optional": True})
    """Until when the candidate has to stay where it is stable before it may start here."""
    crowded: str | None = field(default=None, metadata={"optional": True})
    """That as many releases run in this environment as may, and which."""
    freeze: str | None = None
    """The reason of the freeze window or global stop that is open now."""
    smoke: Smoke | None = field(default=None, metadata={"optional": True})
    """The smoke test of the dark canary; None where it has no result yet, or the canary has traffic."""
    withdrawn: str | None = field(default=None, metadata={"optional": True})
    """Why main no longer holds the version that is being released; None where it does, or none is."""
    judged: Judged | None = field(default=None, metadata={"optional": True})
    """The verdict of the version that would start; None where none is required, or none would start."""
    approved: Approved | None = field(default=None, metadata={"optional": True})
    """Who approved the version that would start; None where nobody has to, or none would start."""
    edit: HandEdit | None = field(default=None, metadata={"optional": True})
    """What people changed in release.yaml by hand; None where it is as a decision left it."""
    source: str | None = None
    """Where the reading comes from, as `scrape http://...`: for the record, no decision depends on it."""

    def counted_from(self, now: datetime) -> datetime:
        """Since when a step counts that begins now: by the clock of the figures that it is compared with.

        A gate whose clock is ahead would else write a moment that later hides what the step had counted.
        """
        clock = None if self.reading is None else self.reading.clock
        return now if clock is None else clock


@dataclass(frozen=True)
class Interval:
    """Bounds of the rate difference (canary - stable), valid at all evaluations at once (1 - alpha)."""

    lower: float = -math.inf
    upper: float = math.inf

    @property
    def is_known(self) -> bool:
        """Whether anything is: without a comparison neither end is."""
        return math.isfinite(self.lower) or math.isfinite(self.upper)


@dataclass(frozen=True)
class Judgement:
    """What one gate concludes at one evaluation: counts summed over all steps, the interval, the verdict."""

    gate: str
    margin: float
    tolerance: float
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
    """Whether the next weight is within the margin, and the ceiling kept: upper x next weight <= margin."""
    reason: str
    needs: int | None = None
    """About how many more `units` until it is non-inferior, when that can be estimated."""
    windows: int = 0
    """How many windows were counted one by one."""
    capped: int = 0
    """Of these, how many would have counted for more than a window may."""
    against: Against = field(default="stable", metadata={"optional": True})
    """What the canary was compared with in the running step; `bad_stable` is of that."""
    relative: float = 0.0
    """How much of stable's own rate may be added to it, as a share, before the difference is taken."""
    paired: bool = field(default=False, metadata={"optional": True})
    """Whether pairs of answers are counted in place of requests, and the interval is of their own share."""
    at_most: float | None = None
    failure_rate: Interval | None = None
    """Bounds of the canary's own failure rate, where it has a ceiling."""
    unit: str = field(default="requests", metadata={"optional": True})
    """What the gate counts, in the plural; pairs where it is `paired`."""
    needs_seconds: float | None = field(default=None, metadata={"optional": True})
    """About how long what it needs takes to come in, as it came in the running step."""

    @property
    def units(self) -> str:
        """What `needs` is a number of: `requests`, `pairs`, or a word of the policy."""
        return "pairs" if self.paired else self.unit


@dataclass(frozen=True)
class Shift:
    """How far a share of the inputs is from where it should be; of several, the one that is furthest."""

    against: Literal["stable", "reference"]
    """`stable`: the canary's share less stable's. `reference`: that of both tracks beside the reference's."""
    kind: str
    """Which share, in words."""
    expected: float
    """The reference's share; 0 against stable."""
    bounds: Interval
    """Of the difference, or of the share."""
    shown: float
    """How far these bounds are from `expected`; 0 where it lies between them."""


Ceiling = Literal["none", "kept", "above", "unknown"]


@dataclass(frozen=True)
class Figure:
    """What is shown of the running step beside the judgements; no decision depends on it unless `ceiling`."""

    name: str
    unit: str
    requests: int
    """On both tracks."""
    canary: Interval
    """Bounds that hold at all evaluations of the step at once (1 - alpha)."""
    stable: Interval
    reason: str
    """The figure as a sentence, or why there is none."""
    shifts: tuple[Shift, ...] = field(default=(), metadata={"optional": True})
    """Of an input column, whose bounds are these and not those of the tracks."""
    ceiling: Ceiling = field(default="none", metadata={"optional": True})
    """Of a cost with a ceiling: whether it is shown to be above it, which holds, or unknown, which waits."""


@dataclass(frozen=True)
class Decision:
    """What the gate does now. `release` is the state after it, committed unless equal to the state before."""

    kind: DecisionKind
    reason: str
    before: Release
    release: Release
    judgements: tuple[Judgement, ...] = ()
    problem: str | None = None
    """What a person has to see to, whatever was decided: a wrong split, or figures that stay away."""
    shown: tuple[Figure, ...] = field(default=(), metadata={"optional": True})

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
