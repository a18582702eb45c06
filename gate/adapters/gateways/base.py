"""A gateway's dialect: which of its series are about a model, and their translation to the gate's names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

from sluicegate.gate.adapters.samples import NoData, Series
from sluicegate.gate.metrics.base import REQUESTS, SECONDS
from sluicegate.specs import plugins
from sluicegate.specs.buckets import LATENCY_MS

CODE = re.compile(r"[1-5][0-9][0-9]")
NO_ANSWER = "000"
"""The code of a request that got no HTTP answer; like every code but 2xx it is a failure."""
FAMILIES = {REQUESTS: REQUESTS} | {f"{SECONDS}{end}": f"{SECONDS}{end}" for end in ("_bucket", "_count")}
"""The series that a gateway has to have, by the gate's names, here each for itself."""


@dataclass(frozen=True)
class SeriesSelector:
    """Models in one namespace; every series of the environment has these `labels`."""

    models: tuple[str, ...]
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The only model of a selector of one."""
        (model,) = self.models
        return model

    @property
    def pattern(self) -> str:
        """RE2 and Python: any of the models."""
        return "|".join(map(re.escape, self.models))

    def by(self, label: str) -> str:
        """The matcher of series whose label names one of the models."""
        if len(self.models) == 1:
            return f"{label}={quoted(self.models[0])}"
        return f"{label}=~{quoted(self.pattern)}"

    def matchers(self, **labels: str) -> str:
        """Matchers of the environment's labels and these, as inside the braces of a PromQL selector."""
        return ",".join(f"{name}={quoted(text)}" for name, text in {**self.labels, **labels}.items())


class Dialect(Protocol):
    """One gateway implementation."""

    @property
    def name(self) -> str:
        """As `metrics.gateway` in environment.yaml names it."""

    @property
    def edges_remedy(self) -> str:
        """How this gateway is given the bucket edges that the gate counts at."""

    @property
    def names(self) -> frozenset[str]:
        """The names of the gateway's own series."""

    @property
    def label(self) -> str:
        """The label of these by which `is_about` tells the model."""

    def alive(self, models: SeriesSelector) -> str:
        """A selector of series that are there before the first request, scraped together with the figures."""

    def series(self, models: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """The selector of the gateway's own series for these names of the gate."""

    def is_about(self, text: str, model: SeriesSelector) -> bool:
        """Whether series with this text as their `label` may be about the one model."""

    def translate(self, series: Iterable[Series], model: SeriesSelector) -> list[Series]:
        """The gateway's series by the gate's names and labels, without those that are not about this model.

        Labels that the gate does not know stay: they tell one replica from another. Raises NoData.
        """


_registry: dict[str, Dialect] = {}


def dialect(gateway: Dialect) -> Dialect:
    """Register a dialect by its name. Raises ValueError where the name is taken."""
    if gateway.name in _registry:
        raise ValueError(f"gateway dialect {gateway.name!r} is there twice; give one of them another name")
    _registry[gateway.name] = gateway
    return gateway


@cache
def dialects() -> dict[str, Dialect]:
    """Every dialect by name, from all files of this package and from plug-ins.

    Raises PluginError for a plug-in that cannot be used.
    """
    plugins.GATEWAYS.load(_registry)
    return dict(sorted(_registry.items()))


def quoted(text: str) -> str:
    """A PromQL string literal; JSON's escapes are a part of Go's."""
    return json.dumps(text, ensure_ascii=False)


def selector(own_names: Mapping[str, str], names: frozenset[str], *matchers: str) -> str:
    """A selector of several sample names at once; `own_names`: the gateway's name by the gate's."""
    pattern = "|".join(sorted(own for name, own in own_names.items() if name in names))
    return "{" + ",".join((f'__name__=~"{pattern}"', *filter(None, matchers))) + "}"


def renamed(series: Series, name: str, le: str | None = None, **labels: str) -> Series:
    """The series under the gate's own name and labels."""
    edge = {} if le is None else {"le": le}
    return replace(series, name=name, labels={**series.labels, **labels, **edge})


def http_code(series: Series, label: str, grpc: str | None) -> str:
    """The code of what a series counts, three digits.

    `grpc` is the status of a gRPC call (0 is OK, all else is a failure), None for plain HTTP. Raises NoData
    where the gateway does not tell codes at all: every request would be a failure, on both tracks alike.
    """
    code = series.labels.get(label)
    if not code:
        message = f"has {series.name} without the label {label}, which tells failures"
        raise NoData(message, "keep that label")
    if grpc is not None:
        return "200" if grpc == "0" else "500"
    return code if CODE.fullmatch(code) else NO_ANSWER


def edges(divisor: int = 1) -> str:
    """The edges that the gate counts at, with commas: in seconds by 1000, in milliseconds by 1."""
    return ",".join(f"{edge / divisor:g}" for edge in LATENCY_MS)
