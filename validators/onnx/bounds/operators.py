"""What the operators of ai.onnx make of what is known of their inputs (onnx/docs/Operators.md).

Only those with which a small file can ask for much, and those that lead shapes to them. Of any other nothing
is known, which is never a fault: what it makes is bounded when it runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sluicegate.validators.onnx.bounds.intervals import (
    ANY,
    DIMENSION,
    MAX_VALUES,
    UNKNOWN,
    Interval,
    Known,
    arithmetic,
    broadcast,
    dimension,
    exactly,
    of_values,
)

Attributes = Mapping[str, Any]
"""Numbers and lists of numbers, by name; what is not a constant of the node is left out."""
Rule = Callable[[Sequence[Known], Attributes], Known]


def _input(inputs: Sequence[Known], index: int) -> Known:
    return inputs[index] if index < len(inputs) else UNKNOWN


def _dimensions(inputs: Sequence[Known], index: int) -> tuple[Interval, ...] | None:
    values = _input(inputs, index).values
    return None if values is None else tuple(map(dimension, values))


def _list(inputs: Sequence[Known], index: int, attributes: Attributes, name: str) -> list[int] | None:
    """Whole numbers from an input, or as older opsets have them, from an attribute."""
    values = _input(inputs, index).values
    if values is None:
        given = attributes.get(name)
        return given if isinstance(given, list) else None
    return [int(one.low) for one in values] if all(one.exact for one in values) else None


def _same(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    return Known(_input(inputs, 0).shape)


def _copy(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    return _input(inputs, 0)


def _elementwise(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    return Known(broadcast([one.shape for one in inputs]))


def _divide(one: float, other: float) -> float:
    if isinstance(one, int) and isinstance(other, int):
        return int(one / other) if abs(one) < 1 << 53 else one // other
    return one / other


def _power(one: float, other: float) -> float:
    return float(one) ** other if abs(other) < 1_000 else math.nan


def _computed(operation: Callable[[float, float], float]) -> Rule:
    def rule(inputs: Sequence[Known], attributes: Attributes) -> Known:
        shape = _elementwise(inputs, attributes).shape
        one, other = _input(inputs, 0).values, _input(inputs, 1).values
        if one is None or other is None or not one or not other:
            return Known(shape)
        length = max(len(one), len(other))
        if {len(one), len(other)} - {1, length}:
            return Known(shape)
        pairs = zip(one * (length // len(one)), other * (length // len(other)), strict=True)
        return Known(shape, tuple(arithmetic(operation, *pair) for pair in pairs))

    return rule


def _shape(inputs: Sequence[Known], attributes: Attributes) -> Known:
    shape = _input(inputs, 0).shape
    if shape is None:
        return UNKNOWN
    return of_values(shape[attributes.get("start", 0) : attributes.get("end", len(shape))])


def _size(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    one = _input(inputs, 0)
    if one.shape is not None and all(length.exact for length in one.shape):
        return of_values([exactly(one.least)], scalar=True)
    return of_values([Interval(one.least, math.inf)], scalar=True)


def _constant_of_shape(inputs: Sequence[Known], attributes: Attributes) -> Known:
    shape = _dimensions(inputs, 0)
    value = attributes.get("value")
    fill = value[0] if isinstance(value, list) and len(value) == 1 else 0
    if shape is None:
        return UNKNOWN
    made = Known(shape)
    if made.least > MAX_VALUES or not all(length.exact for length in shape):
        return made
    return Known(shape, (exactly(fill),) * made.least)


def _range(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    start, limit, step = (_input(inputs, index).single for index in range(3))
    if start is None or limit is None or step is None or step.low <= 0 <= step.high:
        return UNKNOWN
    widest = step.high if step.low > 0 else step.low
    nearest = (limit.low - start.high) if step.low > 0 else (limit.high - start.low)
    span = nearest / widest if math.isfinite(nearest) and math.isfinite(widest) else 0
    return Known((Interval(max(0, math.ceil(span)), math.inf),))


def _expand(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    return Known(broadcast([_input(inputs, 0).shape, _dimensions(inputs, 1)]))


def _tile(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    repeats = _dimensions(inputs, 1)
    if repeats is None:
        return UNKNOWN
    shape = _input(inputs, 0).shape or (DIMENSION,) * len(repeats)
    if len(shape) != len(repeats):
        return UNKNOWN
    return Known(tuple(_times(*pair) for pair in zip(shape, repeats, strict=True)))


def _times(one: Interval, other: Interval) -> Interval:
    high = 0.0 if 0 in (one.high, other.high) else one.high * other.high
    return Interval(one.low * other.low, high)


def _plus(one: Interval, other: Interval) -> Interval:
    return Interval(one.low + other.low, one.high + other.high)


def _reshape(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    one = _input(inputs, 0)
    wanted = _input(inputs, 1).values
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


def _concat(inputs: Sequence[Known], attributes: Attributes) -> Known:
    values = None
    if all(one.values is not None for one in inputs):
        together = tuple(value for one in inputs for value in one.values or ())
        values = together if len(together) <= MAX_VALUES else None
    shapes = [one.shape for one in inputs if one.shape is not None]
    axis = attributes.get("axis", 0)
    if len(shapes) < len(inputs) or not shapes or not -len(shapes[0]) <= axis < len(shapes[0]):
        return Known(None, values)
    first = list(shapes[0])
    for shape in shapes[1:]:
        if len(shape) != len(first):
            return Known(None, values)
        first[axis] = _plus(first[axis], shape[axis])
    return Known(tuple(first), values)


def _unsqueeze(inputs: Sequence[Known], attributes: Attributes) -> Known:
    one = _input(inputs, 0)
    axes = _list(inputs, 1, attributes, "axes")
    if one.shape is None or axes is None:
        return Known(None, one.values)
    rank = len(one.shape) + len(axes)
    places = {axis % rank for axis in axes} if rank else set()
    rest = iter(one.shape)
    shape = tuple(exactly(1) if index in places else next(rest, exactly(1)) for index in range(rank))
    return Known(shape, one.values)


def _squeeze(inputs: Sequence[Known], attributes: Attributes) -> Known:
    one = _input(inputs, 0)
    axes = _list(inputs, 1, attributes, "axes")
    if one.shape is None or not one.shape:
        return one
    places = {axis % len(one.shape) for axis in axes or ()}
    if axes is None:
        places = {index for index, length in enumerate(one.shape) if length == exactly(1)}
    return Known(tuple(length for index, length in enumerate(one.shape) if index not in places), one.values)


def _gather(inputs: Sequence[Known], attributes: Attributes) -> Known:
    one, indices = _input(inputs, 0), _input(inputs, 1)
    axis = attributes.get("axis", 0)
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


def _slice(inputs: Sequence[Known], attributes: Attributes) -> Known:
    one = _input(inputs, 0)
    starts, ends = _list(inputs, 1, attributes, "starts"), _list(inputs, 2, attributes, "ends")
    steps = _list(inputs, 4, attributes, "steps") or [1]
    if one.values is None or starts is None or ends is None or len(starts) != 1 or not steps[0]:
        return UNKNOWN
    return of_values(one.values[starts[0] : ends[0] : steps[0]])


def _transpose(inputs: Sequence[Known], attributes: Attributes) -> Known:
    shape = _input(inputs, 0).shape
    if shape is None:
        return UNKNOWN
    order = attributes.get("perm", list(reversed(range(len(shape)))))
    if not isinstance(order, list) or sorted(order) != list(range(len(shape))):
        return UNKNOWN
    return Known(tuple(shape[index] for index in order))


def _matmul(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    one, other = _input(inputs, 0).shape, _input(inputs, 1).shape
    if one is None or other is None or len(one) < 2 or len(other) < 2:
        return UNKNOWN
    return Known((*(broadcast([one[:-2], other[:-2]]) or ()), one[-2], other[-1]))


def _gemm(inputs: Sequence[Known], attributes: Attributes) -> Known:
    one, other = _input(inputs, 0).shape, _input(inputs, 1).shape
    if one is None or other is None or len(one) != 2 or len(other) != 2:
        return UNKNOWN
    return Known((one[1 if attributes.get("transA") else 0], other[0 if attributes.get("transB") else 1]))


def _one_hot(inputs: Sequence[Known], _attributes: Attributes) -> Known:
    shape, depth = _input(inputs, 0).shape, _input(inputs, 1).single
    if depth is None:
        return UNKNOWN
    return Known((*(shape or ()), dimension(depth)))


def _pad(inputs: Sequence[Known], attributes: Attributes) -> Known:
    pads = _list(inputs, 1, attributes, "pads")
    if pads is None or len(inputs) > 3:
        return UNKNOWN
    rank = len(pads) // 2
    shape = _input(inputs, 0).shape or (DIMENSION,) * rank
    if len(shape) != rank:
        return UNKNOWN
    return Known(
        tuple(dimension(_plus(shape[at], exactly(pads[at] + pads[rank + at]))) for at in range(rank))
    )


def _resize(inputs: Sequence[Known], attributes: Attributes) -> Known:
    if "axes" in attributes:
        return UNKNOWN
    sizes = _dimensions(inputs, 3)
    if sizes:
        return Known(sizes)
    return _scaled(inputs, 2)


def _upsample(inputs: Sequence[Known], attributes: Attributes) -> Known:
    given = attributes.get("scales")
    if isinstance(given, list):
        return _scaled([_input(inputs, 0), UNKNOWN, of_values(list(map(exactly, given)))], 2)
    return _scaled(inputs, 1)


def _scaled(inputs: Sequence[Known], index: int) -> Known:
    scales = _input(inputs, index).values
    if not scales:
        return UNKNOWN
    shape = _input(inputs, 0).shape or (DIMENSION,) * len(scales)
    if len(shape) != len(scales):
        return UNKNOWN
    return Known(tuple(_scale(length, scale) for length, scale in zip(shape, scales, strict=True)))


def _scale(length: Interval, scale: Interval) -> Interval:
    low = length.low * max(scale.low, 0)
    return Interval(math.floor(low) if math.isfinite(low) else 1, math.inf)


def _reduced(fold: Callable[[Interval, Interval], Interval], start: int) -> Rule:
    def rule(inputs: Sequence[Known], attributes: Attributes) -> Known:
        values = _input(inputs, 0).values
        shape = _input(inputs, 0).shape
        if values is None or shape is None or len(shape) > 1:
            return UNKNOWN
        total = exactly(start)
        for value in values:
            total = fold(total, value)
        return of_values([total], scalar=not attributes.get("keepdims", 1))

    return rule


def _random(_inputs: Sequence[Known], attributes: Attributes) -> Known:
    shape = attributes.get("shape")
    return Known(tuple(dimension(exactly(one)) for one in shape)) if isinstance(shape, list) else UNKNOWN


def _conv_transpose(inputs: Sequence[Known], attributes: Attributes) -> Known:
    spatial = attributes.get("output_shape")
    weights = _input(inputs, 1).shape
    if not isinstance(spatial, list):
        return UNKNOWN
    channels = DIMENSION if weights is None or len(weights) < 2 else weights[1]
    return Known((DIMENSION, channels, *(dimension(exactly(one)) for one in spatial)))


def _multiply(one: float, other: float) -> float:
    return 0 if 0 in (one, other) else one * other


_SAME = (
    "Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Clip Cos Cosh CumSum Dropout Elu "
    "Erf Exp Floor HardSigmoid HardSwish Hardmax IsInf IsNaN LayerNormalization LeakyRelu Log LogSoftmax "
    "Gelu Mish Neg Not PRelu RandomNormalLike RandomUniformLike Bernoulli Reciprocal Relu Round Scatter "
    "ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Tan Tanh "
    "ThresholdedRelu Trilu EyeLike"
)
_ELEMENTWISE = (
    "And BitShift BitwiseAnd BitwiseOr BitwiseXor Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min "
    "Mod Or Sum Where Xor"
)
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_SAME.split(), _same),
    **dict.fromkeys(_ELEMENTWISE.split(), _elementwise),
    **dict.fromkeys(("Identity", "Cast", "CastLike"), _copy),
    "Add": _computed(lambda one, other: one + other),
    "Sub": _computed(lambda one, other: one - other),
    "Mul": _computed(_multiply),
    "Div": _computed(_divide),
    "Pow": _computed(_power),
    "Shape": _shape,
    "Size": _size,
    "ConstantOfShape": _constant_of_shape,
    "Range": _range,
    "Expand": _expand,
    "Tile": _tile,
    "Reshape": _reshape,
    "Concat": _concat,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Gather": _gather,
    "Slice": _slice,
    "Transpose": _transpose,
    "MatMul": _matmul,
    "Gemm": _gemm,
    "OneHot": _one_hot,
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _upsample,
    "ConvTranspose": _conv_transpose,
    "ReduceProd": _reduced(lambda one, other: arithmetic(_multiply, one, other), 1),
    "ReduceSum": _reduced(lambda one, other: arithmetic(lambda a, b: a + b, one, other), 0),
    "RandomNormal": _random,
    "RandomUniform": _random,
}
"""By operator."""
