"""How far each weight is from the one of the same name in another model: norms, read block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sluicegate.validators.onnx.tensors import dtype, elements, is_external
from sluicegate.validators.onnx.walk import initializers
from sluicegate.validators.onnx.wire import values
from sluicegate.validators.onnx.wire.decode import Buffer
from sluicegate.validators.onnx.wire.messages import Model, Run, Tensor

WIDTHS = {1: 4, 10: 2, 11: 8}
"""Of float32, float16 and float64, the bytes of a number."""


@dataclass(frozen=True)
class Weight:
    """A weight of both models; the norms are Euclidean."""

    name: str
    kind: str
    """Element type and dimensions, as `float32 [32, 12]`."""
    norm: float
    before: float
    moved: float
    """The norm of the difference."""

    @property
    def share(self) -> float:
        """How far it moved, as a share of its norm before; infinite where that was 0."""
        if self.before:
            return self.moved / self.before
        return math.inf if self.moved else 0.0


@dataclass(frozen=True)
class Weights:
    """The weights of two models, by name."""

    both: tuple[Weight, ...]
    """Of one element type and shape in both, the one that moved farthest first."""
    added: tuple[str, ...]
    removed: tuple[str, ...]
    reshaped: tuple[str, ...]
    """Of one name, with another element type or shape."""
    uncounted: int
    """Weights of both that are not compared: of whole numbers, text, or bytes in another file."""


def compare_weights(old: tuple[Model, Buffer], new: tuple[Model, Buffer]) -> Weights:
    """Both models' initializers, each of them read once."""
    before, after = _tensors(old[0]), _tensors(new[0])
    both, reshaped, uncounted = [], [], 0
    for name in after.keys() & before.keys():
        one, other = before[name], after[name]
        if _kind(one) != _kind(other):
            reshaped.append(name)
            continue
        weight = _moved(name, (one, old[1]), (other, new[1]))
        if weight is None:
            uncounted += 1
        else:
            both.append(weight)
    return Weights(
        tuple(sorted(both, key=lambda weight: (-weight.share, weight.name))),
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(before.keys() - after.keys())),
        tuple(sorted(reshaped)),
        uncounted,
    )


def _tensors(model: Model) -> Mapping[str, Tensor]:
    if model.graph is None:
        return {}
    return {name: held for name, held in initializers(model.graph) if isinstance(held, Tensor)}


def _kind(tensor: Tensor) -> str:
    return f"{dtype(tensor.data_type)} [{', '.join(map(str, tensor.dims))}]"


def _moved(name: str, old: tuple[Tensor, Buffer], new: tuple[Tensor, Buffer]) -> Weight | None:
    squares = np.zeros(3)
    pairs = zip(_blocks(*old), _blocks(*new), strict=False)
    counted = 0
    for one, other in pairs:
        if one.size != other.size:
            return None
        a, b = one.astype(np.float64), other.astype(np.float64)
        squares += (np.dot(b, b), np.dot(a, a), np.dot(b - a, b - a))
        counted += one.size
    if counted != elements(old[0]):
        return None
    return Weight(name, _kind(old[0]), *map(float, np.sqrt(squares)))


def _blocks(tensor: Tensor, buffer: Buffer) -> Iterator[NDArray[Any]]:
    """The numbers of a weight of floating-point numbers that lie in the file; none of any other."""
    width = WIDTHS.get(tensor.data_type)
    if width is None or is_external(tensor):
        return
    if tensor.raw_data is not None:
        yield from values.blocks(buffer, Run(tensor.raw_data, tagged=False), width)
        return
    for run in tensor.float_data if width == 4 else tensor.double_data if width == 8 else []:
        yield from values.blocks(buffer, run, width)
