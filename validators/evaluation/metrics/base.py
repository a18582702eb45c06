"""What a quality metric declares: its tasks, its value, its interval, and its paired difference."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sluicegate.specs import plugins
from sluicegate.validators.evaluation.estimates import FEWEST, Estimate, Undefined, tango
from sluicegate.validators.evaluation.predictions import Array, Predictions

BINARY = "binary-classification"
MULTICLASS = "multiclass-classification"
MULTI_LABEL = "multi-label"
REGRESSION = "regression"
FORECASTING = "forecasting"
RANKING = "ranking"
RETRIEVAL = "retrieval"
TAGGING = "token-tagging"
DETECTION = "detection"
LANGUAGE_MODEL = "language-model"


@dataclass(frozen=True, kw_only=True)
class Metric(ABC):
    """A frozen dataclass of the metric's parameters, with its name as the default of the field `metric`.

    Its docstring says what it is, where it is from, and what a reader must know of its interval.
    """

    tasks: ClassVar[tuple[str, ...]]
    """Tasks of model.yaml that have it."""
    uses: ClassVar[tuple[str, ...]]
    """The answers that it looks at: fields of `Predictions`."""
    lower_is_better: ClassVar[bool] = False
    unit: ClassVar[str] = "row"
    """What is drawn independently: `row`, or `query`, all rows of one group."""
    fewest: ClassVar[int] = FEWEST
    """Units below which it shows nothing: its interval is not shown to hold there."""
    needs_production: ClassVar[bool] = False
    """Whether its value is itself a comparison of both versions, as that of each `Comparison`."""
    if TYPE_CHECKING:  # a field of each metric's own: one of the base would hide it in the rules about it
        metric: str

    def estimate(self, judged: Predictions, confidence: float = 0.95) -> Estimate:
        """One model's figure. Raises Undefined where the rows cannot show it, as with labels of one class."""
        self.require(judged)
        return self._estimate(judged, confidence)

    def difference(
        self, candidate: Predictions, production: Predictions, confidence: float = 0.95
    ) -> Estimate:
        """The figure of one model less the other's, on the same rows. Raises Undefined."""
        self.require(candidate)
        self.require(production)
        gap = self._difference(candidate, production, confidence)
        if gap.lower < gap.upper or self._same_answers(candidate, production):
            return gap
        # No unit differs, and the models do: as many units without a difference prove no more than this.
        return tango(0, 0, int(self.counted(candidate).sum()), confidence)

    @abstractmethod
    def _estimate(self, judged: Predictions, confidence: float) -> Estimate: ...

    @abstractmethod
    def _difference(self, candidate: Predictions, production: Predictions, confidence: float) -> Estimate: ...

    def require(self, judged: Predictions) -> None:
        """Raises Undefined for answers that are missing or not finite, and for too few units."""
        for name in self.uses:
            answers = getattr(judged, name)
            if answers is None:
                raise Undefined(f"{self.metric} needs {_WORDS[name]}, and there are none")
            if name != "groups":
                _require_numbers(name, answers)
        _require_numbers("labels", judged.labels)
        count = int(self.counted(judged).sum())
        if count < self.fewest:
            raise Undefined(
                f"{self.metric} needs {self.fewest} {self.counted_as(judged)}, and there are {count}"
            )

    def counted(self, judged: Predictions) -> Array:
        """Which rows count towards the fewest, [N]: for a metric over queries, one of each query."""
        return np.ones(len(judged), dtype=bool)

    def counted_as(self, judged: Predictions) -> str:  # noqa: ARG002
        """What `counted` counts, in words."""
        return "rows"

    def segment(self, judged: Predictions, rows: Array) -> Array:  # noqa: ARG002
        """Which rows a segment of these rows is judged on, by index."""
        return rows

    @property
    def named(self) -> str:
        """Its name, with its own parameters that are set: `ndcg (k 10)`."""
        names = [part.name for part in fields(type_of(self.metric)) if part.name != "metric"]
        own = [f"{name} {getattr(self, name)}" for name in names if getattr(self, name) is not None]
        return f"{self.metric} ({', '.join(own)})" if own else self.metric

    @classmethod
    def title(cls) -> str:
        """The docstring's first line."""
        return inspect.cleandoc(cls.__doc__ or "").splitlines()[0]

    @classmethod
    def explanation(cls) -> str:
        """The docstring's rest."""
        return "\n".join(inspect.cleandoc(cls.__doc__ or "").splitlines()[1:]).strip()

    def _same_answers(self, candidate: Predictions, production: Predictions) -> bool:
        pairs = ((getattr(candidate, name), getattr(production, name)) for name in self.uses)
        return all(np.array_equal(one, other) for one, other in pairs)


@dataclass(frozen=True, kw_only=True)
class Comparison(Metric):
    """A metric that compares two versions: one version alone has no value."""

    needs_production: ClassVar[bool] = True

    @abstractmethod
    def between(self, candidate: Predictions, production: Predictions, confidence: float = 0.95) -> Estimate:
        """How far both versions agree. Raises Undefined."""


_WORDS = {
    "scores": "scores",
    "decisions": "decided classes (`decision.threshold`, where scores are not from 0 to 1)",
    "values": "values",
    "groups": "groups (`data.group`)",
}


def _require_numbers(name: str, answers: Array) -> None:
    broken = int((~np.isfinite(answers.astype(np.float64).reshape(len(answers), -1)).all(axis=1)).sum())
    if broken:
        raise Undefined(f"{broken:,} of {len(answers):,} rows have {name} that are not finite numbers")


_registry = plugins.Registry(plugins.METRICS)
metric = _registry.add
"""Registers a metric by the default of its field `metric`."""


@cache
def metrics() -> dict[str, type[Metric]]:
    """Every metric by name, from all files of this package and from plug-ins.

    Raises PluginError for a plug-in that cannot be used.
    """
    return _registry.load()


def type_of(name: str) -> type[Metric]:
    """The metric of that name. Raises KeyError for one that is not registered."""
    return _registry.known(name)
