"""Input columns that are shown: what is counted of each, the reference beside it, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sluicegate.gate.metrics.base import INPUT, INPUT_VALUE, ROWS
from sluicegate.gate.metrics.input_drift import InputDrift, Watched
from sluicegate.specs.model import ModelSpec, Signature, Tensor
from sluicegate.specs.policy import Column, Drift
from sluicegate.specs.yamlio import InputError

DISTANCE = Watched(edges=(500, 1000), reference=(0.74, 0.43), missing=0.01)
CARRIER = Watched(values=("AA", 7), reference=(0.3, 0.2))


def named(model: ModelSpec) -> ModelSpec:
    """The model with columns of one input, and another input without."""
    tensors = Tensor("x", "float32", ("n", 1), ("distance",)), Tensor("carrier", "string", ("n",))
    return replace(model, signature=Signature(tensors, model.signature.outputs))


def test_each_column_has_the_shares_of_its_kinds_and_of_the_reference(model: ModelSpec) -> None:
    drift = InputDrift({"distance": DISTANCE, "carrier": CARRIER}, margin=0.1).gate(named(model))
    assert drift == Drift(
        "input_drift",
        (
            Column("distance", ("without a number", "above 500", "above 1000"), (0.01, 0.74, 0.43)),
            Column("carrier", ("of any other value", "of 'AA'", "of '7'"), (0.5, 0.3, 0.2)),
        ),
        0.1,
    )
    assert drift.kinds == 6


def test_every_kind_is_counted_of_the_rows_that_servers_looked_at(model: ModelSpec) -> None:
    counters = InputDrift({"distance": DISTANCE, "carrier": CARRIER}).failure_counters(named(model))
    assert {(counter.at, counter.of and counter.of.sample) for counter in counters} == {("server", ROWS)}
    counted = [
        ([s.sample for s in counter.plus], [(s.sample, s.le or s.equal.get("value")) for s in counter.minus])
        for counter in counters
    ]
    numbers, value = f"{INPUT}_count", INPUT_VALUE
    assert counted == [
        ([ROWS], [(numbers, None)]),
        ([numbers], [(f"{INPUT}_bucket", 500)]),
        ([numbers], [(f"{INPUT}_bucket", 1000)]),
        ([ROWS], [(value, "AA"), (value, "7")]),
        ([value], []),
        ([value], []),
    ]
    assert all(s.equal["column"] == "distance" for counter in counters[1:3] for s in counter.plus)


@pytest.mark.parametrize(
    ("name", "watched", "message"),
    [
        ("weight", DISTANCE, "the model has no input column 'weight'"),
        ("distance", Watched((0.5,)), "'distance' needs either edges or values"),
        ("distance", replace(DISTANCE, values=("a",)), "'distance' needs either edges or values"),
        ("distance", replace(DISTANCE, reference=(0.5,)), "1 shares of the reference for 2 edges or values"),
        ("distance", replace(DISTANCE, edges=(2.0, 1.0)), "the edges must rise"),
        ("carrier", replace(CARRIER, values=("7", 7)), "a value is given twice"),
        ("carrier", replace(CARRIER, reference=(0.9, 0.2)), "the shares of the values add up to more than 1"),
    ],
)
def test_what_is_declared_in_part_is_refused(
    model: ModelSpec, name: str, watched: Watched, message: str
) -> None:
    columns: dict[Any, Watched] = {name: watched}
    with pytest.raises(InputError) as caught:
        InputDrift(columns).gate(named(model))
    assert [(problem.where, problem.message) for problem in caught.value.problems] == [("columns", message)]
