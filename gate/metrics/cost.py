"""What successful answers cost in seconds of a CPU or a GPU: shown, and with a ceiling it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from sluicegate.gate.metrics.base import ANSWERED, CPU_SECONDS, FailureCounter, FromWeight, Selector, metric
from sluicegate.gate.metrics.counter import Counted, selector, text
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Cost as Rule

MICROSECONDS = 1e6
Positive = Annotated[float, Field(gt=0)]


@metric
@dataclass(frozen=True)
class Cost:
    """Seconds for 1,000 successful answers, by track, in the windows of the running step.

    It never rolls back. With a ceiling it holds a canary that is shown to be above it, and where it is not
    known, nothing goes on.
    """

    unit: Literal["cpu_seconds", "gpu_seconds"] = "cpu_seconds"
    """What the seconds are of: a part of its name."""
    of: Counted | None = None
    """A counter of these seconds with the labels model and track; without it, the CPU of `onnx-server`."""
    answers: Counted | None = None
    """A counter of successful answers with the same labels; without it, those of `onnx-server`."""
    per_second: Positive = 1.0
    """How many of the counter's units are a second: 1000000 where it counts microseconds."""
    at_most: Positive | None = None
    """Seconds for 1,000 successful answers; a canary that is shown to take more is held."""
    margin_ratio: Annotated[float, Field(ge=0)] | None = None
    """A canary that is shown to take this share more than stable is held: 0.1 allows a tenth."""
    from_weight: FromWeight = 25
    """Below this weight in percent it is not compared: a canary with little to do fills no batch."""
    metric: Literal["cost"] = "cost"

    def gate(self, model: ModelSpec) -> Rule:  # noqa: ARG002
        """Called after its unit."""
        counted = f"{text(self._spent)} of {text(self._answers)}"
        if self.per_second != 1:
            counted += f", {self.per_second:g} a second"
        return Rule(
            f"{self.metric}/{self.unit}",
            self.unit,
            counted,
            self.at_most,
            self.margin_ratio,
            self.from_weight,
        )

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:  # noqa: ARG002
        """Microseconds, of successful answers."""
        return (FailureCounter("server", (self._spent,), of=self._answers),)

    @property
    def _spent(self) -> Selector:
        own = Selector(CPU_SECONDS) if self.of is None else selector(self.of, "of", {"track": None})
        return replace(own, scale=MICROSECONDS / self.per_second)

    @property
    def _answers(self) -> Selector:
        if self.answers is None:
            return Selector(ANSWERED, equal={"code": "200"})
        return selector(self.answers, "answers", {"track": None})
