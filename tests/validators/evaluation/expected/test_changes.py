"""Evaluation rows with one column changed, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sluicegate.specs.model_tests import Change
from sluicegate.validators.evaluation.estimates import Undefined
from sluicegate.validators.evaluation.expected.changes import changed
from sluicegate.validators.evaluation.rows import Rows
from sluicegate.validators.runner.inputs import Unavailable


def rows(**columns) -> Rows:
    frame = pd.DataFrame(columns)
    return Rows("evaluation.csv", frame, np.arange(len(frame)), np.arange(len(frame)))


def test_rows_are_taken_evenly_with_their_labels_and_keep_their_numbers():
    there = changed(rows(a=np.arange(101.0), b=0), Change("a", add=1), 5)
    assert there.number.tolist() == [1, 26, 51, 76, 101]
    assert there.before.labels.tolist() == there.before.groups.tolist() == [0, 25, 50, 75, 100]
    assert there.row(1) == "row 26 of evaluation.csv"
    ((words, after),) = there.after
    assert (words, after.frame["a"].tolist()) == ("a +1", [1, 26, 51, 76, 101])
    assert (after.frame["b"] == 0).all()


def test_no_more_rows_than_there_are():
    assert len(changed(rows(a=[1.0, 2.0]), Change("a", multiply=2), 200).before) == 2


def test_each_value_in_turn():
    there = changed(rows(a=[1.0, 2.0]), Change("a", to=(5, None, (1, 2))), 2)
    assert [words for words, _ in there.after] == ["a = 5", "a = missing", "a = [1, 2]"]
    assert [after.frame["a"].tolist() for _, after in there.after] == [
        [5, 5],
        [None, None],
        [[1, 2], [1, 2]],
    ]


def test_rows_without_a_value_are_not_added_to():
    there = changed(rows(a=[np.nan, 2.0, np.nan]), Change("a", add=1), 9)
    assert (there.number.tolist(), there.after[0][1].frame["a"].tolist()) == ([2], [3.0])
    with pytest.raises(Undefined, match="no row has a value of a"):
        changed(rows(a=[np.nan]), Change("a", add=1), 9)


@pytest.mark.parametrize("values", [["x", "y"], [[1], [2]]])
def test_nothing_is_added_to_text_and_lists(values):
    with pytest.raises(Unavailable, match="nothing can be added"):
        changed(rows(a=values), Change("a", add=1), 9)


def test_a_column_that_the_rows_lack_is_named():
    with pytest.raises(Unavailable, match="no column 'b'"):
        changed(rows(a=[1.0]), Change("b", add=1), 9)
