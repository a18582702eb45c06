"""What a gateway's dialect says: which of its series tell about a model, and what they are in our words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

from sluicegate.gate.adapters.samples import NoData, Sample
from sluicegate.gate.metrics.base import EDGES_MS, REQUESTS, SECONDS
from sluicegate.specs import plugins

CODE = re.compile(r"[1-5][0-9][0-9]")
NO_ANSWER = "000"
"""The code of a request that got no HTTP answer; like every code but 2xx it is bad."""
FAMILIES = {REQUESTS: REQUESTS} | {f"{SECONDS}{end}": f"{SECONDS}{end}" for end in ("_bucket", "_count")}
"""What a gateway is asked for, in the gate's names, here each for itself."""


@dataclass(frozen=True)
class SeriesSelector:
    """One model in one namespace; `labels` stand on every series of the environment."""

    model: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def fits(self, **labels: str) -> str:
        """The environment's labels and these, as the inside of a PromQL selector."""
        return ",".join(f"{name}={quoted(text)}" for name, text in {**self.labels, **labels}.items())


class Dialect(Protocol):
    """One gateway implementation."""

    @property
    def name(self) -> str:
        """As `metrics.gateway` in environment.yaml names it."""

    @property
    def edges_remedy(self) -> str:
        """How this gateway is given the bucket edges that the gate counts at."""

    def alive(self, asked: SeriesSelector) -> str:
        """A selector of what is there before the first request, and as fresh as the scrape of the figures."""

    def series(self, asked: SeriesSelector, names: frozenset[str] = frozenset(FAMILIES)) -> str:
        """The selector of the gateway's own series that stand for these names of the gate."""

    def normal(self, samples: Iterable[Sample], asked: SeriesSelector) -> list[Sample]:
        """The gateway's samples in the gate's words, without what tells nothing about this model.

        Labels that the gate does not know stay: they tell one replica from another. Raises NoData.
        """


_registry: dict[str, Dialect] = {}


def dialect(made: Dialect) -> Dialect:
    """Register a dialect by its name. Raises ValueError where the name is taken."""
    if made.name in _registry:
        raise ValueError(f"gateway dialect {made.name!r} is there twice; give one of them another name")
    _registry[made.name] = made
    return made


@cache
def dialects() -> dict[str, Dialect]:
    """Every dialect by name, from all files of this package and from plug-ins.

    Raises PluginError for a plug-in that cannot be used.
    """
    plugins.GATEWAYS.load(_registry)
    return dict(sorted(_registry.items()))


def quoted(text: str) -> str:
    """A PromQL string; JSON's escapes are a part of Go's."""
    return json.dumps(text, ensure_ascii=False)


def selector(names: Mapping[str, str], wanted: frozenset[str], *fits: str) -> str:
    """A selector of several sample names at once; `names` gives the gateway's name of each of the gate's."""
    pattern = "|".join(sorted(own for ours, own in names.items() if ours in wanted))
    return "{" + ",".join((f'__name__=~"{pattern}"', *filter(None, fits))) + "}"


def told(sample: Sample, name: str, le: str | None = None, **labels: str) -> Sample:
    """The sample under the gate's own name and labels."""
    edge = {} if le is None else {"le": le}
    return replace(sample, name=name, labels={**sample.labels, **labels, **edge})


def http_code(sample: Sample, label: str, grpc: str | None) -> str:
    """The code of what a sample counts, three digits.

    `grpc` is the status of a gRPC call (0 is well, all else is not), None for plain HTTP. Raises NoData where
    the gateway does not tell codes at all: every request would be bad, on both tracks alike.
    """
    code = sample.labels.get(label)
    if not code:
        raise NoData(f"has {sample.name} without the label {label}, which tells failures; keep that label")
    if grpc is not None:
        return "200" if grpc == "0" else "500"
    return code if CODE.fullmatch(code) else NO_ANSWER


def edges(divisor: int = 1) -> str:
    """The edges that the gate counts at, with commas: in seconds by 1000, in milliseconds by 1."""
    return ",".join(f"{edge / divisor:g}" for edge in EDGES_MS)
