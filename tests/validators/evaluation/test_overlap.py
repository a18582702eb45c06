"""Rows that occur twice, whatever the type of their columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sluicegate.validators.evaluation.overlap import conflicting, shared
from sluicegate.validators.evaluation.rows import Rows


@pytest.mark.parametrize(
    ("reference", "evaluation", "expected"),
    [
        ([1, 2], [1.0, 5.0], 0.5),
        (["a", "b"], ["c", "b"], 0.5),
        ([[1, 2], [3, 4]], [[3, 4], [1, 2]], 1.0),
        ([[1, 2], [3, 4]], [[2, 1], [4, 3]], 0.0),
    ],
)
def test_rows_that_both_samples_hold_are_counted(reference, evaluation, expected) -> None:
    assert shared(pd.DataFrame({"x": reference}), pd.DataFrame({"x": evaluation})) == expected


def test_equal_inputs_with_another_label_are_counted() -> None:
    table = pd.DataFrame({"x": [1, 1, 2, 2], "note": ["a", "b", "c", "d"]})
    assert conflicting(Rows("e", table, np.array([0, 1, 1, 1])), ["x"]) == 0.5
    assert conflicting(Rows("e", table, np.array([0, 1, 1, 1])), ["x", "note"]) == 0.0
