"""Tensors of no length: a cache before the first token has none, a batch always has rows."""

from __future__ import annotations

import numpy as np
import pytest

from sluicegate.onnx_server.errors import RequestError
from sluicegate.onnx_server.tensors import TensorSpec, check_shape, to_array

PAST = TensorSpec("past", "FP32", np.float32, ("batch", 2, "past", 4))
IDS = TensorSpec("ids", "INT64", np.int64, ("batch", "tokens"))


@pytest.mark.parametrize(("spec", "shape"), [(PAST, [1, 2, 0, 4]), (IDS, [3, 0])])
def test_an_open_dimension_may_be_empty(spec, shape) -> None:
    count = check_shape(spec, shape, {})
    made = to_array(spec, [], shape, count)
    assert (list(made.shape), made.dtype) == (shape, spec.dtype)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ([0, 2, 1, 4], r"shape \[0, 2, 1, 4\] has no rows"),
        ([1, 0, 1, 4], "does not fit"),
        ([1, 2, -1, 4], "whole numbers of at least 0"),
    ],
)
def test_rows_and_fixed_dimensions_may_not(shape, words) -> None:
    with pytest.raises(RequestError, match=words):
        check_shape(PAST, shape, {})
