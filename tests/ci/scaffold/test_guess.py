"""What graph and labels tell of a model, and when they are asked about instead."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sluicegate.ci.scaffold.guess import found, label_columns
from sluicegate.ci.scaffold.new_model import NewModel, Samples
from sluicegate.specs.model import Tensor
from sluicegate.specs.yamlio import InputError

FILE = Path("table.parquet")
LABEL = Tensor("label", "int64", ("N",))


def new(**said) -> NewModel:
    return NewModel("m", FILE, FILE, FILE, ("@me",), **said)


def probabilities(count: int) -> Tensor:
    return Tensor("probabilities", "float32", ("N", count))


def guessed(values, *outputs: Tensor, of_the_graph=(), **said):
    """Task and classes for these labels."""
    table = pd.DataFrame({"label": values})
    graph = SimpleNamespace(classes=of_the_graph)
    known = found(new(**said), graph, outputs, Samples((table, table), ("label",)), [])
    return known.task, known.classes


@pytest.mark.parametrize(
    ("values", "outputs", "expected"),
    [
        ([0, 1], [LABEL, probabilities(2)], ("binary-classification", ())),
        ([True, False], [probabilities(1)], ("binary-classification", ())),
        ([0.0, 1.0], [probabilities(1)], ("binary-classification", ())),
        (["yes", "no"], [LABEL, probabilities(2)], ("binary-classification", ("no", "yes"))),
        ([1, 2], [LABEL, probabilities(2)], ("binary-classification", (1, 2))),
        ([0, 1, 2], [probabilities(3)], ("multiclass-classification", ())),
        ([1, 2, 3], [probabilities(3)], ("multiclass-classification", (1, 2, 3))),
        (["b", "c", "a"], [LABEL, probabilities(3)], ("multiclass-classification", ("a", "b", "c"))),
        ([-1, 1], [probabilities(1)], ("binary-classification", (-1, 1))),
        ([0.5, 1.25, 3.0], [probabilities(1)], ("regression", ())),
        ([31, 49, 12], [probabilities(1)], ("regression", ())),
        ([[0, 1, 1], [1, 0, 1]], [probabilities(3)], ("multi-label", ())),
        ([[0.5, 1.5], [1.0, 2.0]], [probabilities(2)], ("forecasting", ())),
    ],
)
def test_task_and_classes_from_the_labels_and_the_outputs(values, outputs, expected) -> None:
    assert guessed(values, *outputs) == expected


def test_the_graphs_own_classes_come_before_sorted_ones() -> None:
    assert guessed(["no", "yes"], probabilities(2), of_the_graph=("yes", "no"))[1] == ("yes", "no")


@pytest.mark.parametrize(
    ("values", "of_the_graph", "classes"),
    [
        ([9, 10], ("10", "9"), (10, 9)),
        ([0, 10, 2], ("0", "10", "2"), (0, 10, 2)),
        (["0", "1"], (0, 1), ("0", "1")),
    ],
    ids=["text in the graph", "text that sorts otherwise", "numbers in the graph"],
)
def test_a_table_may_write_the_graphs_classes_as_another_type(values, of_the_graph, classes) -> None:
    """A CSV turns the classes "10" and "9" into numbers: sorted, they would be in the other order."""
    assert guessed(values, probabilities(len(values)), of_the_graph=of_the_graph)[1] == classes


@pytest.mark.parametrize(
    ("roles", "task"), [(["a", "a", "b"], "ranking"), (["gallery", "q", "q"], "retrieval")]
)
def test_groups_make_a_ranking_or_a_retrieval(roles, task) -> None:
    table = pd.DataFrame({"label": [0, 1, 2], "group": roles})
    samples = Samples((table, table), ("label",))
    known = found(new(group="group"), SimpleNamespace(classes=()), [probabilities(1)], samples, [])
    assert known.task == task


@pytest.mark.parametrize(
    ("values", "outputs", "says"),
    [
        ([1, 1], [probabilities(2)], "the label 'label' has one value in all rows: 1"),
        ([0.5, 1.5, 2.0], [Tensor("mean", "float32", ())], "no output of floats with a number for each row"),
        ([0.5, 1.5, 2.0], [Tensor("y", "float32", ("N", "M"))], "leave open how many numbers a row has"),
    ],
    ids=["one class", "a scalar", "open"],
)
def test_what_hinders_the_guess_is_named(values, outputs, says) -> None:
    with pytest.raises(InputError, match=says):
        guessed(values, *outputs)


def test_named_classes_are_those_of_the_labels() -> None:
    assert guessed([1, 2, 3], probabilities(3), classes=("3", "2", "1"))[1] == (3, 2, 1)


def test_what_fits_nothing_is_asked_for() -> None:
    with pytest.raises(InputError, match="leave the task unclear"):
        guessed(np.arange(50) / 7, LABEL, probabilities(4))


def test_classes_that_the_labels_do_not_all_show_are_asked_for() -> None:
    with pytest.raises(InputError, match="the labels have 2 distinct values, but the model has 3 classes"):
        guessed(["a", "b"], probabilities(3), task="multiclass-classification")


@pytest.mark.parametrize(
    ("columns", "inputs", "label"),
    [
        (["a", "b", "target"], [{"name": "x", "shape": ["N", 2]}], "target"),
        (["a", "b", "price"], [{"name": "x", "shape": ["N", 2]}], "price"),
        (["a", "b", "price"], [{"name": "a", "shape": ["N", 1]}, {"name": "b", "shape": ["N", 1]}], "price"),
    ],
    ids=["its name", "the last", "what is left"],
)
def test_the_label_is_found(columns, inputs, label) -> None:
    table = pd.DataFrame({name: [1.0] for name in columns})
    notes: list[str] = []
    assert label_columns(new(), table, inputs, notes) == (label,)
    assert notes == [f"guessed: the label is the column {label!r}"]


def test_a_label_that_is_not_clear_is_asked_for() -> None:
    table = pd.DataFrame({name: [1.0] for name in ("a", "b", "c", "d")})
    with pytest.raises(InputError, match="has no column that is clearly the label"):
        label_columns(new(), table, [{"name": "x", "shape": ["N", 2]}], [])


@pytest.mark.parametrize("values", [[b"no", b"yes"], list(pd.to_datetime(["2024-01-01", "2024-01-02"]))])
def test_labels_that_are_neither_numbers_nor_text_are_refused(values) -> None:
    with pytest.raises(InputError, match=r"the label 'label' holds (bytes|Timestamp), such as"):
        guessed(values, probabilities(2))


def test_an_output_for_each_class_is_told_how_to_become_one() -> None:
    """As skl2onnx exports with zipmap='columns'."""
    outputs = [Tensor(name, "float32", ("N", 1)) for name in ("pa", "pb", "pc")]
    with pytest.raises(InputError, match=r"1, 1, 1 numbers a row") as refused:
        guessed(["a", "b", "c"], *outputs)
    assert "zipmap=False" in refused.value.problems[0].remedy
