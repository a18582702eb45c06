"""Operators that make a tensor as large as their inputs or attributes say: how large it is at least."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sluicegate.validators.onnx.bounds.given import Attributes, dimensions, of_input, whole_numbers
from sluicegate.validators.onnx.bounds.intervals import (
    DIMENSION,
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


def constant_of_shape(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """ConstantOfShape: its input is the shape."""
    shape = dimensions(inputs, 0)
    value = attributes.get("value")
    fill = value[0] if isinstance(value, list) and len(value) == 1 else 0
    if shape is None:
        return UNKNOWN
    made = Known(shape)
    if made.least > MAX_VALUES or not all(length.exact for length in shape):
        return made
    return Known(shape, (exactly(fill),) * made.least)


def range_of(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """Range: at least the steps between the nearest ends."""
    start, limit, step = (of_input(inputs, index).single for index in range(3))
    if start is None or limit is None or step is None or step.low <= 0 <= step.high:
        return UNKNOWN
    widest = step.high if step.low > 0 else step.low
    nearest = (limit.low - start.high) if step.low > 0 else (limit.high - start.low)
    span = nearest / widest if math.isfinite(nearest) and math.isfinite(widest) else 0
    return Known((Interval(max(0, math.ceil(span)), math.inf),))


def expand(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """Expand: its input and the wanted shape, broadcast."""
    return Known(broadcast([of_input(inputs, 0).shape, dimensions(inputs, 1)]))


def _times(one: Interval, other: Interval) -> Interval:
    high = 0.0 if 0 in (one.high, other.high) else one.high * other.high
    return Interval(one.low * other.low, high)


def tile(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """Tile: each dimension times its repeats."""
    repeats = dimensions(inputs, 1)
    if repeats is None:
        return UNKNOWN
    shape = of_input(inputs, 0).shape or (DIMENSION,) * len(repeats)
    if len(shape) != len(repeats):
        return UNKNOWN
    return Known(tuple(_times(*pair) for pair in zip(shape, repeats, strict=True)))


def one_hot(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    """OneHot: one more dimension, as long as its depth."""
    shape, depth = of_input(inputs, 0).shape, of_input(inputs, 1).single
    if depth is None:
        return UNKNOWN
    return Known((*(shape or ()), dimension(depth)))


def pad(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Pad: each dimension and its pads; unknown with axes."""
    pads = whole_numbers(inputs, 1, attributes, "pads")
    if pads is None or len(inputs) > 3:
        return UNKNOWN
    rank = len(pads) // 2
    shape = of_input(inputs, 0).shape or (DIMENSION,) * rank
    if len(shape) != rank:
        return UNKNOWN
    return Known(tuple(dimension(plus(shape[at], exactly(pads[at] + pads[rank + at]))) for at in range(rank)))


def resize(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Resize: by sizes, else by scales; unknown with axes."""
    if "axes" in attributes:
        return UNKNOWN
    sizes = dimensions(inputs, 3)
    if sizes:
        return Known(sizes)
    return _scaled(inputs, 2)


def upsample(inputs: Sequence[Known], attributes: Attributes) -> Known:
    """Upsample: by scales, an attribute before opset 9."""
    given = attributes.get("scales")
    if isinstance(given, list):
        return _scaled([of_input(inputs, 0), UNKNOWN, of_values(list(map(exactly, given)))], 2)
    return _scaled(inputs, 1)


def _scaled(inputs: Sequence[Known], index: int) -> Known:
    scales = of_input(inputs, index).values
    if not scales:
        return UNKNOWN
    shape = of_input(inputs, 0).shape or (DIMENSION,) * len(scales)
    if len(shape) != len(scales):
        return UNKNOWN
    return Known(tuple(_scale(length, scale) for length, scale in zip(shape, scales, strict=True)))


def _scale(length: Interval, scale: Interval) -> Interval:
    low = length.low * max(scale.low, 0)
    return Interval(math.floor(low) if math.isfinite(low) else 1, math.inf)


def random(_inputs: Sequence[Known], attributes: Attributes) -> Known:
    """RandomNormal and RandomUniform: the attribute is the shape."""
    shape = attributes.get("shape")
    return Known(tuple(dimension(exactly(one)) for one in shape)) if isinstance(shape, list) else UNKNOWN
