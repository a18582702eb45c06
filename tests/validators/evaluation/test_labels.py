"""The label as the declared task needs it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.small_models import model_spec

from sluicegate.specs.model import DecisionRule
from sluicegate.validators.evaluation.classes import class_names
from sluicegate.validators.evaluation.labels import read_groups, read_labels
from sluicegate.validators.runner.inputs import Unavailable


def labels(values, task="binary-classification", **more):
    return read_labels(pd.DataFrame({"label": values}), model_spec(task, **more), "e.csv").tolist()


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([0, 1, 1], None),
        ([False, True, True], None),
        ([0.0, 1.0, 1.0], None),
        (["no", "yes", "yes"], ("no", "yes")),
        ([1, 2, 2], (1, 2)),
        ([-1.0, 1.0, 1.0], (-1, 1)),
        ([False, True, True], (False, True)),
    ],
)
def test_two_classes_are_0_and_1_whatever_they_are_called(values, classes) -> None:
    assert labels(values, classes=classes) == [0, 1, 1]


def test_the_yes_is_the_class_that_the_decision_names() -> None:
    spec = {"classes": ("bad", "good"), "decision": DecisionRule("p", class_="bad")}
    assert labels(["bad", "good"], **spec) == [1, 0]
    assert class_names(model_spec(**spec)) == ("good", "bad")


def test_several_classes_are_numbered_in_the_outputs_order() -> None:
    """Star ratings count from 1: a model that is always right had an accuracy of 0."""
    assert labels([1, 5, 3], "multiclass-classification", classes=(1, 2, 3, 4, 5)) == [0, 4, 2]
    assert labels(["c", "a"], "multiclass-classification", classes=("a", "b", "c")) == [2, 0]
    assert labels([0, 2], "multiclass-classification") == [0, 2]


@pytest.mark.parametrize("task", ["regression", "forecasting", "ranking"])
def test_a_quantity_may_have_fractions(task) -> None:
    assert labels([0.5, 3, -2.25], task, group="label" if task == "ranking" else None) == [0.5, 3.0, -2.25]


def test_a_forecast_has_several_labels_a_row() -> None:
    assert labels([[1.5, 2.0], [3.0, 4.0]], "forecasting") == [[1.5, 2.0], [3.0, 4.0]]


def test_several_labels_are_columns_or_a_list() -> None:
    table = pd.DataFrame({"red": [0, 1], "blue": [True, False]})
    spec = model_spec("multi-label", label=("red", "blue"))
    assert read_labels(table, spec, "e.csv").tolist() == [[0, 1], [1, 0]]
    assert labels([[0, 1], [1, 0]], "multi-label") == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("values", "more", "says"),
    [
        ([0, 2, 2], {}, r"label 'label' has 2 in 2 rows, first in row 2; the classes are 0, 1"),
        (["no", "yes"], {}, r"has 'no', 'yes' in 2 rows, first in row 1; the classes are 0, 1"),
        (["no", None], {"classes": ("no", "yes")}, "is missing in 1 rows, first in row 2"),
        (["1", "2"], {"classes": (1, 2)}, "has '1', '2' in 2 rows"),
        ([1.5, 2], {"task": "multiclass-classification"}, "which are not whole numbers from 0"),
        ([-1, 2], {"task": "multiclass-classification"}, "has -1, 2, which are not whole numbers from 0"),
        ([1.0, np.nan], {"task": "regression"}, "is missing in 1 rows, first in row 2"),
        ([1.0, np.inf], {"task": "regression"}, "has inf in row 2, which is not a finite number"),
        (["x", "y"], {"task": "regression"}, "has 'x' in row 1, which is not a finite number"),
        ([[0, 1], [2, 0]], {"task": "multi-label"}, "the labels of row 2 are not all 0 or 1"),
        ([[0, 1], [0]], {"task": "multi-label"}, "row 2 of column 'label' holds 1 values"),
        ([0, 1], {"task": "multi-label"}, "holds one value a row, and multi-label has several"),
    ],
)
def test_what_the_task_cannot_have_is_refused_by_row(values, more, says) -> None:
    with pytest.raises(Unavailable, match=says) as refused:
        labels(values, **more)
    assert refused.value.because == "data-integrity"


def test_one_class_a_row_has_one_label_column() -> None:
    table = pd.DataFrame({"a": [0], "b": [1]})
    with pytest.raises(Unavailable, match="2 columns are the label, and binary-classification has one"):
        read_labels(table, model_spec(label=("a", "b")), "e.csv")


def test_rows_of_one_query_have_one_number() -> None:
    table = pd.DataFrame({"label": [1, 0, 2], "query": ["b", "a", "b"]})
    groups = read_groups(table, model_spec("ranking", group="query"), "e.csv")
    assert groups is not None
    assert groups.tolist() == [0, 1, 0]
    with pytest.raises(Unavailable, match="row 2 has no query"):
        read_groups(table.assign(query=["a", None, "b"]), model_spec("ranking", group="query"), "e.csv")


def test_a_retrieval_has_roles_and_a_number_for_each_thing() -> None:
    table = pd.DataFrame({"label": ["cup", "pen", "cup"], "role": ["gallery", "gallery", "query"]})
    spec = model_spec("retrieval", group="role")
    assert read_labels(table, spec, "e.csv").tolist() == [0, 1, 0]
    groups = read_groups(table, spec, "e.csv")
    assert groups is not None
    assert groups.tolist() == ["gallery", "gallery", "query"]
