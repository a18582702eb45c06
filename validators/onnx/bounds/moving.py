"""Operators that lead on what is known: the same numbers, or a part of them, in another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sluicegate.validators.onnx.bounds.given import Attributes, of_input, whole_number, whole_numbers
from sluicegate.validators.onnx.bounds.intervals import (
    ANY,
    MAX_VALUES,
    UNKNOWN,
    Interval,
    Known,
    broadcast,
    dimension,
    exactly,
    of_values,
    plus,
)


def same_shape(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """The shape of the first input."""
    return Known(of_input(inputs, 0).shape)


def same_numbers(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """The first input as it is."""
    return of_input(inputs, 0)


def elementwise(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """The shape of all inputs, broadcast."""
    return Known(broadcast([one.shape for one in inputs]))


def texts_joined(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """StringConcat: each text of the first input with one of the second."""
    shape = broadcast([one.shape for one in inputs])
    return Known(shape, characters=sum(one.characters for one in inputs))


def shape_of(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Shape: the lengths of the dimensions, as numbers."""
    shape = of_input(inputs, 0).shape
    if shape is None:
        return UNKNOWN
    return of_values(
        shape[whole_number(attributes, "start", 0) : whole_number(attributes, "end", len(shape))]
    )


def size_of(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """Size: how many numbers there are."""
    one = of_input(inputs, 0)
    if one.shape is not None and all(length.exact for length in one.shape):
        return of_values([exactly(one.least)], scalar=True)
    return of_values([Interval(one.least, math.inf)], scalar=True)


def reshape(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """Reshape: the same numbers; 0 keeps a dimension, and -1 takes what is left."""
    one = of_input(inputs, 0)
    wanted = of_input(inputs, 1).values
    if wanted is None:
        return Known(None, one.values)
    shape: list[Interval] = []
    for index, length in enumerate(wanted):
        if length == exactly(0) and one.shape is not None and index < len(one.shape):
            shape.append(one.shape[index])
        else:
            shape.append(length)
    inferred = [index for index, length in enumerate(shape) if length.low < 0]
    if inferred:
        rest = math.prod(int(length.low) for length in shape if length.low > 0)
        least = one.least // rest if rest and one.shape is not None else 1
        shape[inferred[0]] = Interval(least, math.inf)
        if all(length.exact for length in one.shape or (ANY,)):
            shape[inferred[0]] = exactly(least)
    return Known(tuple(map(dimension, shape)), one.values)


def concat(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Concat: the dimensions of its axis, added."""
    values = None
    if all(one.values is not None for one in inputs):
        together = tuple(value for one in inputs for value in one.values or ())
        values = together if len(together) <= MAX_VALUES else None
    shapes = [one.shape for one in inputs if one.shape is not None]
    axis = whole_number(attributes, "axis", 0)
    if len(shapes) < len(inputs) or not shapes or not -len(shapes[0]) <= axis < len(shapes[0]):
        return Known(None, values)
    first = list(shapes[0])
    for shape in shapes[1:]:
        if len(shape) != len(first):
            return Known(None, values)
        first[axis] = plus(first[axis], shape[axis])
    return Known(tuple(first), values)


def unsqueeze(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Unsqueeze: dimensions of one are put in."""
    one = of_input(inputs, 0)
    axes = whole_numbers(inputs, 1, attributes, "axes")
    if one.shape is None or axes is None:
        return Known(None, one.values)
    rank = len(one.shape) + len(axes)
    places = {axis % rank for axis in axes} if rank else set()
    rest = iter(one.shape)
    shape = tuple(exactly(1) if index in places else next(rest, exactly(1)) for index in range(rank))
    return Known(shape, one.values)


def squeeze(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Squeeze: dimensions of one are taken out."""
    one = of_input(inputs, 0)
    axes = whole_numbers(inputs, 1, attributes, "axes")
    if one.shape is None or not one.shape:
        return one
    places = {axis % len(one.shape) for axis in axes or ()}
    if axes is None:
        places = {index for index, length in enumerate(one.shape) if length == exactly(1)}
    return Known(tuple(length for index, length in enumerate(one.shape) if index not in places), one.values)


def gather(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Gather: the numbers picked from a list; the shape of any other tensor."""
    one, indices = of_input(inputs, 0), of_input(inputs, 1)
    axis = whole_number(attributes, "axis", 0)
    values = None
    if (
        one.values is not None
        and one.shape is not None
        and len(one.shape) == 1
        and indices.values is not None
    ):
        values = tuple(_picked(one.values, index) for index in indices.values)
    if one.shape is None or indices.shape is None or not -len(one.shape) <= axis < len(one.shape):
        return Known(None, values)
    axis %= len(one.shape)
    return Known((*one.shape[:axis], *indices.shape, *one.shape[axis + 1 :]), values)


def _picked(values: tuple[Interval, ...], index: Interval) -> Interval:
    if not index.exact or not -len(values) <= index.low < len(values):
        return ANY
    return values[int(index.low)]


def slice_of(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Slice: a part of a list; nothing is known of another tensor's."""
    one = of_input(inputs, 0)
    starts, ends = (
        whole_numbers(inputs, 1, attributes, "starts"),
        whole_numbers(inputs, 2, attributes, "ends"),
    )
    steps = whole_numbers(inputs, 4, attributes, "steps") or [1]
    if one.values is None or starts is None or ends is None or len(starts) != 1 or not steps[0]:
        return UNKNOWN
    return of_values(one.values[starts[0] : ends[0] : steps[0]])


def transpose(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Transpose: the dimensions in their new order."""
    shape = of_input(inputs, 0).shape
    if shape is None:
        return UNKNOWN
    order = attributes.get("perm", list(reversed(range(len(shape)))))
    if not isinstance(order, list) or sorted(order) != list(range(len(shape))):
        return UNKNOWN
    return Known(tuple(shape[index] for index in order))


def matmul(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """MatMul of at least two dimensions each."""
    one, other = of_input(inputs, 0).shape, of_input(inputs, 1).shape
    if one is None or other is None or len(one) < 2 or len(other) < 2:
        return UNKNOWN
    return Known((*(broadcast([one[:-2], other[:-2]]) or ()), one[-2], other[-1]))


def gemm(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Gemm: rows of the first by columns of the second."""
    one, other = of_input(inputs, 0).shape, of_input(inputs, 1).shape
    if one is None or other is None or len(one) != 2 or len(other) != 2:
        return UNKNOWN
    return Known((one[1 if attributes.get("transA") else 0], other[0 if attributes.get("transB") else 1]))
