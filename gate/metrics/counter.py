"""Counters of the business: orders that failed, answers that were contested, whatever a Prometheus counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from sluicegate.gate.metrics.base import (
    BusinessSeries,
    Ceiling,
    FailureCounter,
    LabelValue,
    Margin,
    Relative,
    Selector,
    Tolerance,
    either,
    metric,
    require_requests,
)
from sluicegate.specs.durations import duration
from sluicegate.specs.environment import LabelName
from sluicegate.specs.model import ModelSpec, Name
from sluicegate.specs.policy import Gate
from sluicegate.specs.values import Duration
from sluicegate.specs.yamlio import InputError

SeriesName = Annotated[str, Field(max_length=200, pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]

LabelValues = Annotated[tuple[LabelValue, ...], Field(min_length=1, max_length=50)]
Word = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z][A-Za-z0-9 _-]*$")]


@dataclass(frozen=True)
class Counted:
    """Counters of one name in the Prometheus of the environment, summed."""

    series: SeriesName
    """The counter's name, such as checkout_total."""
    labels: Mapping[LabelName, LabelValue] = field(default_factory=dict)
    """Labels that it must have, beside the track's and the model's."""
    any_of: Mapping[LabelName, LabelValues] = field(default_factory=dict)
    """By label, the values of which it must have one: {shop: [de, at]}."""
    none_of: Mapping[LabelName, LabelValues] = field(default_factory=dict)
    """By label, the values of which it must have none: {method: [HEAD, OPTIONS]}."""


@metric
@dataclass(frozen=True)
class Counter:
    """A failure is what `failed` counts, of all that `of` counts: the gate's own requests.

    Both are counted by the same process and carry the track that answered. Each series has to be there for
    both tracks, at 0 before its first failure: one that is absent shows nothing.
    """

    name: Name
    """What is counted, in a word: the gate is called counter/NAME."""
    failed: Counted
    """The failures, a part of `of`."""
    of: Counted
    """All of which a part fails."""
    margin: Margin
    """The most extra failures over all that is counted, as a share."""
    unit: Word = "requests"
    """What `of` counts, in the plural, for people: checkouts."""
    track_label: LabelName = "track"
    """The label of both counters that tells the track."""
    canary: LabelValue = "canary"
    """The value of `track_label` for the canary."""
    stable: LabelValue = "stable"
    """The value of `track_label` for stable."""
    baseline: LabelValue = "baseline"
    """The value of `track_label` for a baseline, which runs stable's version."""
    model_label: LabelName | None = None
    """The label of both counters that names the model; without it they are of this model alone."""
    delay: Duration = "1m"
    """The most between a request and what is counted of it, one scrape included: each step leaves it out."""
    at_most: Ceiling | None = None
    """The most of the canary's own that may fail, as a share, whatever stable does."""
    relative: Relative = 0.0
    """Beside the margin, this share of stable's own failures: 0.1 allows a tenth more than stable has."""
    tolerance: Tolerance | None = None
    """Extra failures that are shown to be more roll the version back; without it, half the margin."""
    metric: Literal["counter"] = "counter"

    def gate(self, model: ModelSpec) -> Gate:
        """One kind of failure, and fewer are never a fault. Raises InputError for labels given twice,
        and where users are counted.
        """
        require_requests(model, self.metric, "by the business")
        (counter,) = self.failure_counters(model)
        words = f"{text(counter.plus[0])} of {text(self._requests(model))}"
        words += f" by {self.track_label} {self.canary}/{self.stable}, {self.delay} later"
        if self.baseline != "baseline":
            words += f", baseline {self.baseline}"
        return Gate(
            f"{self.metric}/{self.name}",
            self.margin,
            self.tolerance,
            self.at_most,
            self.relative,
            series=words,
            unit=self.unit,
        )

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:
        """What `failed` counts. Raises InputError for labels given twice."""
        refuse_one_track(self.canary, self.stable, self.baseline)
        refuse_one_counter(self._set(model), of=self.of, failed=self.failed)
        business = BusinessSeries(
            self._requests(model),
            self.track_label,
            self.canary,
            self.stable,
            duration(self.delay).total_seconds(),
            baseline=self.baseline,
        )
        failed = selector(self.failed, "failed", self._set(model))
        return (FailureCounter("business", (failed,), business=business),)

    def _requests(self, model: ModelSpec) -> Selector:
        return selector(self.of, "of", self._set(model))

    def _set(self, model: ModelSpec) -> dict[str, str | None]:
        return labels_set(self.track_label, self.model_label, model)


def refuse_one_track(canary: str, stable: str, baseline: str) -> None:
    """Raises InputError where the canary has the same value of the label as another track."""
    for track, value in (("stable", stable), ("baseline", baseline)):
        if canary == value:
            raise InputError.of(f"canary and {track} have the same value", "give each its own", where=track)


def refuse_one_counter(already: Mapping[str, str | None], **counted: Counted) -> None:
    """Raises InputError where two keys select the same counters: one as a share of itself tells nothing."""
    keys: dict[str, str] = {}
    for key, one in counted.items():
        same = keys.setdefault(text(selector(one, key, already)), key)
        if same != key:
            raise InputError.of(f"{same} and {key} are the same counter", "give each its own", where=key)


def labels_set(track_label: str, model_label: str | None, model: ModelSpec) -> dict[str, str | None]:
    """Labels that are set for all counters of an entry: the track's to either, None."""
    names: dict[str, str | None] = {track_label: None}
    return names if model_label is None else names | {model_label: model.name}


def selector(counted: Counted, where: str, already: Mapping[str, str | None]) -> Selector:
    """What selects the counters of one key, `where`. Raises InputError for a label that is `already` set."""
    names = [*already, *counted.labels, *counted.any_of, *counted.none_of]
    if twice := sorted(name for name in set(names) if names.count(name) > 1):
        raise InputError.of(f"the label {twice[0]} is set twice", "leave it out here", where=where)
    more = {name: value for name, value in already.items() if value is not None}
    return Selector(
        counted.series,
        equal={**counted.labels, **more},
        like={name: either(values) for name, values in counted.any_of.items()},
        unlike={name: either(values) for name, values in counted.none_of.items()},
    )


def text(selector: Selector) -> str:
    """The counters as PromQL writes them."""
    matchers = [
        f"{name}{operator}{json.dumps(value)}"
        for operator, labels in (("=", selector.equal), ("=~", selector.like), ("!~", selector.unlike))
        for name, value in sorted(labels.items())
    ]
    return selector.sample + (f"{{{','.join(matchers)}}}" if matchers else "")
