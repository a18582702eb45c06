"""Operators that slide a window over a tensor, or make one: how large what they make is at least."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sluicegate.validators.onnx.bounds.given import Attributes, dimensions, of_input, whole_number
from sluicegate.validators.onnx.bounds.intervals import (
    DIMENSION,
    UNKNOWN,
    Interval,
    Known,
    dimension,
    exactly,
)


def window(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """BlackmanWindow, HannWindow, HammingWindow: as many numbers as the input says."""
    size = of_input(inputs, 0).single
    return UNKNOWN if size is None else Known((dimension(size),))


def mel_weight_matrix(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """MelWeightMatrix: half the length of the transform and one, by the bins."""
    bins, length = of_input(inputs, 0).single, of_input(inputs, 1).single
    if bins is None or length is None:
        return UNKNOWN
    return Known((_half(dimension(length)), dimension(bins)))


def dft(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """DFT: its length along the axis (1 before opset 20, then the last but one)."""
    shape, length = of_input(inputs, 0).shape, of_input(inputs, 1).single
    if shape is None or length is None:
        return UNKNOWN
    given = of_input(inputs, 2).single
    axis = int(given.low) if given is not None and given.exact else whole_number(attributes, "axis", 1)
    if not -len(shape) <= axis < len(shape):
        return UNKNOWN
    along = dimension(length)
    made = [*shape[:-1], exactly(2)]
    made[axis] = _half(along) if attributes.get("onesided") else along
    return Known(tuple(made))


def _half(length: Interval) -> Interval:
    return Interval(math.floor(length.low / 2) + 1 if math.isfinite(length.low) else 1, math.inf)


def max_unpool(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """MaxUnpool: the shape that its third input says; unknown without one."""
    return Known(dimensions(inputs, 2))


def affine_grid(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """AffineGrid: a point for each place of the wanted size, which has channels as well."""
    size = dimensions(inputs, 1)
    if size is None or len(size) < 3:
        return UNKNOWN
    return Known((size[0], *size[2:], exactly(len(size) - 2)))


def conv(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Conv: a channel for each filter, and as many places as the window has."""
    weights = of_input(inputs, 1).shape
    kernel = _kernel(weights, attributes)
    if not weights or kernel is None:
        return UNKNOWN
    return _places(inputs, attributes, kernel, weights[0])


def pool(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """AveragePool, LpPool, MaxPool: the same channels, and as many places as the window has."""
    kernel = _kernel(None, attributes)
    shape = of_input(inputs, 0).shape
    if kernel is None:
        return UNKNOWN
    return _places(inputs, attributes, kernel, DIMENSION if shape is None or len(shape) < 2 else shape[1])


def _kernel(weights: Sequence[Interval] | None, attributes: Attributes) -> list[float] | None:
    given = attributes.get("kernel_shape")
    if isinstance(given, list):
        return given
    if weights is None or len(weights) < 3 or not all(length.exact for length in weights[2:]):
        return None
    return [length.low for length in weights[2:]]


def _places(
    inputs: Sequence[Known], attributes: Attributes, kernel: list[float], channels: Interval
) -> Known:
    """Without pads where auto_pad chooses them: then there are as many places or more."""
    rank = len(kernel)
    shape = of_input(inputs, 0).shape or (DIMENSION,) * (rank + 2)
    pads, strides, dilations = (
        _each(attributes, name, length, default)
        for name, length, default in (("pads", 2 * rank, 0), ("strides", rank, 1), ("dilations", rank, 1))
    )
    if len(shape) != rank + 2 or pads is None or strides is None or dilations is None or 0 in strides:
        return UNKNOWN
    made = [
        _at_least(
            (shape[2 + at].low + pads[at] + pads[rank + at] - (kernel[at] - 1) * dilations[at] - 1)
            / strides[at]
            + 1
        )
        for at in range(rank)
    ]
    return Known((shape[0], channels, *made))


def conv_transpose(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """ConvTranspose: the output's shape where an attribute names it, else the places times the strides."""
    spatial = attributes.get("output_shape")
    weights = of_input(inputs, 1).shape
    channels = DIMENSION if weights is None or len(weights) < 2 else weights[1]
    if isinstance(spatial, list):
        return Known((DIMENSION, channels, *(dimension(exactly(one)) for one in spatial)))
    kernel = _kernel(weights, attributes)
    if kernel is None:
        return UNKNOWN
    rank = len(kernel)
    shape = of_input(inputs, 0).shape or (DIMENSION,) * (rank + 2)
    pads, strides, more = (
        _each(attributes, name, length, default)
        for name, length, default in (
            ("pads", 2 * rank, 0),
            ("strides", rank, 1),
            ("output_padding", rank, 0),
        )
    )
    if len(shape) != rank + 2 or pads is None or strides is None or more is None:
        return UNKNOWN
    made = [
        _at_least(strides[at] * (shape[2 + at].low - 1) + 1 + more[at] - pads[at] - pads[rank + at])
        for at in range(rank)
    ]
    return Known((shape[0], channels, *made))


def _each(attributes: Attributes, name: str, length: int, default: int) -> list[float] | None:
    given = attributes.get(name, [default] * length)
    return given if isinstance(given, list) and len(given) == length else None


def _at_least(length: float) -> Interval:
    return Interval(max(1, math.floor(length)) if math.isfinite(length) else 1, math.inf)


def einsum(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Einsum: the lengths of the letters that are left; unknown where letters are left out."""
    equation = str(attributes.get("equation", "")).replace(" ", "")
    taken, arrow, left = equation.partition("->")
    terms = taken.split(",")
    if not arrow or "." in equation or len(terms) != len(inputs):
        return UNKNOWN
    lengths: dict[str, Interval] = {}
    for term, one in zip(terms, inputs, strict=True):
        if one.shape is not None and len(one.shape) == len(term):
            lengths.update(zip(term, one.shape, strict=True))
    return Known(tuple(lengths.get(letter, DIMENSION) for letter in left))


def whole_sequence(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """SequenceConstruct, SequenceInsert: all that is put in, together."""
    return Known(fewest=sum(one.least for one in inputs))


def same_amount(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """ConcatFromSequence, SplitToSequence: as many elements as there were."""
    return Known(fewest=of_input(inputs, 0).least)
