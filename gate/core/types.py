"""The nouns of a release. Frozen data only; every function of the gate takes and returns these."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

DecisionKind = Literal["advance", "wait", "hold", "rollback", "finish"]
"""What the gate can say. Everything but a wait commits; a wait commits only where counting begins."""


@dataclass(frozen=True)
class Version:
    """One version of a model: `digest` is its artifact's sha256, its bytes `revision:models/NAME/PATH`."""

    version: int
    revision: str
    digest: str


@dataclass(frozen=True)
class Tally:
    """What one gate counted over one stretch of constant weight.

    `requests` went to both tracks together; `bad_canary` and `bad_stable` have one entry per kind of bad
    request: one for an error rate, one an edge for a score distribution.
    """

    requests: int
    bad_canary: tuple[int, ...]
    bad_stable: tuple[int, ...]


@dataclass(frozen=True)
class Totals:
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
    tallies: Mapping[str, Tally]


@dataclass(frozen=True)
class Baseline:
    """Where the running step's counting began: the counters when its weight was first seen in effect."""

    at: datetime
    traffic: Traffic
    totals: Mapping[str, Totals]
    renewed: Mapping[str, datetime] = field(default_factory=dict)
    """By gate: when its counting began, where that is later than `at` (its own counters had begun anew)."""

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


@dataclass(frozen=True)
class Gate:
    """One gate of a policy, as the core sees it: a name, and the most extra bad share over all traffic."""

    name: str
    margin: float
    two_sided: bool = False
    """Whether a lower bad share is a fault as well, as with a shifted score distribution."""
    kinds: int = 1
    """How many kinds of bad request it counts (edges of a score distribution); 1 for plain good or bad."""
    parameters: Mapping[str, tuple[float, ...]] = field(default_factory=dict, compare=False)
    """What the metric counts by (`over_ms`, `edges`): for the record, no decision depends on it."""


@dataclass(frozen=True)
class Policy:
    """How a release is judged; from the revision that brought the version, so it cannot change under way."""

    steps: tuple[int, ...]
    gates: tuple[Gate, ...]
    min_requests: int = 20
    min_seconds: float = 0.0
    deadline: timedelta = timedelta(hours=24)
    alpha: float = 0.05


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
    totals: Mapping[str, Totals] = field(default_factory=dict)
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
