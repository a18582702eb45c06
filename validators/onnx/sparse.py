"""Sparse tensors: how large they become when they are expanded, and whether their indices lie inside."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sluicegate.validators.onnx.bounds.interpret import MAX_ELEMENTS
from sluicegate.validators.onnx.tensors import elements, is_external
from sluicegate.validators.onnx.wire import values
from sluicegate.validators.onnx.wire.decode import Buffer
from sluicegate.validators.onnx.wire.messages import SparseTensor, Tensor

MAX_INDICES = 1_000_000
_INT64 = 7


def sparse_faults(buffer: Buffer, sparse: SparseTensor) -> Iterator[str]:
    """What is wrong with one, in words."""
    name = repr(sparse.values.name[:80]) if sparse.values is not None else "without values"
    if sparse.values is None or sparse.indices is None or any(dim <= 0 for dim in sparse.dims):
        yield f"sparse tensor {name} lacks values, indices or sizes"
        return
    size = math.prod(sparse.dims)
    if size > MAX_ELEMENTS:
        yield f"sparse tensor {name} expands to {size:,} elements; at most {MAX_ELEMENTS:,} are allowed"
        return
    number = elements(sparse.values)
    if len(sparse.indices.dims) not in (1, 2) or sparse.indices.dims[0] != number:
        yield f"sparse tensor {name} has {number} values and indices of shape {sparse.indices.dims[:4]}"
        return
    indices = _indices(buffer, sparse.indices)
    if indices is None:
        yield f"sparse tensor {name} has indices that cannot be read, or more than {MAX_INDICES:,}"
        return
    most = np.array([size] if len(sparse.indices.dims) == 1 else sparse.dims, dtype=np.int64)
    rows = indices.reshape(number, -1)
    if rows.shape[1] != len(most) or ((rows < 0) | (rows >= most)).any():
        yield f"sparse tensor {name} has indices outside of its {size:,} elements"


def _indices(buffer: Buffer, tensor: Tensor) -> NDArray[Any] | None:
    number = elements(tensor)
    if tensor.data_type != _INT64 or is_external(tensor) or number > MAX_INDICES:
        return None
    if tensor.raw_data is not None:
        if tensor.raw_data.size != number * 8:
            return None
        return np.frombuffer(buffer, "<i8", number, tensor.raw_data.start).copy()
    found = values.ints(buffer, tensor.int64_data, MAX_INDICES)
    return None if found is None or len(found) != number else np.array(found, dtype=np.int64)
