"""A rule of `quality`: a metric with its parameters, and what it must show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import Field

from sluicegate.validators.evaluation.metrics.base import Metric, metrics

AtLeast = Annotated[float | None, Field(description="the figure's whole interval must be this or more")]
AtMost = Annotated[float | None, Field(description="the figure's whole interval must be this or less")]
Rival = Annotated[
    Literal["production"] | None, Field(description="compared on the same rows; needs `margin`")
]
Margin = Annotated[
    Annotated[float, Field(ge=0)] | None,
    Field(description="how much worse than production it may be, in the metric's own unit"),
]
Per = Annotated[
    str | None, Field(description="a column of the evaluation rows: each of its values is judged for itself")
]
MinPositives = Annotated[
    int,
    Field(
        ge=10,
        description="segments with fewer positives (rows or queries, where the metric counts those) are "
        "pooled as `other`",
    ),
]


@dataclass(frozen=True, kw_only=True)
class QualityRule(Metric):
    """What the evaluation rows must show: `at_least`, `at_most`, or `not_worse_than: production`."""

    at_least: AtLeast = None
    at_most: AtMost = None
    not_worse_than: Rival = None
    margin: Margin = None
    per: Per = None
    min_positives: MinPositives = 100

    def __post_init__(self) -> None:
        """Raises ValueError for a rule that says nothing, or several things at once."""
        limits = (self.at_least, self.at_most, self.not_worse_than)
        if len(limits) - limits.count(None) != 1:
            raise ValueError("name one of at_least, at_most, not_worse_than")
        if (self.margin is None) == (self.not_worse_than is not None):
            raise ValueError("not_worse_than goes with a margin, and a margin with nothing else")
        if self.per is not None and self.not_worse_than is None:
            raise ValueError("per goes with not_worse_than: a level that suits every segment says little")
        if self.needs_production and self.not_worse_than is not None:
            raise ValueError(f"{self.metric} compares with production already: name an at_least")

    def __str__(self) -> str:
        if self.not_worse_than is not None:
            text = f"{self.named} not worse than production by {self.margin:g}"
            return f"{text}, per {self.per}" if self.per else text
        if self.at_least is not None:
            return f"{self.named} at least {self.at_least:g}"
        return f"{self.named} at most {self.at_most:g}"


@cache
def rule_of(name: str) -> type[Any]:
    """The type of the rules about one metric. Raises KeyError for one that is not installed."""
    declared = metrics()[name]
    own = {"__doc__": declared.__doc__, "__module__": __name__}
    made = type(f"{declared.__name__}Rule", (QualityRule, declared), own)
    return dataclass(frozen=True, kw_only=True)(made)


def __getattr__(name: str) -> type[Any]:
    """The rule types by name: so pickle finds them, which takes rules to the contained process."""
    for metric, declared in metrics().items():
        if name == f"{declared.__name__}Rule":
            return rule_of(metric)
    raise AttributeError(name)


def rule(metric: str, **parts: Any) -> QualityRule:
    """A rule about a metric. Raises KeyError for one that is not installed, ValueError as it does."""
    made: QualityRule = rule_of(metric)(**parts)
    return made


@cache
def rules() -> Any:
    """The type of one entry of `quality`: for each metric its rules, told apart by `metric`."""
    return Annotated[reduce(or_, map(rule_of, metrics())), Field(discriminator="metric")]


def section() -> Any:
    """The type of the section `quality`."""
    return tuple.__class_getitem__((rules(), ...))
