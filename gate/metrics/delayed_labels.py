"""Predictions that turned out to be wrong, once their truth is known: fraud, returns, arrivals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sluicegate.gate.metrics.base import (
    BusinessSeries,
    Ceiling,
    CohortSeries,
    FailureCounter,
    FromWeight,
    LabelValue,
    Margin,
    Relative,
    Selector,
    Tolerance,
    metric,
    require_requests,
)
from sluicegate.gate.metrics.counter import (
    Counted,
    labels_set,
    refuse_one_counter,
    refuse_one_track,
    selector,
    text,
)
from sluicegate.specs.durations import duration
from sluicegate.specs.environment import LabelName
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Cohorts, Gate
from sluicegate.specs.values import Duration
from sluicegate.specs.yamlio import InputError

Coverage = Annotated[float, Field(gt=0, le=1)]


@metric
@dataclass(frozen=True)
class DelayedLabels:
    """A failure is a labelled prediction that was wrong; the units are all labelled predictions.

    Predictions of the same time are a cohort. It is compared as soon as it has matured: its end lies `delay`
    back, on both tracks. Nothing is concluded, neither harm nor the opposite, while fewer than `coverage` of
    either track's predictions have a label, or the tracks' shares are further apart than the margin.
    """

    predictions: Counted
    """All predictions, counted by cohort as they are made."""
    labelled: Counted
    """Those whose truth is known, a part of `predictions`."""
    wrong: Counted
    """Those that were wrong, a part of `labelled`."""
    delay: Duration
    """How long after its end a cohort is compared."""
    margin: Margin
    """The most extra wrong predictions over all that have a label, as a share."""
    coverage: Coverage = 0.9
    """The least share of each track's predictions that must have a label by then."""
    cohort_label: LabelName = "cohort"
    """The label of all three that tells the cohort: its start in UTC, 2026-11-26T10:00:00Z."""
    cohort: Duration = "1h"
    """How long a cohort is; each begins at a multiple of it, by the UTC clock."""
    track_label: LabelName = "track"
    """The label of all three that tells the track."""
    canary: LabelValue = "canary"
    """The value of `track_label` for the canary."""
    stable: LabelValue = "stable"
    """The value of `track_label` for stable."""
    baseline: LabelValue = "baseline"
    """The value of `track_label` for a baseline, which runs stable's version."""
    model_label: LabelName | None = None
    """The label of all three that names the model; without it they are of this model alone."""
    at_most: Ceiling | None = None
    """The most of the canary's own labelled predictions that may be wrong, whatever stable does."""
    relative: Relative = 0.0
    """Beside the margin, this share of stable's own: 0.1 allows a tenth more wrong ones than stable has."""
    tolerance: Tolerance | None = None
    """Extra wrong ones that are shown to be more roll the version back; without it, half the margin."""
    from_weight: FromWeight = 1
    """Below this weight in percent it is not compared, and no step waits for its labels."""
    metric: Literal["delayed_labels"] = "delayed_labels"

    def gate(self, model: ModelSpec) -> Gate:
        """One kind of failure. Raises InputError as `failure_counters` does, and where users are counted."""
        require_requests(model, self.metric, "by the business")
        (counter,) = self.failure_counters(model)
        words = f"{text(counter.plus[0])} of {text(self._selector('labelled', model))}"
        words += f" of {text(self._selector('predictions', model))}"
        words += f" by {self.track_label} {self.canary}/{self.stable} and {self.cohort_label}"
        if self.baseline != "baseline":
            words += f", baseline {self.baseline}"
        return Gate(
            self.metric,
            self.margin,
            self.tolerance,
            self.at_most,
            self.relative,
            from_weight=self.from_weight,
            series=words,
            cohorts=self._rule,
            unit="labelled predictions",
        )

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:
        """What `wrong` counts.

        Raises InputError for labels given twice, and for cohorts that begin at other times each day.
        """
        refuse_one_track(self.canary, self.stable, self.baseline)
        already = labels_set(self.track_label, self.model_label, model) | {self.cohort_label: None}
        refuse_one_counter(already, labelled=self.labelled, wrong=self.wrong)
        own = CohortSeries(self.cohort_label, self._selector("predictions", model), self._rule)
        labelled = self._selector("labelled", model)
        business = BusinessSeries(
            labelled, self.track_label, self.canary, self.stable, 0.0, own, self.baseline
        )
        return (FailureCounter("business", (self._selector("wrong", model),), business=business),)

    def _selector(self, key: Literal["predictions", "labelled", "wrong"], model: ModelSpec) -> Selector:
        already = labels_set(self.track_label, self.model_label, model) | {self.cohort_label: None}
        return selector(getattr(self, key), key, already)

    @property
    def _rule(self) -> Cohorts:
        """Raises InputError where cohorts would begin at other times each day."""
        seconds = duration(self.cohort).total_seconds()
        if 86400 % seconds:
            message = f"a day does not divide into cohorts of {self.cohort}"
            raise InputError.of(message, "write one of 15m, 1h, 6h or 1d, say", where="cohort")
        return Cohorts(seconds, duration(self.delay).total_seconds(), self.coverage)
