"""`parity` of model.yaml: how far a model of another precision may answer differently from its original."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True)
class Parity:
    """The most that a conversion may change; compared with the version that it was made from."""

    output_difference: Annotated[float, Field(ge=0)] = 0.05
    """The largest difference of any number that is answered, as a share of the range of its output."""
    decision_flips: Annotated[float, Field(ge=0, le=1)] = 0.01
    """The share of rows (of queries, for ranking) that are decided otherwise; the interval's upper end."""
    metric_loss: Annotated[float, Field(ge=0)] = 0.01
    """How much worse the task's first metric may be; of a metric in the target's unit, the share of it."""


def strictest(limits: Iterable[Parity]) -> Parity:
    """The lowest of each limit. Raises ValueError for none at all."""
    every = list(limits)
    return Parity(
        min(one.output_difference for one in every),
        min(one.decision_flips for one in every),
        min(one.metric_loss for one in every),
    )
