"""Inputs that are distributed differently, on the tracks or from the reference: never decided by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from sluicegate.gate.metrics.base import (
    INPUT,
    INPUT_VALUE,
    ROWS,
    FailureCounter,
    LabelValue,
    Margin,
    Selector,
    metric,
)
from sluicegate.specs.model import ModelSpec
from sluicegate.specs.policy import Column, Drift
from sluicegate.specs.values import Text
from sluicegate.specs.yamlio import InputError

MOST_KINDS = 20
Share = Annotated[float, Field(ge=0, le=1)]
Shares = Annotated[tuple[Share, ...], Field(min_length=1, max_length=MOST_KINDS)]
Edges = Annotated[tuple[float, ...], Field(min_length=1, max_length=MOST_KINDS)]
Values = Annotated[tuple[int | LabelValue, ...], Field(min_length=1, max_length=MOST_KINDS)]
_REFERENCE = "`sluice columns MODEL COLUMN` prints it from the reference data"


@dataclass(frozen=True)
class Watched:
    """One input column: numbers by edges, or categories by value; `sluice columns` prints it."""

    reference: Shares
    """The share of the reference's rows above each edge, or with each value."""
    edges: Edges | None = None
    """Numbers, rising; how many values lie above each is counted."""
    values: Values | None = None
    """Categories, words or whole numbers; all others are counted together."""
    missing: Share = 0.0
    """The share of the reference's rows that have no number there; of a column with edges."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The values as labels."""
        return tuple(map(str, self.values or ()))


@metric
@dataclass(frozen=True)
class InputDrift:
    """The first row of each request, column by column, on both tracks and beside the reference.

    It decides nothing. A difference between the tracks says that the split is not random; one from the
    reference, that the world has changed: neither is the version's fault. Counted at the servers (`ort`), by
    request beside a `unit`, too: its sentence says so.
    """

    columns: Annotated[Mapping[Text, Watched], Field(min_length=1, max_length=10)]
    """By name, as in `signature.inputs[].columns`, or an input of its own."""
    margin: Margin = 0.05
    """A share that is shown to be further than this from the reference's is called drift."""
    metric: Literal["input_drift"] = "input_drift"

    def gate(self, model: ModelSpec) -> Drift:
        """For each column what is missing or another value, then each edge or value. Raises InputError."""
        return Drift(
            self.metric,
            tuple(_column(name, watched, model) for name, watched in self.columns.items()),
            self.margin,
        )

    def failure_counters(self, model: ModelSpec) -> tuple[FailureCounter, ...]:  # noqa: ARG002
        """In the order of the kinds."""
        return tuple(
            counter for name, watched in self.columns.items() for counter in _counters(name, watched)
        )


def _column(name: str, watched: Watched, model: ModelSpec) -> Column:
    """Raises InputError for a column that the model has not, or that is declared in part."""
    where = "columns"
    if name not in _inputs(model):
        raise InputError.of(f"the model has no input column {name!r}", "name one of its inputs'", where=where)
    kinds = watched.edges if watched.edges is not None else watched.values
    if kinds is None or (watched.edges is not None and watched.values is not None):
        raise InputError.of(f"{name!r} needs either edges or values", _REFERENCE, where=where)
    if len(kinds) != len(watched.reference):
        message = f"{len(watched.reference)} shares of the reference for {len(kinds)} edges or values"
        raise InputError.of(message, _REFERENCE, where=where)
    if watched.edges is not None:
        if not all(one < other for one, other in pairwise(watched.edges)):
            raise InputError.of("the edges must rise", "sort them, each once", where=where)
        words = ("without a number", *(f"above {edge:g}" for edge in watched.edges))
        return Column(name, words, (watched.missing, *watched.reference))
    if len(set(watched.texts)) < len(watched.texts):
        raise InputError.of("a value is given twice", "name each once", where=where)
    rest = 1 - sum(watched.reference)
    if rest < -1e-6:
        raise InputError.of("the shares of the values add up to more than 1", _REFERENCE, where=where)
    words = ("of any other value", *(f"of {text!r}" for text in watched.texts))
    return Column(name, words, (max(rest, 0.0), *watched.reference))


def _inputs(model: ModelSpec) -> set[str]:
    """The columns of all inputs; an input without columns is one itself."""
    return {name for tensor in model.signature.inputs for name in (tensor.columns or (tensor.name,))}


def _counters(name: str, watched: Watched) -> list[FailureCounter]:
    rows = Selector(ROWS)
    own = {"column": name}
    if watched.edges is not None:
        numbers = Selector(f"{INPUT}_count", equal=own)
        above = [
            FailureCounter("server", (numbers,), (Selector(f"{INPUT}_bucket", equal=own, le=edge),), of=rows)
            for edge in watched.edges
        ]
        return [FailureCounter("server", (rows,), (numbers,), of=rows), *above]
    values = [Selector(INPUT_VALUE, equal={**own, "value": text}) for text in watched.texts]
    return [
        FailureCounter("server", (rows,), tuple(values), of=rows),
        *(FailureCounter("server", (value,), of=rows) for value in values),
    ]
