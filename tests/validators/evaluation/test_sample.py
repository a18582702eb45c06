"""Which rows are asked, and the form in which they are: the protocol's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.small_models import model_spec

from sluicegate.specs.model import Tensor
from sluicegate.validators.evaluation.sample import DATATYPES, as_input, complete_rows, spread

SPEC = model_spec(inputs=(Tensor("x", "float32", ("batch", 1)),))


def complete(values) -> np.ndarray:
    return complete_rows(pd.DataFrame({"x": np.asarray(values, dtype=np.float32)}), SPEC)


def test_one_row_is_drawn_from_each_of_as_many_equal_parts():
    chosen = spread(complete(range(200)), 20)
    assert [int(row) // 10 for row in chosen] == list(range(20))


def test_the_same_rows_are_drawn_each_time():
    assert spread(complete(range(200)), 20).tolist() == spread(complete(range(200)), 20).tolist()


def test_all_rows_of_a_small_set_are_asked():
    assert spread(complete(range(7)), 20).tolist() == list(range(7))


def test_rows_with_a_missing_number_are_left_out_where_there_are_others():
    values = np.full(100, np.nan)
    values[[3, 50, 99]] = 1.0
    assert spread(complete(values), 20).tolist() == [3, 50, 99]


def test_where_every_row_lacks_a_number_they_are_asked_all_the_same():
    assert spread(complete([np.nan] * 3), 20).tolist() == [0, 1, 2]


def test_text_has_no_missing_number():
    words = model_spec(inputs=(Tensor("x", "string", ("batch", 1)),))
    assert complete_rows(pd.DataFrame({"x": ["a", "b"]}), words).tolist() == [True, True]


def test_rows_of_several_lengths_are_each_looked_at():
    tokens = model_spec(inputs=(Tensor("x", "float32", ("batch", "tokens")),))
    frame = pd.DataFrame({"x": [[1.0, 2.0], [1.0], [np.nan, 2.0], [np.nan]]})
    assert complete_rows(frame, tokens).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("shape", "expected"), [(("batch", 2), [1, 2]), ((4, 2), [4, 2])], ids=["free batch", "fixed batch"]
)
def test_a_row_is_repeated_as_often_as_a_fixed_batch_has_rows(shape, expected):
    tensor = Tensor("x", "float32", shape)
    sent = as_input(tensor, np.array([[1, 2], [3, 4]], dtype=np.float32), 1)
    assert sent["shape"] == expected
    assert sent["data"] == [3.0, 4.0] * expected[0]
    assert (sent["name"], sent["datatype"]) == ("x", "FP32")


def test_every_type_of_a_signature_has_one_of_the_protocol():
    from typing import get_args

    from sluicegate.specs.values import DType

    assert set(DATATYPES) == set(get_args(DType))
