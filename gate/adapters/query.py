"""What is asked of a source about one running release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sluicegate.gate.adapters.units import FIRST
from sluicegate.gate.core.counting import counted_now
from sluicegate.gate.core.share import with_baseline
from sluicegate.gate.metrics.base import REQUESTS, FailureCounter
from sluicegate.specs.policy import Gate, Policy, Quantile
from sluicegate.specs.release import Release, Version

FailureCounters = Mapping[str, Sequence[FailureCounter]]
"""By gate: the kinds of failures that it counts."""
Track = Literal["canary", "stable", "baseline"]


@dataclass(frozen=True, eq=False)
class Query:
    """What is asked about one running release."""

    release: Release
    failure_counters: FailureCounters
    policy: Policy
    since: datetime | None = None
    """Since when the committed weight is in effect, where that is known from elsewhere, as from a cluster.

    None: the source tells the weight itself, and counts from where it saw the committed one.
    """

    @property
    def model(self) -> str:
        """The name of the model."""
        return self.release.model

    @property
    def counted(self) -> FailureCounters:
        """Of the gates that count something at this weight."""
        names = {gate.name for gate in counted_now(self.policy, self.release)}
        if self.release.weight > 0:
            names |= {shown.name for shown in self.policy.beside}
        return {gate: kinds for gate, kinds in self.failure_counters.items() if gate in names}

    @property
    def tracks(self) -> dict[Track, Version]:
        """The tracks that are counted: those of stable's version only where they get requests."""
        release = self.release
        tracks: dict[Track, Version] = {}
        if release.canary is not None:
            tracks["canary"] = release.canary
        if release.stable is not None and release.weight < 100:
            tracks["stable"] = release.stable
            if release.baseline:
                tracks["baseline"] = release.stable
        return tracks

    @property
    def beside_baseline(self) -> frozenset[str]:
        """The gates that compare the canary with the baseline alone."""
        every: tuple[Gate | Quantile, ...] = (*self.policy.gates, *self.policy.shown)
        baseline = self.release.baseline
        return frozenset(gate.name for gate in every if with_baseline(gate, baseline=baseline))

    @property
    def sample_names(self) -> frozenset[str]:
        """The series of gateway and servers that its gates count by."""
        names = frozenset(
            selector.sample
            for counter in self.counters
            if counter.business is None
            for selector in (*counter.plus, *counter.minus, *((counter.of,) if counter.of else ()))
        )
        if self.policy.unit is None:
            return names
        return names | {FIRST[REQUESTS]} | {FIRST[name] for name in names if name in FIRST}

    @property
    def counters(self) -> list[FailureCounter]:
        """Of all its gates that count something at this weight."""
        return [counter for kinds in self.counted.values() for counter in kinds]
