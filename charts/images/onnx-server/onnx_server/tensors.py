"""Tensors between JSON and numpy: datatypes, shapes and data of the Open Inference Protocol v2."""

from dataclasses import dataclass
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from sluicegate.onnx_server.errors import RequestError

DATATYPES: dict[str, tuple[str, type[np.generic]]] = {
    "tensor(bool)": ("BOOL", np.bool_),
    "tensor(uint8)": ("UINT8", np.uint8),
    "tensor(uint16)": ("UINT16", np.uint16),
    "tensor(uint32)": ("UINT32", np.uint32),
    "tensor(uint64)": ("UINT64", np.uint64),
    "tensor(int8)": ("INT8", np.int8),
    "tensor(int16)": ("INT16", np.int16),
    "tensor(int32)": ("INT32", np.int32),
    "tensor(int64)": ("INT64", np.int64),
    "tensor(float16)": ("FP16", np.float16),
    "tensor(float)": ("FP32", np.float32),
    "tensor(double)": ("FP64", np.float64),
    "tensor(string)": ("BYTES", np.object_),
}
"""ONNX type -> (datatype of the protocol, numpy type)."""

_NONE = type(None)
_JSON_TYPES: dict[str, frozenset[type]] = {
    "BOOL": frozenset({bool}),
    "BYTES": frozenset({str}),
    "FP16": frozenset({int, float}),
    "FP32": frozenset({int, float, _NONE}),
    "FP64": frozenset({int, float, _NONE}),
}
_INTEGERS = frozenset({int})


@dataclass(frozen=True)
class TensorSpec:
    """One declared input or output; a free dimension of `shape` is its symbol (a str) or None."""

    name: str
    datatype: str
    dtype: type[np.generic]
    shape: tuple[int | str | None, ...]

    def metadata(self) -> dict[str, Any]:
        """The tensor as the protocol's model metadata shows it: -1 for a free dimension."""
        shape = [size if isinstance(size, int) else -1 for size in self.shape]
        return {"name": self.name, "datatype": self.datatype, "shape": shape}


def bad(reason: str, message: str) -> NoReturn:
    """Raise the 400 that says what is wrong with the request."""
    raise RequestError(400, reason, message)


def check_shape(spec: TensorSpec, shape: object, sizes: dict[str, int]) -> int:
    """Compare a request's shape with the signature; return its number of elements.

    `sizes` holds the size of each symbol seen so far in this request: one symbol has one size.
    """
    if type(shape) is not list or not all(type(size) is int and size >= 0 for size in shape):
        bad("shape", f"input '{spec.name}': shape must be a list of whole numbers of at least 0")
    if len(shape) != len(spec.shape):
        bad("shape", f"input '{spec.name}': shape {shape} has {len(shape)} dimensions, not {len(spec.shape)}")
    if shape[:1] == [0]:
        bad("shape", f"input '{spec.name}': shape {shape} has no rows")
    count = 1
    for size, declared in zip(shape, spec.shape, strict=True):
        expected = sizes.setdefault(declared, size) if isinstance(declared, str) else declared
        if expected is not None and size != expected:
            bad("shape", f"input '{spec.name}': shape {shape} does not fit {spec.metadata()['shape']}")
        count *= size
    return count


def _flatten(spec: TensorSpec, data: list[Any], shape: list[int]) -> list[Any]:
    """Unnest data that was given in rows, each level checked against the shape."""
    for size in shape[1:]:
        if not all(type(item) is list and len(item) == size for item in data):
            bad("data", f"input '{spec.name}': nested data does not have the shape {shape}")
        data = list(chain.from_iterable(data))
    return data


def to_array(spec: TensorSpec, data: object, shape: list[int], count: int) -> NDArray[Any]:
    """The request's data as an array of the declared type; `null` in FP32 and FP64 becomes NaN.

    Types are compared strictly, for numpy would read "1.5" and true as numbers and wrap what is too large.
    """
    if type(data) is not list:
        bad("data", f"input '{spec.name}': data must be a list, nested by rows or flat")
    flat = data
    if len(shape) > 1 and data and type(data[0]) is list:
        flat = _flatten(spec, data, shape)
    if len(flat) != count:
        bad("data", f"input '{spec.name}': data holds {len(flat)} values, the shape {shape} has {count}")
    allowed = _JSON_TYPES.get(spec.datatype, _INTEGERS)
    if not allowed.issuperset(map(type, flat)):
        types = sorted({"null" if item is None else type(item).__name__ for item in flat})
        bad(
            "data",
            f"input '{spec.name}': data holds {', '.join(types)}, not {spec.datatype}",
        )
    if allowed is _INTEGERS and flat:
        limits = np.iinfo(spec.dtype)  # type: ignore[type-var]
        if min(flat) < limits.min or max(flat) > limits.max:
            bad("data", f"input '{spec.name}': data holds a number outside {spec.datatype}")
    array = np.array(flat, dtype=spec.dtype).reshape(shape)
    if array.dtype.kind == "f" and np.isinf(array).any():
        bad("data", f"input '{spec.name}': data holds a number outside {spec.datatype}")
    return array
