"""What a gate metric declares: what a failed request is, and the counters that show how many failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from sluicegate.specs import plugins
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Cohorts, Gate, Shown
from sluicegate.specs.yamlio import InputError

REQUESTS = "sluice_gateway_requests_total"
"""Counter at the gateway, labels model, track, code: every request, also one that got no answer."""
SECONDS = "sluice_gateway_request_duration_seconds"
"""Histogram at the gateway, labels model, track, code; its edges are `specs.buckets.LATENCY_MS`."""
FIRST_REQUESTS = "sluice_gateway_first_requests_total"
"""As `REQUESTS`, of the first request of each user since the weight was last changed (`rollout.unit`)."""
FIRST_SECONDS = "sluice_gateway_first_request_duration_seconds"
"""As `SECONDS`, of these requests."""
ANSWERED = "sluice_server_requests_total"
"""Counter at the servers, labels model, track, digest, code: every request that reached one."""
SCORE = "sluice_server_score"
"""Histogram at the servers, labels model, track, digest; its edges are the model's `score.edges`."""
CPU_SECONDS = "sluice_server_cpu_seconds_total"
"""Counter at the servers, labels model, track, digest: CPU time of the process."""
ROWS = "sluice_server_input_rows_total"
"""Counter at the servers, labels model, track, digest: requests whose first row was looked at."""
INPUT = "sluice_server_input"
"""Histogram at the servers, labels model, track, digest, column: numbers of that first row."""
INPUT_VALUE = "sluice_server_input_value_total"
"""Counter at the servers, labels as above and value: how often the column had it."""

PAIRS = "sluice_shadow_pairs_total"
"""Counter of whoever compares answers, labels model, track (canary), digest: every pair of answers."""
WITHIN = "sluice_shadow_within_total"
"""Counter there, labels as well measure and limit (of `specs.buckets.DIFFERENCES`): pairs that are equal but
for numbers that differ by no more than the limit."""

Margin = Annotated[float, Field(gt=0, lt=1)]
Tolerance = Annotated[float, Field(ge=0, lt=1)]
Relative = Annotated[float, Field(ge=0, le=10)]
LabelValue = Annotated[
    str, Field(max_length=200, pattern=r"^[!-~]([ -~]*[!-~])?$", description="printable ASCII, at most 200")
]
Ceiling = Annotated[float, Field(gt=0, le=1)]
FromWeight = Annotated[int, Field(ge=1, le=99)]


@dataclass(frozen=True)
class Selector:
    """Counters to be summed: of one sample name, with matching labels. The source adds model and track."""

    sample: str
    equal: Mapping[str, str] = field(default_factory=dict)
    like: Mapping[str, str] = field(default_factory=dict)
    """By label: a regular expression (anchored at both ends, RE2 syntax) that its value must match."""
    unlike: Mapping[str, str] = field(default_factory=dict)
    """By label: a regular expression (anchored at both ends, RE2 syntax) that its value must not match."""
    le: float | None = None
    """The upper edge of a histogram's bucket, compared as a number: exporters write it as "1.0" or as "1"."""
    scale: float = 1.0
    """What one of the counter's units is counted as: a counter of seconds is whole in microseconds, 1e6."""

    def matches(self, sample: str, labels: Mapping[str, str]) -> bool:
        """Whether a sample of this name and labels counts; a bucket whose edge is not a number does not."""
        return (
            sample == self.sample
            and all(labels.get(name) == value for name, value in self.equal.items())
            and all(re.fullmatch(pattern, labels.get(name, "")) for name, pattern in self.like.items())
            and not any(re.fullmatch(pattern, labels.get(name, "")) for name, pattern in self.unlike.items())
            and (self.le is None or _number(labels.get("le", "")) == self.le)
        )


def either(values: Iterable[str]) -> str:
    """A regular expression (RE2 syntax) that matches these values and no other."""
    return "|".join("".join(_literal(c) for c in text) for text in dict.fromkeys(values))


def _literal(character: str) -> str:
    return f"\\{character}" if character in r"\.+*?()|[]{}^$" else character


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class CohortSeries:
    """Counters that tell by a label of which cohort the predictions are."""

    label: str
    """Its value is the cohort's start in RFC 3339, a multiple of its length since the epoch, in UTC."""
    predictions: Selector
    """All predictions of a cohort, with a label or still without."""
    rule: Cohorts


@dataclass(frozen=True)
class BusinessSeries:
    """Counters that only a Prometheus has, of whatever the model is there for."""

    requests: Selector
    """All that the failures are a part of."""
    track_label: str
    """The label that tells the track."""
    canary: str
    """That label's value for the canary."""
    stable: str
    delay_seconds: float
    """How much later than the request something is counted at the most: what a step leaves out."""
    cohorts: CohortSeries | None = None
    """Where what is counted carries the time of its requests; `delay_seconds` then leaves nothing out."""
    baseline: str = "baseline"
    """The label's value for a baseline."""

    def value(self, track: str) -> str:
        """The label's value for a track."""
        return {"canary": self.canary, "baseline": self.baseline}.get(track, self.stable)


@dataclass(frozen=True)
class FailureCounter:
    """How one kind of failure is counted from plain counters: the sum of `plus` less that of `minus`.

    `at` says where; all requests are counted there too, so that both figures are of one moment.
    """

    at: Literal["gateway", "server", "business", "shadow"]
    plus: tuple[Selector, ...]
    minus: tuple[Selector, ...] = ()
    within: Mapping[str, str] = field(default_factory=dict)
    """Labels of the gateway's requests that it is a part of; empty: of all."""
    of: Selector | None = None
    """What it is a part of, of a counter at `server`; None: every request that reached one."""
    business: BusinessSeries | None = None
    """Of a counter at `business`, which neither the gateway nor the servers have: what it is a part of."""


class Metric(Protocol):
    """One entry of `rollout.gates`: a frozen dataclass of its parameters."""

    @property
    def metric(self) -> str:
        """Its name, a Literal with itself as the default."""

    def gate(self, model: ModelSpec) -> Gate | Shown:
        """What the core judges, or shows. Raises InputError where the model lacks what it needs."""

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:
        """One counter for each kind of failure: the gate's `kinds`. Raises InputError as `gate` does."""


def require_requests(model: ModelSpec, metric: str, where: str) -> None:
    """Raises InputError where users are counted and not requests, which a metric counted elsewhere cannot."""
    unit = model.rollout.unit
    if unit is not None:
        raise InputError.of(
            f"{metric} is counted {where} by request, and rollout.unit counts users by {unit.header}",
            f"leave out {metric}, or unit",
        )


_registry = plugins.Registry(plugins.GATE_METRICS)
metric = _registry.add
"""Registers a metric by the default of its field `metric`."""


@cache
def metrics() -> dict[str, type[Metric]]:
    """Every metric's parameters by name, from all files of this package and from plug-ins.

    Raises PluginError for a plug-in that cannot be used.
    """
    return _registry.load()


@cache
def gates() -> Any:
    """The type of one entry of `rollout.gates`: the union of all metrics, discriminated by `metric`."""
    return Annotated[reduce(or_, metrics().values()), Field(discriminator="metric")]
